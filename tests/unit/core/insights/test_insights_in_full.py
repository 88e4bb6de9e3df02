"""Each kind of insight with all that it says: in words, when, of whom, and on what it rests; and its thresholds."""

from typing import Any

import pytest

from functions.core.insights.detect import KINDS, VERSION, Thresholds
from functions.core.sessions.records import subject_of
from functions.core.times import format_time
from tests.unit.core.insights.test_insights import ASKED, insights_of, lesson, quiz, spent
from tests.unit.core.sessions.timelines import EDAPP, LEARNER, X, clock_us, happened, logged_in, logged_out, only

LOGIN = logged_in("9:00", flags=ASKED)
SHOPPED = [lesson(f"9:0{minute}", str(minute)) for minute in range(1, 5)]
DONE = lesson("9:05", "a", "Completed")
OTHERS_QUIZ = quiz("9:04", "b")
INACTIVE = [spent("9:02", 200, "inactive"), spent("9:04", 150, "inactive")]
CASES: dict[str, tuple[list[Any], str, str, tuple[str, str], list[Any]]] = {
    # the facts; kind, reason, start and end, evidence
    "a pause": (
        [LOGIN, happened("9:12", session=X), logged_out("9:13")],
        "idling",
        "Nothing happened for 12 minutes.",
        ("9:00", "9:12"),
        [LOGIN, happened("9:12", session=X)],
    ),
    "inactive time": (
        [LOGIN, *INACTIVE, logged_out("9:05")],
        "idling",
        "The app reported 350 seconds as inactive.",
        ("8:58:40", "9:04"),
        INACTIVE,
    ),
    "lessons begun and left": (
        [LOGIN, *SHOPPED],
        "topic-shopping",
        "4 lessons were begun one after another, and none was completed.",
        ("9:01", "9:04"),
        SHOPPED,
    ),
    "a lesson without its assessment": (
        [LOGIN, lesson("9:01", "a"), OTHERS_QUIZ, DONE, logged_out("9:08")],
        "skip-assessment",
        "A lesson was completed, and its assessment was not begun in the session.",
        ("9:05", "9:08"),
        [DONE],
    ),
}


@pytest.mark.parametrize(("facts", "kind", "reason", "span", "evidence"), CASES.values(), ids=CASES.keys())
def test_an_insight_says_what_it_is_when_of_whom_and_why(
    facts: list[Any], kind: str, reason: str, span: tuple[str, str], evidence: list[Any]
) -> None:
    (insight,) = insights_of(*facts)
    started_us, ended_us = map(clock_us, span)
    assert insight.as_dict() == {
        "id": insight.id,
        "insightType": kind,
        "reason": reason,
        "startedAtTime": format_time(started_us),
        "endedAtTime": format_time(ended_us),
        "durationInSeconds": (ended_us - started_us) // 1_000_000,
        "sessionId": X,
        "userId": LEARNER,
        "applicationId": EDAPP,
        "version": VERSION,
        "evidence": [entry.id for entry in evidence],
        "conflicts": 0,
    }


def test_every_kind_is_told_and_described() -> None:
    assert {kind for _, kind, *_ in CASES.values()} == KINDS.keys()
    assert all(described.endswith(".") for described in KINDS.values())


LIMITS = Thresholds(idle_gap_us=600_000_000, inactive_seconds=300, shopping_lessons=3, shopping_us=300_000_000)


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        ([LOGIN, happened("9:10", session=X), logged_out("9:11")], "idling"),
        ([LOGIN, spent("9:05", 300, "inactive"), logged_out("9:06")], "idling"),
        ([LOGIN, lesson("9:01", "a"), lesson("9:02", "b"), lesson("9:06", "c")], "topic-shopping"),
    ],
)
def test_a_threshold_is_reached_by_what_equals_it(facts: list[Any], kind: str) -> None:
    assert [each.kind for each in insights_of(*facts, thresholds=LIMITS)] == [kind]


@pytest.mark.parametrize(
    "facts",
    [
        [LOGIN, happened("9:09:59", session=X), logged_out("9:11")],
        [LOGIN, spent("9:05", 299.9, "inactive"), logged_out("9:06")],
        [LOGIN, spent("9:05", 900, "waste"), logged_out("9:06")],
        [LOGIN, lesson("9:01", "a"), lesson("9:02", "b"), lesson("9:06:01", "c")],
        [LOGIN, lesson("9:01", "a"), lesson("9:02", "b"), lesson("9:03", "b")],
    ],
)
def test_what_stays_below_a_threshold_is_not_told(facts: list[Any]) -> None:
    assert insights_of(*facts, thresholds=LIMITS) == []


def test_two_stretches_of_lessons_are_two_insights() -> None:
    first = [lesson(f"9:0{minute}", f"a{minute}") for minute in range(1, 4)]
    second = [lesson(f"9:2{minute}", f"b{minute}") for minute in range(1, 4)]
    between = [happened(f"9:{minute:02d}", session=X) for minute in range(4, 21, 4)]
    shopped = insights_of(LOGIN, *first, *between, *second, kind="topic-shopping", thresholds=LIMITS)
    assert [each.evidence for each in shopped] == [tuple(entry.id for entry in each) for each in (first, second)]


def test_a_lesson_that_is_completed_later_was_not_left() -> None:
    facts = [LOGIN, *SHOPPED[:3], lesson("9:20", "2", "Completed")]
    assert insights_of(*facts, kind="topic-shopping", thresholds=LIMITS) == []


def test_the_subject_of_a_sitting_is_the_sitting() -> None:
    sitting = only(LOGIN, *SHOPPED, logged_out("9:10"))
    subject = subject_of(sitting, learner=LEARNER)
    assert (subject.id, subject.learner, subject.edapp, subject.process_insights) == (X, LEARNER, EDAPP, True)
    assert (subject.ended_us, subject.ended_by, subject.entries) == (clock_us("9:10"), "LoggedOut", sitting.members)
