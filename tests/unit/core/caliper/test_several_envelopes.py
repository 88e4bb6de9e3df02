"""A request of several envelopes is answered as one: ids, counts and warnings of all of them, in order."""

import json
from typing import Any

import pytest

from functions.core.caliper.contexts import CONTEXT_1_2
from functions.core.caliper.envelope.request_body import open_envelopes
from functions.core.caliper.validated_request import (
    KEPT_BYTES,
    WARNINGS_MAX,
    ValidatedRequest,
    beginning,
    validate_envelopes,
)
from functions.core.times import parse_time
from tests.unit.core.caliper.samples import ANY, TIME, Json, event

NOW_US = parse_time(TIME) or 0


def ided(number: int, /, **parts: Any) -> Json:
    return event(id=f"urn:uuid:00000000-0000-4000-8000-{number:012d}", **parts)


def request_of(*envelopes: list[Any]) -> ValidatedRequest:
    bodies = [{"sensor": "s", "sendTime": TIME, "dataVersion": CONTEXT_1_2, "data": data} for data in envelopes]
    opened = open_envelopes(json.dumps(bodies if len(bodies) > 1 else bodies[0]).encode(), app=ANY)
    assert isinstance(opened, list)
    return validate_envelopes(opened, app=ANY, credential="c", now_us=NOW_US)


UNTIDY = {"eventTime": "2026-01-27T10:03:00+00:00"}  # stored with a warning


@pytest.mark.parametrize(
    ("envelopes", "accepted", "warned", "rejected"),
    [
        ([[ided(1)]], [1], 0, 0),
        ([[ided(1), ided(2)], [ided(3)], [ided(4), ided(5)]], [1, 2, 3, 4, 5], 0, 0),
        ([[ided(1), 7], [7, ided(2)]], [1, 2], 0, 2),
        ([[7], [7, 7], [ided(1)]], [1], 0, 3),
        ([[ided(1, **UNTIDY)], [ided(2), ided(3, **UNTIDY)]], [1, 2, 3], 2, 0),
        ([[7, 7]], [], 0, 2),
    ],
)
def test_what_is_accepted_warned_of_and_rejected_is_that_of_all_envelopes(
    envelopes: list[list[Any]], accepted: list[int], warned: int, rejected: int
) -> None:
    request = request_of(*envelopes)
    assert request.accepted_ids == [ided(number)["id"] for number in accepted]
    assert (request.accepted, request.warned, len(request.rejected)) == (len(accepted), warned, rejected)
    assert [len(message.items) for message in request.messages] == [len(data) for data in envelopes]
    kinds = [[item.kind for item in message.items] for message in request.messages]
    assert kinds == [["rejection" if each == 7 else "event" for each in data] for data in envelopes]
    assert {(each["index"], each.get("envelope")) for each in request.rejected} == {
        (index, number if len(envelopes) > 1 else None)
        for number, data in enumerate(envelopes)
        for index, each in enumerate(data)
        if each == 7
    }


def test_each_warning_is_told_once_with_its_first_item_and_how_many_items_it_is_of() -> None:
    request = request_of([ided(1, **UNTIDY), ided(2)], [ided(3, **UNTIDY)], [ided(4, **UNTIDY)])
    (warning,) = request.warnings.values()
    assert (warning["index"], warning["envelope"], warning["id"], warning["items"]) == (0, 0, ided(1)["id"], 3)
    assert warning["pointer"] == "/eventTime"
    assert request.warned == 3


@pytest.mark.parametrize(
    ("envelopes", "places", "warned"),
    [
        ([[ided(1), ided(1, object="urn:x:other")]], [(0, 0), (0, 1)], 2),
        ([[ided(1)], [ided(2), ided(1, object="urn:x:other")]], [(0, 0), (1, 1)], 2),
        ([[ided(1), ided(1)]], [], 0),
        ([[ided(1, **UNTIDY), ided(1, **UNTIDY, object="urn:x:other")]], [(0, 0), (0, 1)], 2),
        ([[7, ided(1)], [7, ided(1, action="Searched")]], [(0, 1), (1, 1)], 2),
    ],
)
def test_other_content_under_the_id_of_an_event_is_told_of_each_wherever_it_stands(
    envelopes: list[list[Any]], places: list[tuple[int, int]], warned: int
) -> None:
    request = request_of(*envelopes)
    in_conflict = [
        (number, index)
        for number, message in enumerate(request.messages)
        for index, item in enumerate(message.items)
        if any(finding["code"] == "id-conflict" for finding in item.findings)
    ]
    assert in_conflict == places
    assert request.warned == warned
    assert sum(warning["items"] for key, warning in request.warnings.items() if key[0] == "id-conflict") == len(places)


def test_of_very_many_different_warnings_the_first_are_told() -> None:
    events = [ided(number, **{f"extra{number}": 1}) for number in range(WARNINGS_MAX + 5)]
    request = request_of(events)
    assert len(request.warnings) == WARNINGS_MAX
    assert [warning["index"] for warning in request.warnings.values()] == list(range(WARNINGS_MAX))
    assert request.warned == WARNINGS_MAX + 5


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        (b"x" * KEPT_BYTES, b"x" * KEPT_BYTES),
        (b"x" * (KEPT_BYTES + 1), b"x" * KEPT_BYTES),
        (b"x" * (KEPT_BYTES - 1) + "é".encode(), b"x" * (KEPT_BYTES - 1)),
        (b"x" * (KEPT_BYTES - 2) + "é!".encode(), b"x" * (KEPT_BYTES - 2) + "é".encode()),
    ],
)
def test_of_a_large_rejected_item_the_beginning_is_kept_in_whole_characters(raw: bytes, kept: bytes) -> None:
    assert beginning(raw) == kept
