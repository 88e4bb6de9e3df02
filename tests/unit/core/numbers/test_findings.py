"""What the numbers cannot use as it was sent is told: which code, where, and in a sentence."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from functions.core.numbers import findings
from functions.core.numbers.findings import SENTENCES, conflict_finding, number_findings
from functions.core.timeline.entry import Entry
from functions.core.times import MINUTE_US, format_time
from tests.examples import examples
from tests.unit.core.numbers.reports import attempted, completed, graded, item, time_spent
from tests.unit.core.numbers.test_folds_take_anything import events
from tests.unit.core.sessions.timelines import LEARNER, clock_us, happened, logged_in, logged_out, resent

NINE = clock_us("9:00")
ROOT = Path(__file__).resolve().parents[4]


def codes_and_pointers(entry: Entry, **options: Any) -> list[tuple[str, str]]:
    return [(finding.code, finding.pointer) for finding in number_findings(entry.event, **options)]


def score(**changes: Any) -> Entry:
    score = {"type": "Score", "scoreType": "QUESTION_RESULT", "scoreGiven": 1, "maxScore": 1} | changes
    return graded("9:00", "", 1, generated=score)


@pytest.mark.parametrize(
    ("changes", "code", "name"),
    [
        ({"maxScore": "ten"}, "max-score-unreadable", "maxScore"),
        ({"maxScore": ""}, "max-score-unreadable", "maxScore"),
        ({"maxScore": [1]}, "max-score-unreadable", "maxScore"),
        ({"maxScore": 0}, "max-score-not-positive", "maxScore"),
        ({"maxScore": -4}, "max-score-not-positive", "maxScore"),
        ({"maxScore": "10"}, "number-quoted", "maxScore"),
        ({"scoreGiven": "1"}, "number-quoted", "scoreGiven"),
        ({"scoreGiven": "good"}, "score-unreadable", "scoreGiven"),
        ({"scoreGiven": {}}, "score-unreadable", "scoreGiven"),
        ({"scoreGiven": 3, "maxScore": 2}, "score-over-maximum", "scoreGiven"),
    ],
)
def test_a_score_that_is_not_read_as_sent_is_told(changes: dict[str, Any], code: str, name: str) -> None:
    assert codes_and_pointers(score(**changes)) == [(code, f"/generated/{name}")]


@pytest.mark.parametrize("most", [None, 1, 2.5])
def test_a_score_that_can_be_judged_is_no_finding(most: Any) -> None:
    assert codes_and_pointers(score(maxScore=most)) == []


@pytest.mark.parametrize(
    ("entry", "code", "pointer"),
    [
        (time_spent("9:00", item("active", 90_000)), "seconds-out-of-range", "/generated/items/0"),
        (time_spent("9:00", item("active", 5), item("waste", -1)), "seconds-out-of-range", "/generated/items/1"),
        (completed("9:00", xpEarned="much"), "metric-unreadable", "/generated/items/0"),  # type: ignore[arg-type]
        (completed("9:00", xpEarned="5"), "number-quoted", "/generated/items/0"),  # type: ignore[arg-type]
        (completed("9:00", totalQuestions=10, correctQuestions=12), "count-out-of-range", "/generated/items"),
    ],
)
def test_a_metric_out_of_range_or_unreadable_is_told(entry: Entry, code: str, pointer: str) -> None:
    assert codes_and_pointers(entry) == [(code, pointer)]


def test_a_correction_is_no_finding() -> None:
    assert (
        codes_and_pointers(completed("9:00", xpEarned=-5, totalQuestions=-2, correctQuestions=-1, masteredUnits=-1))
        == []
    )


@pytest.mark.parametrize(("stated", "code"), [(101, "percentage-out-of-range"), (-1, "percentage-out-of-range")])
def test_a_percentage_out_of_range_is_told(stated: float, code: str) -> None:
    done = completed("9:00", xpEarned=1)
    done = resent(done, generated=done.event["generated"] | {"extensions": {"pctCompleteApp": stated}})
    assert codes_and_pointers(done) == [(code, "/generated/extensions/pctCompleteApp")]


SESSION_SLOTS = ["session", "federatedSession", "object"]


def in_session(slot: str, **times: str) -> Entry:
    return resent(logged_out("9:00"), **{slot: {"id": "urn:x:s", "type": "Session", **times}})


@pytest.mark.parametrize("slot", SESSION_SLOTS)
@pytest.mark.parametrize("name", ["startedAtTime", "endedAtTime"])
def test_a_sessions_time_that_cannot_be_is_told_in_every_slot(slot: str, name: str) -> None:
    pointer = f"/{slot}/{name}"
    assert codes_and_pointers(in_session(slot, **{name: "1970-01-01T00:00:00Z"})) == [("impossible-time", pointer)]
    ahead = in_session(slot, **{name: "2026-01-27T09:05:01Z"})
    assert codes_and_pointers(ahead, received_us=NINE) == [("time-after-arrival", pointer)]
    assert codes_and_pointers(in_session(slot, **{name: "2026-01-27T09:05:00Z"}), received_us=NINE) == []


@pytest.mark.parametrize("slot", SESSION_SLOTS)
def test_a_session_that_ends_before_it_starts_is_told(slot: str) -> None:
    entry = in_session(slot, startedAtTime="2026-01-27T08:00:00Z", endedAtTime="2026-01-27T07:00:00Z")
    assert codes_and_pointers(entry, received_us=NINE) == [("end-before-start", f"/{slot}/endedAtTime")]


def working(place: str, start: str, end: str) -> tuple[Entry, str]:
    """An event that states a time of work, and the pointer to its end."""
    if place.startswith("start"):
        names = ("startDate", "endDate") if place == "startDate" else ("start_date", "end_date")
        window = {"type": "active", "value": 1, names[0]: start, names[1]: end}
        return time_spent("9:00", window), f"/generated/items/0/{names[1]}"
    attempt = {"id": "urn:x:a", "type": "Attempt", "startedAtTime": start, "endedAtTime": end}
    event = happened("9:00", type="AssessmentEvent", action="Submitted", object="urn:x:o")
    if place == "attempt":
        response = {"type": "Response", "attempt": attempt}
        return resent(event, generated=response), "/generated/attempt/endedAtTime"
    return resent(event, **{place: attempt}), f"/{place}/endedAtTime"


PLACES = ["startDate", "start_date", "generated", "object", "attempt"]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        ("2026-01-27T08:00:00Z", "2026-01-27T19:00:00Z", "time-cut"),
        ("2026-01-27T08:00:00Z", "2026-01-27T07:00:00Z", "end-before-start"),
        ("2026-01-27T08:00:00Z", "1970-01-01T00:00:00Z", "impossible-time"),
        ("2026-01-10T08:00:00Z", "2026-01-27T08:00:00Z", "time-too-long"),
    ],
)
def test_a_time_of_work_that_cannot_be_is_told_in_every_place(place: str, start: str, end: str, code: str) -> None:
    entry, pointer = working(place, start, end)
    assert codes_and_pointers(entry, received_us=NINE) == [(code, pointer)]


@pytest.mark.parametrize("place", PLACES)
def test_a_start_before_2000_is_told(place: str) -> None:
    entry, pointer = working(place, "1970-01-01T00:00:00Z", "2026-01-27T08:00:00Z")
    start = pointer.replace("endedAtTime", "startedAtTime").replace("endDate", "startDate")
    assert codes_and_pointers(entry, received_us=NINE) == [("impossible-time", start.replace("end_date", "start_date"))]


def test_an_event_time_ahead_says_how_far_and_whether_the_clock_is_wrong() -> None:
    entry = happened("11:05")
    (finding,) = number_findings(entry.event, received_us=NINE, sent_us=NINE)
    assert (finding.code, finding.pointer, finding.severity) == ("event-time-ahead", "/eventTime", "warning")
    assert finding.message == "eventTime is 2 h 5 min after the event arrived: it opens and ends no session."
    (finding,) = number_findings(entry.event, received_us=NINE, sent_us=clock_us("11:05"))
    assert finding.message.endswith(" sendTime is ahead too: the sender's clock is wrong.")
    assert codes_and_pointers(happened("9:05"), received_us=NINE) == []


def test_a_masquerade_is_told() -> None:
    canvas = {"entity_id": "1", "real_user_id": "2"}
    actor = {"id": LEARNER, "type": "Person", "extensions": {"com.instructure.canvas": canvas}}
    assert codes_and_pointers(happened("9:00", actor=actor)) == [("masquerade", "/actor")]


def test_a_conflict_is_a_finding_of_the_id() -> None:
    assert (conflict_finding().code, conflict_finding().pointer) == ("id-conflict", "/id")


@pytest.mark.parametrize("entry", [logged_in("9:00"), attempted("9:00", "8:50", "9:00"), completed("9:00", xpEarned=1)])
def test_what_is_right_is_no_finding(entry: Entry) -> None:
    assert codes_and_pointers(entry, received_us=NINE, sent_us=NINE) == []


def test_an_entity_describe_has_no_findings() -> None:
    assert number_findings({"id": "urn:x:a", "type": "Attempt", "startedAtTime": "1970-01-01T00:00:00Z"}) == []


@pytest.mark.parametrize("code", SENTENCES)
def test_every_code_has_a_sentence_without_open_places(code: str) -> None:
    finding = findings._finding(code, "/x", name="endedAtTime", value="3 minutes")
    assert finding.message[0].isalpha()
    assert finding.message.endswith(".")
    assert "{" not in finding.message


@pytest.mark.parametrize(
    ("minutes", "words"), [(6, "6 minutes"), (60, "1 h 0 min"), (60 * 47, "47 h 0 min"), (60 * 24 * 9, "9 days")]
)
def test_a_length_is_told_in_words(minutes: int, words: str) -> None:
    entry = happened(NINE + minutes * MINUTE_US)
    (finding,) = number_findings(entry.event, received_us=NINE)
    assert f" {words} after" in finding.message
    assert format_time(NINE) not in finding.message


@pytest.mark.slow
@settings(max_examples=examples(300))
@given(events())
def test_no_event_makes_it_raise(entry: Entry) -> None:
    findings = list(number_findings(entry.event, received_us=entry.received_us, sent_us=NINE))
    assert {finding.code for finding in findings} <= set(SENTENCES)
    assert {finding.severity for finding in findings} <= {"warning"}
