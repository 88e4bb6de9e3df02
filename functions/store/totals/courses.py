"""What is stored of courses with the totals of a day: what its slices say of each, and the standing after all days."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

import orjson
from msgspec import Struct

from functions.core.numbers.progress import CourseTotals
from functions.core.totals.slice_totals import SliceTotals


class Standing(Struct, frozen=True, kw_only=True):
    """The standing in one course over all days; of `totals` the activities are counted and not listed."""

    totals: CourseTotals
    activities: int


def standings(slices: Iterable[SliceTotals]) -> dict[str, Standing]:
    """The standing in each course after all slices of a timeline, which are resolved."""
    total: dict[str, CourseTotals] = {}
    for each in slices:
        for course, totals in each.courses.items():
            total[course] = total[course].plus(totals) if course in total else totals
    return {
        course: Standing(totals=in_course, activities=len(in_course.activities))
        for course, in_course in sorted(total.items())
    }


def standing_body(standing: Mapping[str, Standing]) -> bytes:
    """As it is stored: without the names of activities."""
    return orjson.dumps(
        {
            course: [in_course.activities, course_body(in_course.totals, listed=False)]
            for course, in_course in standing.items()
        }
    )


def standing_in(body: bytes) -> dict[str, Standing]:
    """The standing that `standing_body` packed."""
    return {
        course: Standing(totals=course_in(packed), activities=activities)
        for course, (activities, packed) in orjson.loads(body).items()
    }


def course_body(totals: CourseTotals, *, listed: bool = True) -> list[Any]:
    stated = totals.stated and [totals.stated[0], amount_body(totals.stated[1])]
    activities = sorted(totals.activities) if listed else []
    return [amount_body(totals.units), activities, totals.computed_us, stated, totals.last_us, totals.conflicts]


def course_in(packed: list[Any]) -> CourseTotals:
    units, activities, computed_us, stated, last_us, conflicts = packed
    return CourseTotals(
        units=Fraction(units),
        activities=frozenset(activities),
        computed_us=computed_us,
        stated=stated and (stated[0], Fraction(stated[1])),
        last_us=last_us,
        conflicts=conflicts,
    )


def amount_body(amount: Fraction) -> int | str:
    return amount.numerator if amount.denominator == 1 else f"{amount.numerator}/{amount.denominator}"
