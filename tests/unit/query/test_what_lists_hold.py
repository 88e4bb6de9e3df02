"""What a list may hold and must not, and that each list can be followed to its end."""

import json
from typing import Any

import pytest

from functions.core.ids import content_digest
from functions.core.messages import Item
from functions.http.page import ANSWER_BYTES, PageBuilder
from tests.payloads import APP, Json
from tests.unit.query.world import STUDENT, World, ids

DAY = 24 * 60


@pytest.fixture
def world() -> World:
    return World()


def beat(world: World, session: str, minute: float) -> Item:
    body = {"type": "Heartbeat", "id": "x", "sessionId": session, "edApp": APP, "learner": STUDENT}
    return Item("heartbeat", json.dumps(body | {"eventTime": world.time(minute)}).encode())


@pytest.mark.parametrize("parameters", [{"actorId": STUDENT}, {}, {"limit": 1}], ids=["learner", "all", "a page"])
def test_heartbeats_are_in_no_list_of_the_client_and_in_no_total(world: World, parameters: dict[str, Any]) -> None:
    session = world.payloads.urn()
    opened = world.payloads.logged_in(STUDENT, session, requiresHeartbeat=True) | {"eventTime": world.time(0)}
    world.send(opened)
    world.send_items(beat(world, session, 1), beat(world, session, 2))
    body = world.get("/caliper/events", **parameters)
    assert [event["externalId"] for event in body["events"]] == [opened["id"]]
    assert body["pagination"]["total"] == 1


@pytest.mark.parametrize("minutes", [(0, 1), (1, 0), (0, 3 * DAY)])
def test_of_two_contents_under_an_id_the_one_is_got_that_the_numbers_count(
    world: World, minutes: tuple[int, int]
) -> None:
    """Whichever lies first in time: the lowest digest counts."""
    event = world.payloads.activity_completed(STUDENT, world.payloads.urn())
    contents: list[Json] = []
    for xp, minute in zip((10, 20), minutes, strict=True):
        items = [{"type": "xpEarned", "value": xp}]
        contents.append(event | {"eventTime": world.time(minute), "generated": {**event["generated"], "items": items}})
        world.send(contents[-1])
    counting = min(contents, key=content_digest)
    got = world.get("/caliper/events/" + event["id"])["event"]
    assert (got["eventTime"], got["generated"]) == (counting["eventTime"], counting["generated"])


@pytest.mark.parametrize("first_bytes", [ANSWER_BYTES - 2, ANSWER_BYTES, ANSWER_BYTES + 1, 3 * ANSWER_BYTES])
def test_a_row_that_is_larger_than_an_answer_is_answered_alone(first_bytes: int) -> None:
    page = PageBuilder(10)
    assert page.add(b"x" * first_bytes)
    assert page.add(b"y") is (first_bytes < ANSWER_BYTES)
    assert page.items[0] == b"x" * first_bytes


def test_a_page_holds_its_rows_and_its_bytes_and_no_more() -> None:
    page = PageBuilder(2, bytes_left=10)
    assert page.add(b'"a"')  # 5: in the answer each quote is two
    assert page.add(b"\\123")  # 5
    assert page.full
    assert not page.add(b"")
    page = PageBuilder(3, bytes_left=10)
    assert page.add(b'"a"')
    assert not page.add(b"123456")
    assert page.add(b"12345")
    assert not page.full


def test_a_list_with_a_row_that_is_larger_than_an_answer_is_followed_to_its_end(world: World) -> None:
    large = world.event(1, extensions={"text": '"' * (ANSWER_BYTES // 4)})
    events = [world.event(0), large, world.event(2)]
    world.send(*events)
    cursors: set[str] = set()
    seen: list[str] = []
    parameters: dict[str, Any] = {"actor": STUDENT}
    while True:
        answer = world.ask("/events", **parameters)["json"]
        seen += ids(answer["events"])
        cursor = answer["cursor"]
        if cursor is None:
            break
        assert cursor not in cursors, "a cursor that leads to itself is never at its end"
        cursors.add(cursor)
        parameters["cursor"] = cursor
    assert seen == [event["id"] for event in events]


def test_a_session_over_three_days_is_read_from_its_first(world: World) -> None:
    """In whatever order the index names the days: it orders nothing."""
    session = world.payloads.urn()
    days = [world.event(minute, session=session) for minute in (0, DAY, 2 * DAY)]
    world.set_clock(2 * DAY)
    for event in (days[1], days[2], days[0]):
        world.send(event)
    assert ids(world.all("/events", "events", session=session)) == [event["id"] for event in days]
    (row,) = world.get("/sessions", id=session)["sessions"]
    assert row["startedAtTime"] == days[0]["eventTime"]
    assert row["events"] == 3
