"""Times are compared as instants, however they are spelled."""

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.core.times import (
    FIRST_US,
    LAST_US,
    MINUTE_US,
    day_in,
    day_of,
    day_span_in,
    first_of_day,
    format_time,
    iso_day,
    parse_time,
    possible_span,
    possible_time,
)

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


@pytest.mark.parametrize(
    ("offset", "minutes"),
    [
        ("+23:59", -1439),
        ("-23:59", 1439),
        ("+2359", -1439),
        ("+00:59", -59),
        ("-00:01", 1),
        ("+24:00", None),
        ("-24:00", None),
        ("+23:60", None),
        ("+2460", None),
        ("+1:00", None),
        ("+01:0", None),
        ("+01:000", None),
    ],
)
def test_an_offset_has_at_most_23_hours_and_59_minutes(offset: str, minutes: int | None) -> None:
    expected = None if minutes is None else NINE + minutes * MINUTE_US
    assert parse_time("2015-03-03T09:30:00" + offset) == expected


@pytest.mark.parametrize(
    ("text", "us"),
    [
        ("0001-01-01T00:00:00+00:00", FIRST_US),
        ("0001-01-01T00:01:00+00:01", FIRST_US),
        ("0001-01-01T00:00:00+00:01", None),
        ("0001-01-01T00:00:00Z", FIRST_US),
        ("9999-12-31T23:59:59.999999+00:00", LAST_US),
        ("9999-12-31T23:58:59.999999-00:01", LAST_US),
        ("9999-12-31T23:59:00-00:01", None),
        ("9999-12-31T23:59:60Z", None),
    ],
)
def test_an_instant_lies_between_the_first_and_the_last_that_can_be_written(text: str, us: int | None) -> None:
    assert parse_time(text) == us


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


ARRIVED = parse_time("2026-01-27T09:00:00Z") or 0


@pytest.mark.parametrize(
    ("text", "possible"),
    [
        ("2026-01-27T09:00:00Z", True),
        ("2026-01-27T09:05:00Z", True),
        ("2026-01-27T09:05:00.000001Z", False),
        ("2000-01-01T00:00:00Z", True),
        ("1999-12-31T23:59:59.999999Z", False),
        ("1970-01-01T00:00:00Z", False),
        ("9999-12-31T23:59:59Z", False),
        ("yesterday", False),
        (None, False),
    ],
)
def test_a_stated_time_lies_between_2000_and_five_minutes_after_arrival(text: object, possible: bool) -> None:
    us = possible_time(text, received_us=ARRIVED)
    assert us == (parse_time(text) if possible else None)
    assert possible_span(text, None, received_us=ARRIVED) == (us, None)
    assert possible_span(None, text, received_us=ARRIVED) == (None, us)


def test_an_end_before_the_start_is_none() -> None:
    start, end = "2026-01-27T08:00:00Z", "2026-01-27T07:59:59Z"
    assert possible_span(start, end, received_us=ARRIVED) == (parse_time(start), None)
    assert possible_span(end, start, received_us=ARRIVED) == (parse_time(end), parse_time(start))
    assert possible_span("1970-01-01T00:00:00Z", end, received_us=ARRIVED) == (None, parse_time(end))


@pytest.mark.parametrize("us", [FIRST_US, LAST_US, ARRIVED])
@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "Pacific/Apia", "America/New_York"])
def test_every_instant_has_a_day_in_every_zone(us: int, zone: str) -> None:
    day = day_in(us, ZoneInfo(zone))
    assert len(day) == 8
    assert abs(int(day) - int(day_of(us))) <= 8870
    assert day_in(us, UTC) == day_of(us)


def test_a_day_in_a_zone_begins_at_its_midnight() -> None:
    zone = ZoneInfo("Asia/Kathmandu")
    before, after = (parse_time(f"2026-01-27T18:{minute}:00Z") for minute in (14, 15))
    assert before is not None
    assert after is not None
    assert (day_in(before, zone), day_in(after, zone)) == ("20260127", "20260128")


@pytest.mark.parametrize(
    ("zone", "day", "first", "after"),
    [
        ("UTC", "2026-01-27", "2026-01-27T00:00:00Z", "2026-01-28T00:00:00Z"),
        ("America/New_York", "2026-01-27", "2026-01-27T05:00:00Z", "2026-01-28T05:00:00Z"),
        ("America/New_York", "2026-03-08", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"),  # 23 hours
        ("America/New_York", "2026-11-01", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"),  # 25 hours
        ("Asia/Kathmandu", "2026-01-27", "2026-01-26T18:15:00Z", "2026-01-27T18:15:00Z"),
    ],
)
def test_a_day_in_a_zone_lasts_from_its_first_quarter_hour_to_the_next_days(
    zone: str, day: str, first: str, after: str
) -> None:
    first_us, after_us, day_us = (parse_time(text) or 0 for text in (first, after, f"{day}T00:00:00Z"))
    for us in (first_us, first_us + 1, (first_us + after_us) // 2, after_us - 1):
        assert day_span_in(us, ZoneInfo(zone)) == (first_us, after_us)
    assert day_span_in(after_us, ZoneInfo(zone))[0] == after_us
    assert day_span_in(first_us - 1, ZoneInfo(zone))[1] == first_us
    assert first_of_day(day_us, ZoneInfo(zone)) == first_us
    assert first_of_day(day_us, UTC) == day_us
