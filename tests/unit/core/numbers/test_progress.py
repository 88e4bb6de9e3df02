"""Course progress: units summed, against the lessons on record, unless the app states a percentage later."""

import random
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.ids import derived_uuid
from functions.core.numbers import progress
from functions.core.numbers.progress import CourseTotals, Progress, percent_complete
from functions.core.numbers.runs import fold_run
from functions.core.timeline.entry import Entry
from functions.core.times import MINUTE_US
from tests.examples import examples
from tests.unit.core.sessions.timelines import clock_us, happened, resent

COURSE = "MATH-3"


def mastered(
    clock: str | int, units: float | None, *, activity: str = "1", course: str = COURSE, stated: float | None = None
) -> Entry:
    generated: dict[str, Any] = {"items": [] if units is None else [{"type": "masteredUnits", "value": units}]}
    if stated is not None:
        generated["extensions"] = {"pctCompleteApp": stated}
    return happened(
        clock,
        type="ActivityEvent",
        action="Completed",
        profile="TimebackProfile",
        object={"id": f"https://app.example/activities/{activity}", "type": "TimebackActivityContext"},
        generated=generated,
        extensions={"courseId": course},
    )


def only(*entries: Entry, lessons: int | None = None) -> Progress:
    (course,) = progress.fold(entries, lessons={} if lessons is None else {COURSE: lessons})
    return course


def test_units_are_summed_over_activities() -> None:
    course = only(mastered("9:00", 1), mastered("9:10", 2, activity="2"), lessons=12)
    assert (course.mastered_units, course.activities, course.percent, course.stated) == (Fraction(3), 2, 25, False)


def test_mastered_units_are_summed_over_submissions_corrections_included() -> None:
    course = only(mastered("9:10", 5), mastered("9:00", 1), mastered("9:20", -2), lessons=10)
    assert (course.mastered_units, course.activities, course.percent) == (Fraction(4), 1, 40)
    assert course.evidence == tuple(mastered(*said).id for said in [("9:00", 1), ("9:10", 5), ("9:20", -2)])


def test_progress_says_what_the_run_says() -> None:
    entries = [mastered("9:00", 1), mastered("9:10", 2)]
    assert only(*entries).mastered_units == fold_run(entries).total("masteredUnits") == 3


def test_more_corrections_than_units_leave_none() -> None:
    assert only(mastered("9:00", 1), mastered("9:10", -5)).mastered_units == 0


def test_a_quoted_number_of_units_is_read() -> None:
    quoted = mastered("9:00", 1)
    quoted = resent(quoted, generated={"items": [{"type": "masteredUnits", "value": "2"}]})
    assert only(quoted).mastered_units == 2


def test_an_event_that_says_nothing_of_units_does_not_count_for_its_activity() -> None:
    assert only(mastered("9:00", None), mastered("9:10", 1)).mastered_units == 1


def test_of_a_stated_percentage_and_the_computed_one_the_later_wins() -> None:
    said = [mastered("9:00", 1, stated=67), mastered("9:10", 1, activity="2", stated=70)]
    course = only(*said, lessons=10)
    assert (course.percent, course.stated, course.mastered_units) == (70, True, Fraction(2))
    course = only(*said, mastered("9:20", 1, activity="3"), lessons=10)
    assert (course.percent, course.stated) == (30, False)
    course = only(*said, mastered("9:20", None, activity="3"), lessons=10)
    assert (course.percent, course.stated) == (70, True), "what says nothing of units computes nothing"
    assert only(*said, mastered("9:20", 1, activity="3")).percent == 70, "without lessons nothing is computed"


def test_a_stated_percentage_is_kept_within_bounds() -> None:
    assert only(mastered("9:00", 1, stated=170)).percent == 100
    assert only(mastered("9:00", 1, stated=-3)).percent == 0


def test_progress_says_on_how_many_conflicts_it_rests() -> None:
    first = mastered("9:00", 1)
    assert only(first, resent(mastered("9:00", 7), id=first.id), mastered("9:30", 1)).conflicts == 1
    assert only(first).conflicts == 0


def test_a_course_without_lessons_on_record_has_no_percentage() -> None:
    assert only(mastered("9:00", 1)).percent is None
    assert only(mastered("9:00", 1), lessons=0).percent is None


@pytest.mark.parametrize(
    ("units", "lessons", "percent"), [(1, 3, 33), (2, 3, 67), (1, 8, 12), (3, 8, 38), (20, 10, 100), (-1, 10, 0)]
)
def test_the_percentage_is_rounded_as_the_sdk_does_and_kept_within_bounds(
    units: float, lessons: int, percent: int
) -> None:
    assert percent_complete(units, lessons) == percent


def test_courses_are_told_apart() -> None:
    courses = progress.fold([mastered("9:00", 1), mastered("9:10", 1, course="ART-1")], lessons={COURSE: 4})
    assert [(course.course, course.percent) for course in courses] == [("ART-1", None), (COURSE, 25)]


def test_events_without_a_course_make_no_progress() -> None:
    assert progress.fold([happened("9:00")], lessons={}) == []


def test_it_is_ready_for_json() -> None:
    assert only(mastered("9:00", 1.5), lessons=10).as_dict() == {
        "course": COURSE,
        "masteredUnits": 1.5,
        "activities": 1,
        "totalLessons": 10,
        "pctCompleteApp": 15,
        "stated": False,
        "lastActivityTime": "2026-01-27T09:00:00.000Z",
        "evidence": [mastered("9:00", 1.5).id],
        "conflicts": 0,
    }


@pytest.mark.slow
@settings(max_examples=examples(200), deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 10),
            st.none() | st.floats(-1, 5, allow_nan=False),
            st.sampled_from("abc"),
            st.none() | st.integers(0, 100),
        ),
        min_size=1,
    ),
    st.randoms(use_true_random=False),
)
def test_no_order_and_no_copies_change_progress(
    said: list[tuple[int, float | None, str, int | None]], shuffler: random.Random
) -> None:
    entries = [
        resent(
            mastered(clock_us("9:00") + minute * MINUTE_US, units, activity=activity, stated=stated),
            id=derived_uuid("progress", str(number)),
        )
        for number, (minute, units, activity, stated) in enumerate(said)
    ]
    again = entries + entries[::2]
    shuffler.shuffle(again)
    assert progress.fold(again, lessons={COURSE: 7}) == progress.fold(entries, lessons={COURSE: 7})


def test_what_two_slices_say_of_a_course_adds_up_to_what_both_say() -> None:
    first = CourseTotals(
        units=Fraction(2),
        activities=frozenset({"a", "b"}),
        computed_us=5,
        stated=(4, Fraction(40)),
        last_us=9,
        conflicts=1,
    )
    other = CourseTotals(
        units=Fraction(-1),
        activities=frozenset({"b", "c"}),
        computed_us=7,
        stated=(3, Fraction(90)),
        last_us=8,
        conflicts=2,
    )
    both = CourseTotals(
        units=Fraction(1),
        activities=frozenset({"a", "b", "c"}),
        computed_us=7,
        stated=(4, Fraction(40)),
        last_us=9,
        conflicts=3,
    )
    assert first.plus(other) == other.plus(first) == both
    assert first.plus(CourseTotals()) == CourseTotals().plus(first) == first
    later = CourseTotals(stated=(4, Fraction(50)))
    assert first.plus(later).stated == later.stated
