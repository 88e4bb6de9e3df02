"""The numbers of runs, sessions and days: what is summed, what counts once, and what no order can change."""

import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.ids import derived_uuid
from functions.core.numbers.runs import fold_run, per_day
from functions.core.sessions.records import answer_of, record_of
from functions.core.sessions.sitting import sitting_by_event
from functions.core.timeline.entry import Entry
from functions.core.times import MINUTE_US, format_time
from tests.examples import examples
from tests.unit.core.numbers.reports import (
    ATTEMPT,
    LESSON,
    QUESTION,
    attempted,
    completed,
    graded,
    item,
    time_spent,
)
from tests.unit.core.sessions.timelines import (
    LEARNER,
    OTHER_APP,
    RUN,
    X,
    arrived,
    clock_us,
    happened,
    heartbeat,
    logged_in,
    logged_out,
    only,
    resent,
    sittings,
)

pytestmark = pytest.mark.slow


def test_activity_events_add_up_and_a_negative_one_corrects() -> None:
    assert fold_run([completed("9:00", xpEarned=80), completed("9:01", xpEarned=-30.5)]).as_dict()["xpEarned"] == 49.5


def test_a_later_grade_of_the_same_object_replaces_an_earlier_one() -> None:
    entries = [graded("9:10", "XP", 150, most=None), graded("9:00", "XP", 100, most=None)]
    assert fold_run(entries).as_dict()["xpEarned"] == 150
    assert fold_run([*entries, graded("9:05", "XP", 7, attempt="urn:x:2")]).as_dict()["xpEarned"] == 157


def test_a_question_counts_once_and_is_correct_at_full_score() -> None:
    wrong, right = graded("9:00", "QUESTION_RESULT", 0), graded("9:05", "QUESTION_RESULT", 1)
    partly = graded("9:06", "QUESTION_RESULT", 2, most=3, attempt="urn:x:2")
    fully = graded("9:07", "QUESTION_RESULT", 3, most=3, attempt="urn:x:3")
    numbers = fold_run([wrong, right, partly, fully]).as_dict()
    assert (numbers["totalQuestions"], numbers["correctQuestions"]) == (3, 2)
    assert numbers["accuracy"] == pytest.approx(2 / 3)


def test_no_questions_have_no_accuracy() -> None:
    assert fold_run([]).as_dict()["accuracy"] is None


@pytest.mark.parametrize(
    ("score_given", "most", "units"), [(100, 100, 1), (90, 100, 1), (89, 100, 0), (1, None, 1), (0, None, 0)]
)
def test_mastery_is_a_unit_from_ninety_percent_on(score_given: float, most: float | None, units: int) -> None:
    assert fold_run([graded("9:00", "MASTERY", score_given, most=most)]).as_dict()["masteredUnits"] == units


def test_the_score_type_may_stand_in_the_extensions() -> None:
    score = {"type": "Score", "scoreGiven": 12, "extensions": {"scoreType": "XP"}}
    assert fold_run([graded("9:00", "XP", 1, generated=score)]).as_dict()["xpEarned"] == 12


def test_where_both_report_one_activity_the_activity_event_counts() -> None:
    about = {"id": ATTEMPT, "type": "Attempt", "assignable": {"id": LESSON, "type": "AssignableDigitalResource"}}
    both = [completed("9:00", xpEarned=80), graded("9:10", "XP", 150, object=about)]
    assert fold_run(both).as_dict()["xpEarned"] == 80
    same_run = [completed("9:00", xpEarned=80), graded("9:10", "XP", 150, extensions={"runId": RUN})]
    assert fold_run(same_run).as_dict()["xpEarned"] == 80
    other = [completed("9:00", xpEarned=80), graded("9:10", "XP", 150)]
    assert fold_run(other).as_dict()["xpEarned"] == 230
    silent = [completed("9:00", masteredUnits=1), graded("9:10", "XP", 150, object=about)]
    assert fold_run(silent).as_dict()["xpEarned"] == 150


def test_questions_of_an_activity_that_gives_its_own_totals_are_not_counted_twice() -> None:
    begun = happened(
        "9:00",
        type="AssessmentItemEvent",
        action="Started",
        object={"id": QUESTION, "type": "AssessmentItem", "isPartOf": {"id": LESSON, "type": "Assessment"}},
    )
    answered = happened(
        "9:01",
        type="AssessmentItemEvent",
        action="Completed",
        object=QUESTION,
        generated={"id": "urn:x:response", "type": "Response", "attempt": ATTEMPT},
    )
    grade = graded("9:02", "QUESTION_RESULT", 1)
    assert fold_run([begun, answered, grade]).as_dict()["totalQuestions"] == 1
    total = completed("9:03", totalQuestions=10, correctQuestions=8)
    assert fold_run([begun, answered, grade, total]).as_dict()["totalQuestions"] == 10


def test_attempts_are_told_apart() -> None:
    entries = [
        attempted("9:00", "9:00", None),
        attempted("9:10", "9:00", "9:10"),
        attempted("9:20", "9:20", None, attempt="urn:x:2"),
        completed("9:30", xpEarned=1),
        completed("9:40", xpEarned=-1),
        completed("9:50", xpEarned=1, run=None),
        graded("9:55", "XP", 1, attempt="urn:x:3"),
    ]
    assert fold_run(entries).as_dict()["attempts"] == 4


def test_process_false_changes_nothing() -> None:
    entry = completed("9:00", xpEarned=80)
    entries = [resent(entry, object={**entry.event["object"], "process": value}) for value in (True, False)]
    assert fold_run([entries[0]]) == fold_run([entries[1]]) == fold_run([entry])


def test_first_and_last_activity_leave_out_closes_and_the_future() -> None:
    entries = [
        happened("9:00"),
        happened("9:10", session=X),
        logged_out("9:40"),
        arrived(happened("23:00"), "9:00"),
    ]
    numbers = fold_run(entries).as_dict()
    assert numbers["firstActivityTime"] == "2026-01-27T09:00:00.000Z"
    assert numbers["lastActivityTime"] == "2026-01-27T09:10:00.000Z"
    assert numbers["events"] == 4


def test_the_sessions_touched_are_those_named_and_those_read_off_the_timeline() -> None:
    entries = [happened("9:00", session=X), happened("9:10", edApp=OTHER_APP)]
    assert fold_run(entries).sessions == (X,)
    folded = sittings(*entries)
    sessions = {event: sitting.session for event, sitting in sitting_by_event(folded).items()}
    assert set(fold_run(entries, session_by_event=sessions).sessions) == {sitting.session for sitting in folded}


def test_days_are_utc_days_of_the_events() -> None:
    days = per_day([completed("23:59", xpEarned=1), completed(clock_us("0:00", "2026-01-28"), xpEarned=2)])
    assert {day: numbers.total("xpEarned") for day, numbers in days.items()} == {"20260127": 1, "20260128": 2}


def test_the_numbers_of_a_session_are_those_of_its_members() -> None:
    sitting = only(logged_in("9:00"), time_spent("9:10", item("active", 15)), heartbeat("9:12"), logged_out("9:20"))
    record = record_of(sitting, learner=LEARNER, conflicts=())
    assert answer_of(X, learner=LEARNER, explicit=True, records=[record])["numbers"] == {
        "seconds": {"active": 15, "inactive": 0, "waste": 0, "unknown": 0, "anti-pattern": 0},
        "xpEarned": 0,
        "totalQuestions": 0,
        "correctQuestions": 0,
        "accuracy": None,
        "masteredUnits": 0,
        "attempts": 0,
        "events": 3,
        "firstActivityTime": "2026-01-27T09:00:00.000Z",
        "lastActivityTime": "2026-01-27T09:10:00.000Z",
        "sessions": [X],
        "conflicts": 0,
    }


@st.composite
def reports(draw: st.DrawFn) -> list[Entry]:
    """Overlapping windows, grades and completions of a few activities over two days."""
    entries = []
    for number in range(draw(st.integers(1, 10))):
        time_us = clock_us("23:30") + draw(st.integers(0, 60)) * MINUTE_US
        kind = draw(st.sampled_from(["window", "plain", "grade", "completed", "attempt"]))
        activity = draw(st.sampled_from([LESSON, QUESTION]))
        value = draw(st.floats(0, 100, allow_nan=False) | st.integers(0, 100))
        category = draw(st.sampled_from(["active", "inactive"]))
        length_us = draw(st.integers(1, 20)) * MINUTE_US
        if kind == "window":
            entry = time_spent(time_us, item(category, value, time_us - length_us, time_us), activity=activity)
        elif kind == "plain":
            entry = time_spent(time_us, item(category, value), activity=activity)
        elif kind == "grade":
            score = draw(st.sampled_from(["XP", "QUESTION_RESULT", "MASTERY"]))
            entry = graded(time_us, score, value, attempt=draw(st.sampled_from([ATTEMPT, LESSON, QUESTION])))
        elif kind == "completed":
            entry = completed(time_us, activity=activity, xpEarned=value, run=draw(st.sampled_from([RUN, None])))
        else:
            attempt = {
                "id": draw(st.sampled_from([ATTEMPT, "urn:x:2"])),
                "type": "Attempt",
                "assignable": activity,
                "startedAtTime": format_time(time_us - length_us),
                "endedAtTime": format_time(time_us),
            }
            entry = happened(time_us, type="AssignableEvent", action="Completed", object=activity, generated=attempt)
        entries.append(resent(entry, id=derived_uuid("report", str(number))))
    return entries


@settings(max_examples=examples(400), deadline=None)
@given(reports(), st.randoms(use_true_random=False), st.data())
def test_no_order_and_no_copies_change_a_number(
    entries: list[Entry], shuffler: random.Random, data: st.DataObject
) -> None:
    again = entries + [entry for entry in entries if data.draw(st.booleans())]
    shuffler.shuffle(again)
    assert fold_run(again) == fold_run(entries)
    assert per_day(again) == per_day(entries)


@settings(max_examples=examples(200), deadline=None)
@given(reports())
def test_the_days_add_up_to_the_whole(entries: list[Entry]) -> None:
    whole, days = fold_run(entries), per_day(entries)
    for metric in whole.totals:
        assert whole.total(metric) == sum((numbers.total(metric) for numbers in days.values()), Fraction(0))
    assert whole.events == sum(numbers.events for numbers in days.values())
