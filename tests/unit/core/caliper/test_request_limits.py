"""The limits of a request: what is just within each is taken, the next is refused, whichever way it is read."""

import json
from typing import Any

import pytest

from functions.core.caliper.contexts import CONTEXT_1_1, CONTEXT_1_2
from functions.core.caliper.envelope.envelope import MAX_ITEMS, Envelope
from functions.core.caliper.envelope.request_body import MAX_ENVELOPES, open_envelopes
from functions.core.caliper.findings import MAX_SENSOR_BYTES, Refusal
from functions.core.caliper.validated_request import validate_envelopes
from tests.unit.core.caliper.samples import ANY

EXTENDED = "http://purl.imsglobal.org/ctx/caliper/v1p1/ToolUseProfile-extension"


def envelope(items: str, **parts: Any) -> str:
    fields = {
        "sensor": "https://x.example/sensor",
        "sendTime": "2026-01-27T10:03:00.000Z",
        "dataVersion": CONTEXT_1_2,
        **parts,
    }
    return json.dumps(fields)[:-1] + f', "data": [{items}]}}'


def items(count: int, first: str = "1") -> str:
    return ",".join([first, *["1"] * (count - 1)])


def result(text: str) -> list[Envelope] | Refusal:
    return open_envelopes(text.encode(), app=ANY)


# Flat: read the quick way; with an object of its own: the other; NaN: that item is set aside and the rest is read anew.
@pytest.mark.parametrize(
    ("first", "parts"), [("1", {}), ("1", {"custom": {"a": 1}}), ("NaN", {})], ids=["flat", "nested", "unreadable"]
)
def test_ten_thousand_items_are_taken_and_one_more_is_refused(first: str, parts: dict[str, Any]) -> None:
    assert MAX_ITEMS == 10_000
    taken = result(envelope(items(MAX_ITEMS, first), **parts))
    assert isinstance(taken, list)
    assert len(taken[0].items) == MAX_ITEMS
    refused = result(envelope(items(MAX_ITEMS + 1, first), **parts))
    assert isinstance(refused, Refusal)
    assert (refused.status, refused.code, refused.pointer) == (413, "too-many", "/data")


def test_the_limit_of_items_is_that_of_all_envelopes_of_a_request() -> None:
    taken = result(f"[{envelope(items(MAX_ITEMS - 1))}, {envelope('1')}]")
    assert isinstance(taken, list)
    refused = result(f"[{envelope(items(MAX_ITEMS - 1))}, {envelope('1,1')}]")
    assert isinstance(refused, Refusal)
    assert (refused.status, refused.code) == (413, "too-many")


def test_five_hundred_envelopes_are_taken_and_one_more_is_refused() -> None:
    assert MAX_ENVELOPES == 500
    taken = result(f"[{','.join([envelope('1')] * MAX_ENVELOPES)}]")
    assert isinstance(taken, list)
    assert len(taken) == MAX_ENVELOPES
    refused = result(f"[{','.join([envelope('1')] * (MAX_ENVELOPES + 1))}]")
    assert isinstance(refused, Refusal)
    assert (refused.status, refused.code) == (413, "too-many")


def test_a_sensor_of_the_most_bytes_is_taken_and_a_longer_one_refused() -> None:
    assert isinstance(result(envelope("1", sensor="s" * MAX_SENSOR_BYTES)), list)
    refused = result(envelope("1", sensor="s" * (MAX_SENSOR_BYTES + 1)))
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.pointer) == ("too-long", "/sensor")
    assert isinstance(result(envelope("1", sensor="ä" * (MAX_SENSOR_BYTES // 2 + 1))), Refusal), "bytes, not letters"


def test_a_bare_event_of_the_extended_context_of_1_1_is_taken_as_1_1() -> None:
    event = json.dumps({"@context": EXTENDED, "type": "ToolUseEvent"}).encode()
    taken = open_envelopes(event, app=ANY, bare_event=True)
    assert isinstance(taken, list)
    assert [message.data_version for message in taken] == [CONTEXT_1_1]


@pytest.mark.parametrize(
    ("texts", "places"),
    [
        (["1,1"], [{"index": 0}, {"index": 1}]),
        (["1", "1,1"], [{"index": 0, "envelope": 0}, {"index": 0, "envelope": 1}, {"index": 1, "envelope": 1}]),
    ],
)
def test_where_an_item_is_names_its_envelope_if_there_are_several(texts: list[str], places: list[Any]) -> None:
    envelopes = result(f"[{', '.join(map(envelope, texts))}]")
    assert isinstance(envelopes, list)
    request = validate_envelopes(envelopes, app=ANY, credential="", now_us=0)
    rejected_places = [
        {name: each[name] for name in ("index", "envelope") if name in each} for each in request.rejected
    ]
    assert rejected_places == places
