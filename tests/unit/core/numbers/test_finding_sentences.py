"""The sentence of a finding about a time names the property that it is about."""

from collections.abc import Mapping
from typing import Any

import pytest

from functions.core.numbers.findings import number_findings
from functions.core.times import DAY_US, format_time
from tests.unit.core.sessions.timelines import clock_us, happened, logged_in

NINE = clock_us("9:00")
TOO_EARLY, FUTURE, PAST = "1999-12-31T23:59:59.000Z", format_time(NINE + DAY_US), format_time(NINE - 60_000_000)


def sentences(event: Mapping[str, Any]) -> dict[str, str]:
    return {finding.pointer: finding.message for finding in number_findings(event, received_us=NINE)}


@pytest.mark.parametrize("slot", ["object", "session", "federatedSession"])
@pytest.mark.parametrize("name", ["startedAtTime", "endedAtTime"])
@pytest.mark.parametrize(
    ("time", "sentence"),
    [
        (TOO_EARLY, "{} lies before the year 2000: it is ignored."),
        (FUTURE, "{} lies after the event arrived: it is ignored, and eventTime is used."),
    ],
)
def test_a_time_of_a_session_that_cannot_be(slot: str, name: str, time: str, sentence: str) -> None:
    event = {**logged_in("9:00").event, slot: {"id": "urn:x:1", "type": "Session", name: time}}
    assert sentences(event) == {f"/{slot}/{name}": sentence.format(name)}


def test_an_end_of_a_session_before_its_start() -> None:
    session = {"id": "urn:x:1", "type": "Session", "startedAtTime": format_time(NINE), "endedAtTime": PAST}
    assert sentences(happened("9:00", session=session).event) == {
        "/session/endedAtTime": "endedAtTime lies before the start: it is ignored."
    }


def test_times_of_an_object_that_is_no_session_are_not_looked_at() -> None:
    target = {"id": "urn:x:1", "type": "Document", "startedAtTime": TOO_EARLY, "endedAtTime": FUTURE}
    assert sentences(happened("9:00", object=target).event) == {}


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ({"startedAtTime": TOO_EARLY}, {"startedAtTime": "startedAtTime lies before the year 2000: it is ignored."}),
        ({"endedAtTime": TOO_EARLY}, {"endedAtTime": "endedAtTime lies before the year 2000: it is ignored."}),
        (
            {"endedAtTime": FUTURE},
            {
                "endedAtTime": "endedAtTime lies 24 h 0 min after the event arrived: "
                "what lies over five minutes after it does not count."
            },
        ),
        ({"startedAtTime": PAST, "endedAtTime": format_time(NINE)}, {}),
    ],
)
def test_a_time_of_an_attempt_that_cannot_be(times: dict[str, str], expected: dict[str, str]) -> None:
    generated = {"id": "urn:x:1", "type": "Attempt", **times}
    event = happened("9:00", type="AssignableEvent", action="Completed", generated=generated).event
    told_by_name = {pointer.removeprefix("/generated/"): text for pointer, text in sentences(event).items()}
    assert told_by_name == expected
