"""The numbers of runs, sessions and days: what is summed, what counts once, and what no order can change."""

import random
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.ids import derived_uuid
from functions.core.numbers.runs import fold_run, per_day
from functions.core.sessions.records import answer_of, record_of
from functions.core.sessions.sitting import sitting_by_event
from functions.core.timeline.entry import Entry
from functions.core.times import DAY_US, MINUTE_US, format_time
from tests.unit.core.sessions.timelines import (
    LEARNER,
    OTHER_APP,
    RUN,
    X,
    arrived,
    at,
    happened,
    heartbeat,
    logged_in,
    logged_out,
    only,
    resent,
    sittings,
)

LESSON = "https://app.example/lessons/1"
QUESTION = "https://app.example/questions/1"
ATTEMPT = "urn:uuid:88888888-8888-4888-8888-888888888888"


def item(category: str, seconds: float, start: str | int | None = None, end: str | int | None = None) -> dict[str, Any]:
    made: dict[str, Any] = {"type": category, "value": seconds}
    for name, clock in (("startDate", start), ("endDate", end)):
        if clock is not None:
            made[name] = format_time(at(clock) if isinstance(clock, str) else clock)
    return made


def time_spent(clock: str | int, *items: dict[str, Any], activity: str = LESSON, **fields: Any) -> Entry:
    return happened(
        clock,
        **{
            "type": "TimeSpentEvent",
            "action": "SpentTime",
            "profile": "TimebackProfile",
            "object": {"id": activity, "type": "TimebackActivityContext"},
            "generated": {"type": "TimebackTimeSpentMetricsCollection", "items": list(items)},
            "extensions": {"runId": RUN},
        }
        | fields,
    )


def completed(clock: str | int, *, activity: str = LESSON, run: str | None = RUN, **metrics: float) -> Entry:
    return happened(
        clock,
        type="ActivityEvent",
        action="Completed",
        profile="TimebackProfile",
        object={"id": activity, "type": "TimebackActivityContext"},
        generated={"items": [{"type": name, "value": value} for name, value in metrics.items()]},
        extensions={"runId": run} if run else None,
    )


def graded(
    clock: str | int, kind: str, given: float, *, most: float | None = 1, attempt: str = ATTEMPT, **fields: Any
) -> Entry:
    score: dict[str, Any] = {"type": "Score", "scoreType": kind, "scoreGiven": given}
    if most is not None:
        score["maxScore"] = most
    return happened(clock, **{"type": "GradeEvent", "action": "Graded", "object": attempt, "generated": score} | fields)


def attempted(clock: str, start: str | None, end: str | None, *, attempt: str = ATTEMPT, of: str = LESSON) -> Entry:
    made: dict[str, Any] = {"id": attempt, "type": "Attempt", "assignable": of}
    if start is not None:
        made["startedAtTime"] = format_time(at(start))
    if end is not None:
        made["endedAtTime"] = format_time(at(end))
    return happened(clock, type="AssignableEvent", action="Completed" if end else "Started", object=of, generated=made)


def seconds(*entries: Entry) -> dict[str, float]:
    totals = fold_run(entries).as_dict()["seconds"]
    assert isinstance(totals, dict)
    return {category: total for category, total in totals.items() if total}


def test_values_are_summed_by_category() -> None:
    assert seconds(
        time_spent("9:00", item("active", 15), item("inactive", 0)),
        time_spent("9:01", item("active", 10.5), item("waste", 2), item("unknown", 1), item("anti-pattern", 3)),
    ) == {"active": 25.5, "waste": 2, "unknown": 1, "anti-pattern": 3}


def test_a_tenth_is_a_tenth() -> None:
    entries = [time_spent(at("9:00") + n, item("active", 0.1)) for n in range(10)]
    assert seconds(*entries) == {"active": 1}


@pytest.mark.parametrize(
    "spelled",
    [
        {"type": "active", "value": 15, "startDate": "2026-01-27T09:00:00Z", "endDate": "2026-01-27T09:00:15Z"},
        {"type": "active", "value": 15, "start_date": "2026-01-27T09:00:00Z", "end_date": "2026-01-27T09:00:15Z"},
        {"id": ATTEMPT, "type": "TimeSpentMetric", "metricType": "Active", "metricValue": 15},
    ],
)
def test_each_dialect_is_read(spelled: dict[str, Any]) -> None:
    assert seconds(time_spent("9:01", spelled)) == {"active": 15}


def test_each_dialect_of_activity_metrics_is_read() -> None:
    rewritten = happened(
        "9:00",
        type="ActivityEvent",
        action="Completed",
        profile="AggregationProfile",
        generated={
            "items": [
                {"type": "ActivityMetric", "metricType": "XpEarned", "metricValue": 150.5},
                {"type": "ActivityMetric", "metricType": "TotalQuestions", "metricValue": 10},
                {"type": "ActivityMetric", "metricType": "CorrectQuestions", "metricValue": 8},
                {"type": "ActivityMetric", "metricType": "MasteredUnits", "metricValue": 1},
            ]
        },
    )
    for entry in (
        rewritten,
        completed("9:00", xpEarned=150.5, totalQuestions=10, correctQuestions=8, masteredUnits=1),
    ):
        numbers = fold_run([entry]).as_dict()
        assert (numbers["xpEarned"], numbers["totalQuestions"], numbers["correctQuestions"]) == (150.5, 10, 8)
        assert (numbers["accuracy"], numbers["masteredUnits"]) == (0.8, 1)


def test_overlapping_windows_count_pro_rata_to_what_is_not_yet_covered() -> None:
    assert seconds(
        time_spent("9:01", item("active", 60, "9:00", "9:01")),
        time_spent("9:02", item("active", 30, "9:00:30", "9:01:30")),
    ) == {"active": 75}


def test_a_window_sent_twice_under_two_ids_counts_once() -> None:
    window = item("active", 15, "9:00:00", "9:00:15")
    assert seconds(time_spent("9:01", window), time_spent("9:02", window)) == {"active": 15}


def test_a_window_inside_another_counts_for_nothing() -> None:
    assert seconds(
        time_spent("9:10", item("active", 300, "9:00", "9:10")), time_spent("9:11", item("active", 60, "9:05", "9:06"))
    ) == {"active": 300}


def test_windows_of_different_categories_do_not_cover_each_other() -> None:
    both = time_spent("9:01", item("active", 40, "9:00", "9:01"), item("inactive", 20, "9:00", "9:01"))
    assert seconds(both) == {"active": 40, "inactive": 20}


def test_windows_that_touch_do_not_overlap() -> None:
    assert seconds(
        time_spent("9:01", item("active", 60, "9:00", "9:01")), time_spent("9:02", item("active", 60, "9:01", "9:02"))
    ) == {"active": 120}


def test_a_value_without_a_window_of_some_length_counts_in_full() -> None:
    assert seconds(
        time_spent("9:01", item("active", 15, "9:00", "9:00")),
        time_spent("9:02", item("active", 15, "9:01", "9:00")),
        time_spent("9:03", item("active", 15, "9:00")),
    ) == {"active": 45}


def test_what_is_no_number_or_no_category_is_left_out() -> None:
    assert (
        seconds(
            time_spent(
                "9:00", item("active", -5), item("asleep", 5), {"type": "active"}, {"type": "active", "value": "5"}
            ),
            time_spent("9:01", {"type": "active", "value": True}, {"type": "active", "value": 10**18}),
            time_spent("9:02", generated=None),
            time_spent("9:03", generated={"items": "none"}),
        )
        == {}
    )


def test_attempt_intervals_are_active_time_where_nothing_else_is_reported() -> None:
    assert seconds(attempted("9:00", "9:00", None), attempted("9:45", "9:00", "9:45")) == {"active": 45 * 60}


def test_an_attempt_told_in_two_halves_is_one_interval() -> None:
    assert seconds(attempted("9:00", "9:00", None), attempted("9:45", None, "9:45")) == {"active": 45 * 60}


def test_attempts_within_attempts_count_once() -> None:
    inner = attempted("9:20", "9:10", "9:20", attempt="urn:x:quiz", of="https://app.example/quiz/1")
    outer = attempted("9:45", "9:00", "9:45")
    assert seconds(inner, outer) == {"active": 45 * 60}


def test_the_attempt_of_a_response_counts() -> None:
    answered = happened(
        "10:07",
        type="AssessmentItemEvent",
        action="Completed",
        object=QUESTION,
        generated={
            "type": "Response",
            "attempt": {
                "id": ATTEMPT,
                "type": "Attempt",
                "startedAtTime": "2026-01-27T10:05:00.000Z",
                "endedAtTime": "2026-01-27T10:07:00.000Z",
            },
        },
    )
    assert seconds(answered) == {"active": 120}


def test_an_attempt_counts_for_nothing_where_its_activity_reports_its_time() -> None:
    assert seconds(attempted("9:45", "9:00", "9:45"), time_spent("9:45", item("active", 15))) == {"active": 15}


def test_an_attempt_counts_only_for_what_no_report_covers() -> None:
    attempt = attempted("9:45", "9:00", "9:45", of="https://app.example/other")
    assert seconds(attempt, time_spent("9:30", item("active", 100, "9:20", "9:30"))) == {"active": 35 * 60 + 100}
    assert seconds(attempt, time_spent("9:30", item("inactive", 600))) == {"active": 35 * 60, "inactive": 600}


def test_an_attempt_of_over_a_day_is_no_account_of_time() -> None:
    long = (
        attempted("9:45", None, "9:45"),
        happened(
            at("9:00", "2026-01-20"),
            type="AssignableEvent",
            action="Started",
            generated={"id": ATTEMPT, "type": "Attempt", "startedAtTime": "2026-01-20T09:00:00.000Z"},
        ),
    )
    assert seconds(*long) == {}


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
    ("given", "most", "units"), [(100, 100, 1), (90, 100, 1), (89, 100, 0), (1, None, 1), (0, None, 0)]
)
def test_mastery_is_a_unit_from_ninety_percent_on(given: float, most: float | None, units: int) -> None:
    assert fold_run([graded("9:00", "MASTERY", given, most=most)]).as_dict()["masteredUnits"] == units


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
    told = [resent(entry, object={**entry.event["object"], "process": value}) for value in (True, False)]
    assert fold_run([told[0]]) == fold_run([told[1]]) == fold_run([entry])


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
    found = sittings(*entries)
    sessions = {event: sitting.session for event, sitting in sitting_by_event(found).items()}
    assert set(fold_run(entries, session_by_event=sessions).sessions) == {sitting.session for sitting in found}


def test_days_are_utc_days_of_the_events() -> None:
    days = per_day([completed("23:59", xpEarned=1), completed(at("0:00", "2026-01-28"), xpEarned=2)])
    assert {day: numbers.total("xpEarned") for day, numbers in days.items()} == {"20260127": 1, "20260128": 2}


def test_a_replaced_grade_counts_on_the_day_of_the_one_that_stands() -> None:
    days = per_day([graded("9:00", "XP", 100), graded(at("9:00", "2026-01-28"), "XP", 120)])
    assert {day: numbers.total("xpEarned") for day, numbers in days.items()} == {"20260127": 0, "20260128": 120}


def test_the_numbers_of_a_session_are_those_of_its_members() -> None:
    spent = time_spent("9:10", item("active", 15))
    sitting = only(logged_in("9:00"), spent, heartbeat("9:12"), logged_out("9:20"))
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
    }


@st.composite
def reports(draw: st.DrawFn) -> list[Entry]:
    """Overlapping windows, grades and completions of a few activities over two days."""
    entries = []
    for number in range(draw(st.integers(1, 10))):
        time_us = at("23:30") + draw(st.integers(0, 60)) * MINUTE_US
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


@settings(max_examples=400, deadline=None)
@given(reports(), st.randoms(use_true_random=False), st.data())
def test_no_order_and_no_copies_change_a_number(
    entries: list[Entry], shuffler: random.Random, data: st.DataObject
) -> None:
    again = entries + [entry for entry in entries if data.draw(st.booleans())]
    shuffler.shuffle(again)
    assert fold_run(again) == fold_run(entries)
    assert per_day(again) == per_day(entries)


@settings(max_examples=200, deadline=None)
@given(reports())
def test_the_days_add_up_to_the_whole(entries: list[Entry]) -> None:
    whole, days = fold_run(entries), per_day(entries)
    for metric in whole.totals:
        assert whole.total(metric) == sum((numbers.total(metric) for numbers in days.values()), Fraction(0))
    assert whole.events == sum(numbers.events for numbers in days.values())


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 300), st.integers(1, 60)), min_size=1, max_size=12))
def test_windows_that_are_wholly_active_add_up_to_the_time_they_cover(windows: list[tuple[int, int]]) -> None:
    start_us = at("9:00")
    entries = [
        time_spent(
            start_us + DAY_US // 4, item("active", length, start_us + s * 10**6, start_us + (s + length) * 10**6)
        )
        for s, length in windows
    ]
    covered = {second for s, length in windows for second in range(s, s + length)}
    assert fold_run(entries).total("active") == len(covered)
