"""Times are compared as instants, however they are spelled."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.core.times import FIRST_US, LAST_US, day_of, format_time, iso_day, parse_time

NINE = 1_425_375_000_000_000


@pytest.mark.parametrize(
    "text",
    [
        "2015-03-03T09:30:00.000Z",
        "2015-03-03T09:30:00Z",
        "2015-03-03T09:30:00.000000Z",
        "2015-03-03T09:30:00.0000000009Z",
        "2015-03-03t09:30:00z",
        "2015-03-03 09:30:00Z",
        "2015-03-03T09:30:00+0000",
        "2015-03-03T09:30:00+00:00",
        "2015-03-03T02:30:00-07:00",
        "2015-03-03T15:00:00+05:30",
    ],
)
def test_spellings_of_one_instant_are_one_instant(text: str) -> None:
    assert parse_time(text) == NINE


@pytest.mark.parametrize(
    "text",
    [
        None, 1425375000, "1425375000", "", "2015-03-03", "2015-03-03T09:30:00", "2015-02-30T09:30:00Z",
        "2015-03-03T25:00:00Z", "2015-03-03T09:30:61Z", "2015-03-03T09:30:00+99:00", "٢٠١٥-03-03T09:30:00Z",
        "2015-03-03T09:30:00Z ", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59-23:00",
    ],
)  # fmt: skip
def test_what_is_no_instant_is_none(text: object) -> None:
    assert parse_time(text) is None


@given(st.integers(FIRST_US, LAST_US))
def test_a_written_time_reads_back(us: int) -> None:
    assert parse_time(format_time(us)) == us


@given(
    st.tuples(*[st.integers(0, most) for most in (9999, 13, 32, 25, 61, 61)]),
    st.text("0123456789", max_size=7),
)
def test_the_usual_spelling_reads_as_any_other(parts: tuple[int, ...], fraction: str) -> None:
    year, month, day, hour, minute, second = parts
    text = f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}{fraction and '.' + fraction}"
    assert parse_time(text + "Z") == parse_time(text + "+00:00")


def test_a_leap_second_is_the_next_second() -> None:
    assert parse_time("2016-12-31T23:59:60Z") == parse_time("2017-01-01T00:00:00Z")


def test_a_day_is_the_utc_day() -> None:
    assert day_of(NINE) == "20150303"
    assert iso_day(day_of(NINE)) == "2015-03-03"
