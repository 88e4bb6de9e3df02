"""What begins to ring and what clears, beside what rang before; and how much school lies between two instants."""

import pytest

from functions.core.sender_alarms.alarms import Change, Rings, SenderAlarms, SentCounts, rings_after
from functions.core.sender_alarms.school_hours import DAYS, LONGEST_DAYS, SchoolHours
from functions.core.sender_alarms.settings import sender_answer
from functions.core.times import DAY_US, MINUTE_US, parse_time

HOUR_US = 60 * MINUTE_US
REJECTING = SenderAlarms(tenant="t", app_id="a", rejects_percent=10)
BAD, GOOD = SentCounts(stored=80, rejected=20), SentCounts(stored=100)
TEXT = "20 of 100 items of today and yesterday were rejected: GET /rejections says why."
RINGING = Rings(ringing={"rejects": (5, "Then.")}, known=frozenset(), version=3)


def us(text: str) -> int:
    return parse_time(text) or 0


def test_what_begins_to_ring_is_told_once_and_rings_since_then() -> None:
    first = rings_after(Rings(known=frozenset(), version=2), REJECTING, BAD, now_us=5)
    assert first.ringing == {"rejects": (5, TEXT)}
    assert first.untold == (Change(alarm="rejects", state="ringing", text=TEXT, since_us=5, decided_us=5),)
    assert (first.known, first.version) == (frozenset(), 2)
    later = rings_after(RINGING, REJECTING, BAD, now_us=9)
    assert (later.ringing, later.untold, later.version) == (RINGING.ringing, (), 3)


@pytest.mark.parametrize(
    ("alarms", "counts"), [(REJECTING, GOOD), (SenderAlarms(tenant="t", app_id="a"), BAD)], ids=["good", "not wanted"]
)
def test_what_clears_is_told_with_the_words_it_rang_with(alarms: SenderAlarms, counts: SentCounts) -> None:
    rings = rings_after(RINGING, alarms, counts, now_us=9)
    assert rings.ringing == {}
    assert rings.untold == (Change(alarm="rejects", state="cleared", text="Then.", since_us=5, decided_us=9),)
    assert rings.known == (frozenset() if alarms.is_wanted else None)


@pytest.mark.parametrize("known", [None, frozenset({"iri"}), frozenset({"iri", "null"}), frozenset({"null", "other"})])
def test_codes_are_told_if_they_are_new_to_what_is_known_already(known: frozenset[str] | None) -> None:
    wanted = SenderAlarms(tenant="t", app_id="a", new_codes=True)
    counts = SentCounts(stored=5, codes={"null": 2, "iri": 1, "none": 0})
    rings = rings_after(Rings(known=known), wanted, counts, now_us=9)
    new = [] if known is None else sorted({"iri", "null"} - known)
    assert [change.alarm for change in rings.untold] == [f"new-code:{code}" for code in new]
    assert all(change.state == "ringing" and "`" in change.text for change in rings.untold)
    assert rings.ringing == {}
    assert rings.known == frozenset(counts.codes) | (known or frozenset())
    silent = rings_after(Rings(known=known), SenderAlarms(tenant="t", app_id="a", clock=True), counts, now_us=9)
    assert (silent.untold, silent.known) == ((), rings.known)


@pytest.mark.parametrize(
    ("wanted", "is_wanted"),
    [
        ({}, False),
        ({"hours": "Mon-Fri 08:00-16:00"}, False),
        ({"silent_hours": 1}, True),
        ({"rejects_percent": 1}, True),
        ({"warnings_percent": 1}, True),
        ({"new_codes": True}, True),
        ({"clock": True}, True),
    ],
)
def test_an_alarm_is_wanted_if_any_of_them_is_set(wanted: dict[str, int | bool | str], is_wanted: bool) -> None:
    alarms = SenderAlarms(tenant="t", app_id="a", **wanted)  # type: ignore[arg-type]  # each of its own type
    assert alarms.is_wanted is is_wanted


def test_what_rings_is_answered_by_name() -> None:
    ringing = {"silent": (us("2026-03-02T09:00:00Z"), "S."), "clock": (us("2026-03-02T10:00:00Z"), "C.")}
    assert sender_answer(REJECTING, Rings(ringing=ringing)) == {
        "app": "a",
        "silentHours": 0,
        "hours": "",
        "rejectsPercent": 10,
        "warningsPercent": 0,
        "newCodes": False,
        "clock": False,
        "ringing": [
            {"alarm": "clock", "since": "2026-03-02T10:00:00.000Z", "message": "C."},
            {"alarm": "silent", "since": "2026-03-02T09:00:00.000Z", "message": "S."},
        ],
    }


@pytest.mark.parametrize("day", range(7))
def test_each_day_of_the_week_is_one_of_school_if_it_is_named(day: int) -> None:
    school = SchoolHours(f"{DAYS[day]}-{DAYS[day]} 08:00-16:00")
    monday_us = us("2026-03-02T00:00:00Z")
    hours = [school.between_us(monday_us + n * DAY_US, monday_us + (n + 1) * DAY_US) // HOUR_US for n in range(7)]
    assert hours == [8 if n == day else 0 for n in range(7)]
    assert school.least_us == LONGEST_DAYS // 7 * 8 * HOUR_US


@pytest.mark.parametrize(
    ("text", "start", "end", "minutes"),
    [
        ("Mon-Fri 08:30-08:31", "2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z", 1),
        ("Mon-Mon 00:00-24:00", "2026-03-01T00:00:00Z", "2026-03-09T00:00:00Z", 1440),
        ("Mon-Fri 08:00-16:00 Pacific/Auckland", "2026-03-01T19:00:00Z", "2026-03-02T03:00:00Z", 480),
        ("Mon-Fri 08:00-16:00 Pacific/Honolulu", "2026-03-03T00:00:00Z", "2026-03-03T03:00:00Z", 120),
        ("Mon-Mon 23:00-24:00 Asia/Kathmandu", "2026-03-02T17:15:00Z", "2026-03-02T18:15:00Z", 60),
        ("  Mon-Fri 08:00-16:00 UTC ", "2026-03-02T08:00:00Z", "2026-03-02T08:01:00Z", 1),
    ],
)
def test_school_lasts_from_its_first_to_its_last_minute_in_its_zone(
    text: str, start: str, end: str, minutes: int
) -> None:
    assert SchoolHours(text).between_us(us(start), us(end)) == minutes * MINUTE_US


def test_no_more_is_looked_at_than_the_longest_time() -> None:
    now_us = us("2026-03-02T00:00:00Z")
    for days in (LONGEST_DAYS, LONGEST_DAYS + 1, 20_000):
        assert SchoolHours("Mon-Sun 08:00-09:00").between_us(now_us - days * DAY_US, now_us) == LONGEST_DAYS * HOUR_US
