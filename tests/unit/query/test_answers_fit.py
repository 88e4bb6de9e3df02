"""However many quotes events hold, and whatever they are answered in, an answer fits what a Lambda may answer."""

import json
from typing import Any
from urllib.parse import parse_qsl

import pytest

from functions.http.answers import JSON
from functions.http.list_formats.text import CSV, NDJSON
from tests.unit.query.test_row_formats import LARGEST_RESPONSE, csv_rows
from tests.unit.query.world import STUDENT, World

pytestmark = pytest.mark.slow

EVENTS = 50
FILLINGS: dict[str, Any] = {
    "empty texts": [""] * 20_000,  # nearly all of it is quotes that are JSON's own
    "quotes": '"' * 20_000,
    "backslashes": "\\" * 20_000,
    "letters": "x" * 80_000,
}


def next_query(answer: dict[str, Any], query: str) -> str | None:
    """The query of the next page."""
    if answer["headers"]["Content-Type"] == JSON:
        following = answer["json"]["cursor"]
        return None if following is None else f"{query.partition('&cursor=')[0]}&cursor={following}"
    link: str | None = answer["headers"].get("Link")
    return None if link is None else link.partition("<?")[2].partition(">")[0]


def ids_in(answer: dict[str, Any]) -> list[str]:
    kind = answer["headers"]["Content-Type"]
    if kind == CSV:
        return [row["id"] for row in csv_rows(answer["body"])]
    rows = answer["json"]["events"] if kind == JSON else map(json.loads, answer["body"].splitlines())
    return [row["event"]["id"] for row in rows]


@pytest.mark.parametrize("media_type", [JSON, CSV, NDJSON])
@pytest.mark.parametrize("filling", list(FILLINGS))
def test_every_page_fits_and_all_pages_have_every_event_once(filling: str, media_type: str) -> None:
    world = World()
    events = [world.event(number) | {"extensions": {"filling": FILLINGS[filling]}} for number in range(EVENTS)]
    world.send_raw(*(json.dumps(event, separators=(",", ":")).encode() for event in events))
    query: str | None = f"actor={STUDENT}&limit=1000"
    ids: list[str] = []
    for _ in range(EVENTS):
        if query is None:
            break
        assert dict(parse_qsl(query))["limit"] == "1000"
        answer = world.ask_raw("/events", query, accept=media_type)
        assert len(json.dumps({name: value for name, value in answer.items() if name != "json"})) < LARGEST_RESPONSE
        ids += ids_in(answer)
        query = next_query(answer, query)
    assert ids == [event["id"] for event in events]
