"""What is kept of each quarter hour, how it adds up, and on which days runs lie."""

from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from functions.core.ids import id_digest
from functions.core.numbers.metrics import Credit
from functions.core.numbers.totals import Place, RunNumbers, by_quarter
from functions.core.times import QUARTER_US
from functions.core.totals.links import Links
from functions.core.totals.run_days import days_that_tell, run_days
from functions.core.totals.slice_totals import SliceTotals
from functions.core.totals.tallies import Tally, added, by_day, by_run, numbers_of, tallied, tells
from tests.unit.core.numbers.reports import completed
from tests.unit.core.sessions.timelines import EDAPP, RUN, X, Y, arrived, clock_us, happened, logged_out, resent

NINE = clock_us("9:00")


def place(us: int = NINE, *, course: str | None = None, run: str | None = None) -> Place:
    return Place(us - us % QUARTER_US, course, EDAPP, None, run)


def test_facts_are_kept_in_the_quarter_hour_and_run_of_each() -> None:
    views = [happened("9:00", session=X), happened("9:14:59", session=Y), happened("9:15")]
    in_run = happened("9:20", extensions={"runId": RUN})
    facts = [*views, in_run]
    sessions = {views[2].id_and_content: "urn:x:found"}
    tallies = tallied(facts, facts, [], conflicts=[], session_by_event=sessions)
    assert tallies == {
        place(): Tally(events=2, first_us=NINE, last_us=clock_us("9:14:59"), sessions={X, Y}),
        place(clock_us("9:15")): Tally(
            events=1, first_us=clock_us("9:15"), last_us=clock_us("9:15"), sessions={"urn:x:found"}
        ),
        place(clock_us("9:15"), run=RUN): Tally(events=1, first_us=clock_us("9:20"), last_us=clock_us("9:20")),
    }


def test_the_end_of_a_session_and_what_lies_in_the_future_are_events_but_no_activity() -> None:
    future = arrived(happened("9:06", session=None), "9:00")
    facts = [logged_out("9:00"), future]
    (tally,) = tallied(facts, facts, [], conflicts=[], session_by_event={}).values()
    assert (tally.events, tally.first_us, tally.last_us, tally.sessions) == (2, None, None, {X})


def test_credits_are_kept_when_they_count_and_evidence_where_it_was_told() -> None:
    done = resent(completed("9:00", masteredUnits=1), extensions={"courseId": "C"})
    plain = completed("9:01", xpEarned=1)
    credited = [
        Credit(done, "masteredUnits", Fraction(1), NINE),
        Credit(done, "masteredUnits", Fraction(1, 2), NINE + 1),
        Credit(done, "active", Fraction(5), NINE - 1),
        Credit(done, "waste", Fraction(0), NINE - 3 * QUARTER_US),
    ]
    tallies = tallied([done, plain], [done, plain], credited, conflicts=[], session_by_event={})
    of_course = {where.quarter_us: tally for where, tally in tallies.items() if where.course == "C"}
    assert of_course.keys() == {NINE, NINE - QUARTER_US}
    assert (of_course[NINE].totals, of_course[NINE].evidence) == (
        {"masteredUnits": Fraction(3, 2)},
        [(NINE, done.id)],
    )
    assert (of_course[NINE - QUARTER_US].totals, of_course[NINE - QUARTER_US].events) == ({"active": Fraction(5)}, 0)
    assert [tally.evidence for where, tally in tallies.items() if where.course is None] == [[]]
    quarters = by_quarter(credited[:3])
    assert {where.quarter_us: totals for where, totals in quarters.items()} == {
        us: tally.totals for us, tally in of_course.items()
    }
    assert [where.quarter_us for where in quarters] == [NINE - QUARTER_US, NINE]


def test_an_id_in_conflict_is_noted_whether_its_content_counts_or_not() -> None:
    first, rival, other = happened("9:00"), resent(happened("9:00"), object="urn:x:2"), happened("9:01")
    rival = resent(rival, id=first.id)
    (tally,) = tallied([first, rival, other], [first, other], [], conflicts={first.id}, session_by_event={}).values()
    assert (tally.events, tally.conflicts) == (2, {id_digest(first.id)})


def full(number: int) -> Tally:
    return Tally(
        totals={"active": Fraction(number), f"only{number}": Fraction(1)},
        events=number,
        first_us=number,
        last_us=10 + number,
        sessions={f"s{number}", "s"},
        conflicts={f"c{number}", "c"},
        evidence=[(number, f"e{number}")],
    )


@pytest.mark.parametrize("numbers", [(1, 2, 3), (3, 2, 1), (2, 3, 1)])
def test_tallies_add_up_in_any_order(numbers: tuple[int, ...]) -> None:
    total = added([Tally(), *(full(number) for number in numbers), Tally()])
    expected = {"active": Fraction(6)} | {f"only{number}": Fraction(1) for number in (1, 2, 3)}
    assert (total.totals, total.events, total.first_us, total.last_us) == (expected, 6, 1, 13)
    assert (total.sessions, total.conflicts) == ({"s", "s1", "s2", "s3"}, {"c", "c1", "c2", "c3"})
    assert sorted(total.evidence) == [(1, "e1"), (2, "e2"), (3, "e3")]
    whole, part = numbers_of([full(1), full(2)]), numbers_of([full(1), full(2)], part=True)
    assert (whole.events, whole.sessions, whole.conflicts, whole.part, part.part) == (
        3,
        ("s", "s1", "s2"),
        3,
        False,
        True,
    )
    assert (whole.first_us, whole.last_us) == (1, 12)
    assert whole.total("active") == 3


@pytest.mark.parametrize(
    ("tally", "says"),
    [
        (Tally(), False),
        (Tally(first_us=1, last_us=1, sessions={"s"}), False),
        (Tally(events=1), True),
        (Tally(totals={"active": Fraction(1)}), True),
        (Tally(conflicts={"c"}), True),
    ],
)
def test_a_day_is_shown_if_something_counts_or_is_in_conflict(tally: Tally, says: bool) -> None:
    assert tells(tally) is says
    assert by_day({place(): Tally(), place(NINE + QUARTER_US): tally}) == (
        {"20260127": [Tally(), tally]} if says else {}
    )


def test_days_are_in_order_and_those_of_the_time_zone() -> None:
    tallies = {
        place(clock_us(clock, day)): full(number)
        for number, (clock, day) in enumerate(
            [("9:00", "2026-01-28"), ("23:45", "2026-01-27"), ("3:00", "2026-01-28")], 1
        )
    }
    first, second, third = tallies.values()
    assert list(by_day(tallies).items()) == [("20260127", [second]), ("20260128", [first, third])]
    in_new_york = by_day(tallies, ZoneInfo("America/New_York"))
    assert list(in_new_york.items()) == [("20260127", [second, third]), ("20260128", [first])]


def test_runs_have_the_tallies_that_name_them() -> None:
    tallies = {
        place(run=RUN): full(1),
        place(NINE + QUARTER_US, run=RUN): full(2),
        place(run=X): full(3),
        place(): full(4),
    }
    assert {run: list(own) for run, own in by_run(tallies).items()} == {
        RUN: [place(run=RUN), place(NINE + QUARTER_US, run=RUN)],
        X: [place(run=X)],
    }


@pytest.mark.parametrize(
    ("questions", "correct", "of_whole", "of_part", "accuracy"),
    [
        (4, 3, (4, 3), (4, 3), 0.75),
        (2, 3, (2, 2), (2, 3), 1),
        (0, 1, (0, 0), (0, 1), None),
        (-1, 1, (0, 0), (-1, 1), None),
        (2, -1, (2, 0), (2, -1), 0),
    ],
)
def test_of_a_whole_no_number_is_negative_and_no_more_is_correct_than_asked(
    questions: int, correct: int, of_whole: tuple[int, int], of_part: tuple[int, int], accuracy: float | None
) -> None:
    totals = {"totalQuestions": Fraction(questions), "correctQuestions": Fraction(correct)}
    for part, expected in ((False, of_whole), (True, of_part)):
        answer = RunNumbers(totals=totals, part=part).as_dict()
        assert (answer["totalQuestions"], answer["correctQuestions"], answer["accuracy"]) == (*expected, accuracy)


def slice_totals(*places: Place) -> SliceTotals:
    tallies = {each: full(1) for each in places}
    return SliceTotals(first_us=0, last_us=1, facts=1, links=Links(frozenset(), ()), tallies=tallies)


def test_the_days_of_a_run_are_those_of_all_its_slices_in_order() -> None:
    first = slice_totals(place(clock_us("9:00", "2026-01-29"), run=RUN), place(run=X), place())
    second = slice_totals(place(run=RUN), place(NINE + QUARTER_US, run=RUN))
    assert run_days([first, second]) == {RUN: ["20260127", "20260129"], X: ["20260127"]}
    assert first.days == {"20260127", "20260129"}


@pytest.mark.parametrize(
    ("before", "after", "days"),
    [
        ([], ["1"], {"1"}),
        (["1"], ["1"], set()),
        (["1"], ["1", "2"], {"1"}),
        (["1", "2"], ["1", "3"], {"1"}),
        (["2", "3"], ["1", "2", "3"], {"1", "2", "3"}),
        (["1", "2"], ["2"], {"1", "2"}),
        (["1"], [], {"1"}),
    ],
)
def test_the_rows_of_the_days_that_name_other_days_of_a_run_are_written_anew(
    before: list[str], after: list[str], days: set[str]
) -> None:
    changed = [slice_totals(place(run=RUN), place())]
    stored, now = ({RUN: each} if each else {} for each in (before, after))
    assert days_that_tell(changed, stored | {X: ["8"]}, now | {X: ["9"]}) == days
