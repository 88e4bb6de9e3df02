"""What decides where two reports say the same, and the spellings that mean the same."""

from fractions import Fraction

import pytest

from functions.core.numbers.runs import fold_run
from functions.core.numbers.time_spent import intervals, spent, window_of
from functions.core.timeline.entry import Entry, in_order
from functions.core.totals.links import overlap
from tests.unit.core.numbers.reports import ATTEMPT, LESSON, attempted, completed, graded, item, time_spent
from tests.unit.core.sessions.timelines import RUN, X, Y, happened, resent

A, B = "urn:uuid:aaaaaaaa-0000-4000-8000-000000000000", "urn:uuid:bbbbbbbb-0000-4000-8000-000000000000"


def credited_to(*entries: Entry) -> set[str]:
    return {credit.entry.id for credit in spent(in_order(entries))}


@pytest.mark.parametrize(("first", "second"), [(A, B), (B, A)])
def test_of_two_equal_reports_the_one_of_the_earlier_event_counts_whatever_their_ids(first: str, second: str) -> None:
    window = item("active", 600, "9:00", "9:10")
    assert credited_to(time_spent("9:11", window, id=first), time_spent("9:12", window, id=second)) == {first}


def test_of_two_equally_dense_reports_the_one_that_began_first_gets_what_both_cover() -> None:
    later = time_spent("9:11", item("active", 600, "9:05", "9:15"), id=A, extensions={"runId": X})
    earlier = time_spent("9:20", item("active", 600, "9:00", "9:10"), id=B, extensions={"runId": Y})
    seconds = {credit.entry.id: 0.0 for credit in spent([later, earlier])}
    for credit in spent([later, earlier]):
        seconds[credit.entry.id] += float(credit.amount)
    assert seconds == {A: 300, B: 600}


@pytest.mark.parametrize(("first", "second"), [(A, B), (B, A)])
def test_of_two_events_that_tell_the_same_end_of_an_attempt_the_first_accounts_for_it(first: str, second: str) -> None:
    report = resent(attempted("9:10", "9:00", "9:10"), id=first)
    again = resent(attempted("9:20", "9:00", "9:10"), id=second)
    (interval,) = intervals([report, again]).values()
    assert interval.entry is report


def test_an_activity_event_that_says_no_attempt_number_is_attempt_1() -> None:
    silent = completed("9:00", xpEarned=1)
    first = resent(completed("9:05", xpEarned=2), generated={"items": [], "attempt": 1}, id=A)
    second = resent(completed("9:06", xpEarned=2), generated={"items": [], "attempt": 2}, id=B)
    assert fold_run([silent, first]).total("attempts") == 1
    assert fold_run([silent, first, second]).total("attempts") == 2


@pytest.mark.parametrize("wrong", [True, "2", 2.5, None])
def test_an_attempt_number_that_is_no_whole_number_is_none(wrong: object) -> None:
    silent = completed("9:00", xpEarned=1)
    odd = resent(completed("9:05", xpEarned=2), generated={"items": [], "attempt": wrong}, id=A)
    assert fold_run([silent, odd]).total("attempts") == 1


@pytest.mark.parametrize("spelled", ["XP", "xp", " Xp "])
def test_a_score_type_is_read_in_small_letters_as_in_capitals(spelled: str) -> None:
    assert fold_run([graded("9:00", spelled, 5)]).total("xpEarned") == 5
    assert fold_run([graded("9:00", spelled, 5)]).total("attempts") == 0


@pytest.mark.parametrize("spelled", ["Mastery", "question_result"])
def test_mastery_and_questions_are_read_in_small_letters_too(spelled: str) -> None:
    numbers = fold_run([graded("9:00", spelled, 1)])
    assert numbers.total("masteredUnits") + numbers.total("totalQuestions") == 1


def test_the_run_of_auto_attach_names_no_run() -> None:
    tagged = happened("9:00", extensions={"runId": "urn:tag:auto-attach"})
    assert tagged.attribution.run is None
    assert happened("9:00", extensions={"runId": RUN}).attribution.run == RUN


@pytest.mark.parametrize(("seconds", "counted"), [(86_400, 86_400), (86_401, 0), (0, 0), (-1, 0)])
def test_a_report_counts_up_to_a_whole_day(seconds: int, counted: int) -> None:
    assert fold_run([time_spent("9:00", item("active", seconds))]).total("active") == counted


@pytest.mark.parametrize(("days", "counted"), [(1, 86_400), (2, 0)])
def test_an_attempt_counts_up_to_a_whole_day(days: int, counted: int) -> None:
    end = f"2026-01-{26 + days}T09:00:0{days - 1}Z"
    attempt = {"id": ATTEMPT, "type": "Attempt", "assignable": LESSON, "startedAtTime": "2026-01-26T09:00:00Z"}
    report = happened("9:00", type="AssignableEvent", action="Completed", object=LESSON, eventTime=end)
    report = resent(report, generated=attempt | {"endedAtTime": end})
    assert fold_run([report]).total("active") == counted


@pytest.mark.parametrize(("end", "is_window"), [("2026-02-03T09:00:00Z", True), ("2026-02-03T09:00:00.001Z", False)])
def test_a_window_of_over_a_week_is_none(end: str, is_window: bool) -> None:
    window = window_of({"startDate": "2026-01-27T09:00:00Z", "endDate": end}, Fraction(60))
    assert (window is not None) is is_window


@pytest.mark.parametrize(
    ("reach", "other", "meets"),
    [
        ([], [(1, 2)], False),
        ([(1, 2)], [], False),
        ([(1, 2)], [(1, 2)], True),
        ([(1, 2)], [(2, 3)], True),
        ([(2, 3)], [(1, 2)], True),
        ([(1, 2)], [(3, 4)], False),
        ([(3, 4)], [(1, 2)], False),
        ([(1, 2), (8, 9)], [(3, 4), (5, 8)], True),
        ([(5, 6), (9, 9)], [(1, 4), (7, 8)], False),
    ],
)
def test_spans_of_links_meet_if_they_have_an_instant_in_common(
    reach: list[tuple[int, int]], other: list[tuple[int, int]], meets: bool
) -> None:
    assert overlap(reach, other) is meets
