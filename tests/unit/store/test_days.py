"""UTC days and months as spans of time: each ends where the next one begins, also at the ends of months and years."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from functions.core.times import DAY_US, day_of
from functions.store.days import day_span_us, merged, month_of, month_start_us, months_between

MONTHS = [f"{year}{month:02d}" for year in (2023, 2024, 2025) for month in range(1, 13)]


def us_of(year: int, month: int, day: int = 1) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp()) * 1_000_000


@pytest.mark.parametrize(
    ("day", "start_us"),
    [
        ("20260127", us_of(2026, 1, 27)),
        ("20240229", us_of(2024, 2, 29)),
        ("20251231", us_of(2025, 12, 31)),
        ("19991001", us_of(1999, 10, 1)),
    ],
)
def test_a_day_goes_from_its_first_to_its_last_microsecond(day: str, start_us: int) -> None:
    assert day_span_us(day) == (start_us, start_us + DAY_US - 1)
    assert [day_of(us) == day for us in (start_us - 1, start_us, start_us + DAY_US - 1, start_us + DAY_US)] == [
        False,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("spans", "disjoint"),
    [
        ([], []),
        ([(1, 2)], [(1, 2)]),
        ([(1, 2), (3, 4)], [(1, 4)]),
        ([(1, 2), (4, 5)], [(1, 2), (4, 5)]),
        ([(4, 5), (1, 2)], [(1, 2), (4, 5)]),
        ([(1, 9), (2, 3)], [(1, 9)]),
        ([(1, 3), (2, 9), (9, 12)], [(1, 12)]),
        ([(1, 2), (1, 2), (7, 7), (8, 8), (10, 10)], [(1, 2), (7, 8), (10, 10)]),
    ],
)
def test_spans_that_touch_or_overlap_are_merged(spans: list[tuple[int, int]], disjoint: list[tuple[int, int]]) -> None:
    assert merged(spans) == disjoint


@pytest.mark.parametrize(("month", "following"), list(pairwise(MONTHS)))
def test_a_month_ends_where_the_next_one_begins(month: str, following: str) -> None:
    first_us, next_us = month_start_us(month), month_start_us(following)
    assert first_us == us_of(int(month[:4]), int(month[4:]))
    assert [month_of(us) for us in (first_us, next_us - 1, next_us)] == [month, month, following]
    assert months_between(first_us, first_us + 1) == [month]
    assert months_between(first_us, next_us - 1) == [month]
    assert months_between(first_us, next_us) == [month], "the end is not part of it"
    assert months_between(first_us, next_us + 1) == [month, following]
    assert months_between(next_us - 1, next_us + 1) == [month, following]


def test_the_months_of_a_long_time_are_all_told_in_order_and_of_none_no_month() -> None:
    assert months_between(us_of(2023, 1, 31), us_of(2025, 12, 1) + 1) == MONTHS
    assert months_between(us_of(2026, 2), us_of(2026, 2)) == []
    assert months_between(us_of(2026, 2), us_of(2026, 1)) == []
