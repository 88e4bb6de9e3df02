"""Times of the wire as instants. The text that was sent is kept; only comparisons use what is parsed here.

The unit everywhere is `_us`: microseconds since 1970-01-01 UTC, an int. What a *stated* time may be (the start of a
session, the end of an Attempt, the window of a report) is said here alone: `stated_time`, `possible_time`.
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MINUTE_US = 60_000_000
DAY_US = 24 * 60 * MINUTE_US
QUARTER_US = 15 * MINUTE_US  # every time zone's offset is a multiple of it, so any zone's day is a sum of quarters
FUTURE_TOLERANCE_US = 5 * MINUTE_US  # how far a clock may be ahead of ours
EARLIEST_STATED_US = 946_684_800_000_000  # 2000-01-01: what is stated before it is an unset clock or field
_ZONE = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
FIRST_US = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
LAST_US = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND

# RFC 3339 §5.6, plus an offset without its colon (npm ims-caliper sends +0000). `T` and `Z` in either case.
_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?(?:[Zz]|([+-])(\d\d):?(\d\d))",
    re.ASCII,
)
# How nearly every sender spells it: what the standard library reads at a fifth of the cost.
_USUAL = re.compile(r"\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?Z", re.ASCII)


def parse_time(text: object) -> int | None:
    """Microseconds since the epoch, or None if `text` is not a time.

    Takes RFC 3339 with any number of fraction digits (what is finer than a microsecond is cut) and `+0000`.
    A time without an offset is refused: it is not an instant. A leap second counts as the next one.
    """
    if not isinstance(text, str):
        return None
    if _USUAL.fullmatch(text):
        try:
            return (datetime.fromisoformat(text) - _EPOCH) // _MICROSECOND
        except ValueError:
            return None
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, sign, off_h, off_m = match.groups()
    leap = second == "60"
    try:
        moment = datetime(
            int(year), int(month), int(day), int(hour), int(minute), 59 if leap else int(second), tzinfo=UTC
        )
    except ValueError:
        return None
    us = (moment - _EPOCH) // _MICROSECOND + (1_000_000 if leap else 0)
    if fraction:
        us += int(fraction[:6].ljust(6, "0"))
    if sign:
        if int(off_h) > 23 or int(off_m) > 59:
            return None
        offset_us = (int(off_h) * 60 + int(off_m)) * MINUTE_US
        us += offset_us if sign == "-" else -offset_us
    return us if FIRST_US <= us <= LAST_US else None


def stated_time(text: object) -> int | None:
    """A time that an event states about something, or None if it is not a time, or lies before 2000."""
    us = parse_time(text)
    return None if us is None or us < EARLIEST_STATED_US else us


def possible_time(text: object, *, received_us: int) -> int | None:
    """A stated time that can be: not before 2000, and not over five minutes after it arrived."""
    us = stated_time(text)
    return None if us is None or us > latest_possible_us(received_us) else us


def possible_span(start: object, end: object, *, received_us: int) -> tuple[int | None, int | None]:
    """A stated start and end that can be. An end before the start is none."""
    start_us, end_us = (possible_time(text, received_us=received_us) for text in (start, end))
    if start_us is not None and end_us is not None and end_us < start_us:
        end_us = None
    return start_us, end_us


def latest_possible_us(received_us: int) -> int:
    """What is dated after this had not happened when it arrived."""
    return received_us + FUTURE_TOLERANCE_US


@lru_cache(maxsize=64)
def zone_of(name: str) -> tzinfo | None:
    """The time zone of an IANA name, None if there is none of it."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name) if _ZONE.fullmatch(name) else None
    except (OSError, ValueError, ZoneInfoNotFoundError):
        return None


def day_span_in(us: int, zone: tzinfo) -> tuple[int, int]:
    """The first quarter hour of the day of an instant in a time zone, and the first one after that day."""
    day = day_in(us, zone)
    first_us = last_us = quarter_of(us)
    while first_us - QUARTER_US >= FIRST_US and day_in(first_us - QUARTER_US, zone) == day:
        first_us -= QUARTER_US
    while last_us + QUARTER_US <= LAST_US and day_in(last_us + QUARTER_US, zone) == day:
        last_us += QUARTER_US
    return first_us, last_us + QUARTER_US


def first_of_day(us: int, zone: tzinfo) -> int:
    """The first quarter hour in a time zone of the calendar day that begins at `us` in UTC."""
    if zone is UTC:
        return us
    noon = (_EPOCH + timedelta(microseconds=us)).replace(hour=12, tzinfo=zone)
    try:
        return day_span_in((noon - _EPOCH) // _MICROSECOND, zone)[0]
    except OverflowError:
        return us


def quarter_of(us: int) -> int:
    """The start of the quarter hour of UTC that an instant lies in."""
    return us - us % QUARTER_US


def format_time(us: int) -> str:
    """`2026-01-27T10:03:00.000Z`: the standard's spelling (1.2 §Envelope), six digits only if three would lose."""
    moment = _EPOCH + timedelta(microseconds=us)
    spec = "milliseconds" if us % 1000 == 0 else "microseconds"
    return moment.isoformat(timespec=spec).replace("+00:00", "Z")


def day_of(us: int) -> str:
    """The UTC calendar day of an instant as `20260127`."""
    return _day(us // DAY_US)


def day_in(us: int, zone: tzinfo) -> str:
    """The calendar day of an instant in a time zone as `20260127`.

    The quarter hour decides, not the instant: what is kept by quarter hours then gives the same days.
    """
    if zone is UTC:
        return day_of(us)
    try:
        local = (_EPOCH + timedelta(microseconds=quarter_of(us))).astimezone(zone)
    except OverflowError:  # the first or last day that there is has no day before or after it
        return day_of(us)
    return f"{local.year:04d}{local.month:02d}{local.day:02d}"


def iso_day(day: str) -> str:
    """The day that `day_of` wrote as `2026-01-27`."""
    return f"{day[:4]}-{day[4:6]}-{day[6:]}"


@lru_cache(maxsize=4096)
def _day(number: int) -> str:
    day = _EPOCH + timedelta(days=number)
    return f"{day.year:04d}{day.month:02d}{day.day:02d}"  # strftime writes the year 1 as 1
