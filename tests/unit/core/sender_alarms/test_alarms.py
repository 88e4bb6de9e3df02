"""Which alarms of an app's own ring, by counts and times alone."""

import pytest

from functions.core.sender_alarms.alarms import SenderAlarms, SentCounts, new_codes, ringing
from functions.core.sender_alarms.school_hours import SchoolHours
from functions.core.times import MINUTE_US, parse_time

HOUR_US = 60 * MINUTE_US


def us(text: str) -> int:
    return parse_time(text) or 0


def alarms(**wanted: int | bool | str) -> SenderAlarms:
    return SenderAlarms(tenant="t", app_id="a", **wanted)  # type: ignore[arg-type]  # each of its own type


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-03-02T09:00:00Z", "2026-03-02T11:00:00Z", 2),  # a Monday
        ("2026-03-02T15:00:00Z", "2026-03-03T09:00:00Z", 2),  # over night
        ("2026-03-06T15:00:00Z", "2026-03-09T09:00:00Z", 2),  # over the weekend
        ("2026-03-07T00:00:00Z", "2026-03-08T23:00:00Z", 0),
        ("2026-03-02T11:00:00Z", "2026-03-02T09:00:00Z", 0),
    ],
)
def test_only_hours_of_school_count(start: str, end: str, hours: int) -> None:
    assert SchoolHours().between_us(us(start), us(end)) == hours * HOUR_US


def test_hours_are_those_of_the_schools_zone_whatever_its_clocks_do() -> None:
    school = SchoolHours("Mon-Sun 08:00-16:00 America/New_York")
    assert school.between_us(us("2026-03-02T12:00:00Z"), us("2026-03-02T14:00:00Z")) == HOUR_US
    assert school.between_us(us("2026-03-09T11:00:00Z"), us("2026-03-09T13:00:00Z")) == HOUR_US  # summer time


def test_a_week_may_begin_on_any_day() -> None:
    school = SchoolHours("Sun-Thu 08:00-16:00")
    assert school.between_us(us("2026-03-05T15:00:00Z"), us("2026-03-08T09:00:00Z")) == 2 * HOUR_US  # Thursday, Sunday
    assert school.between_us(us("2026-03-06T00:00:00Z"), us("2026-03-08T00:00:00Z")) == 0


@pytest.mark.parametrize(("day", "hours"), [("2026-03-08", 1), ("2026-11-01", 3)])  # New York changes its clocks at 2
def test_a_day_on_which_clocks_change_has_the_hours_that_pass(day: str, hours: int) -> None:
    school = SchoolHours("Sun-Sun 01:00-03:00 America/New_York")
    assert school.between_us(us(f"{day}T00:00:00Z"), us(f"{day}T23:00:00Z")) == hours * HOUR_US


@pytest.mark.parametrize(
    "text",
    [
        "",
        "always",
        "Mon-Fri 16:00-08:00",
        "Mon-Fri 08:00-08:00",
        "Mon-Fri 08:75-16:00",
        "Mon-Fri 08:00-24:30",
        "Mon-Fri 08:00-16:00 Moon/Sea",
        "Mon-Fri 08:00-16:00 ../../etc/passwd",
    ],
)
def test_what_are_no_hours_of_school_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="hours of school"):
        SchoolHours(text)


def test_silence_rings_after_so_many_hours_of_school_since_the_last_event_or_the_registration() -> None:
    wanted = alarms(silent_hours=4, since_us=us("2026-03-02T09:00:00Z"))
    last = SentCounts(last_us=us("2026-03-02T10:00:00Z"))
    assert ringing(wanted, last, now_us=us("2026-03-02T13:59:00Z")) == {}
    assert list(ringing(wanted, last, now_us=us("2026-03-02T14:00:00Z"))) == ["silent"]
    assert ringing(wanted, SentCounts(), now_us=us("2026-03-02T12:59:00Z")) == {}
    assert "nothing is kept" in ringing(wanted, SentCounts(), now_us=us("2026-03-02T13:00:00Z"))["silent"]


def test_shares_ring_over_their_percentage_and_not_of_a_handful_of_items() -> None:
    wanted = alarms(rejects_percent=10, warnings_percent=50)
    assert ringing(wanted, SentCounts(stored=90, rejected=10), now_us=0) == {}
    assert list(ringing(wanted, SentCounts(stored=89, rejected=11), now_us=0)) == ["rejects"]
    assert list(ringing(wanted, SentCounts(stored=100, warned=51), now_us=0)) == ["warnings"]
    assert ringing(wanted, SentCounts(stored=1, rejected=18), now_us=0) == {}
    assert list(ringing(wanted, SentCounts(stored=1, rejected=19), now_us=0)) == ["rejects"]


@pytest.mark.parametrize(
    ("code", "rings"),
    [("event-time-ahead", True), ("time-after-arrival", True), ("time-cut", True), ("time-form", False)],
)
def test_a_clock_that_is_off_rings(code: str, rings: bool) -> None:
    wanted, ahead = alarms(clock=True), {code: 2}
    if not rings:
        assert ringing(wanted, SentCounts(stored=20, codes=ahead), now_us=0) == {}
        return
    assert list(ringing(wanted, SentCounts(stored=100, codes=ahead), now_us=0)) == ["clock"]
    assert ringing(wanted, SentCounts(stored=200, codes=ahead), now_us=0) == {}
    assert ringing(alarms(), SentCounts(stored=100, codes=ahead), now_us=0) == {}


def test_a_code_is_new_once() -> None:
    counts = SentCounts(codes={"iri": 3, "null": 1})
    assert list(new_codes(counts, frozenset({"iri"}))) == ["null"]
    assert new_codes(counts, frozenset({"iri", "null"})) == {}
