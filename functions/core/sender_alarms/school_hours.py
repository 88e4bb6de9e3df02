"""When a school is in session: days of the week and hours of the day, in its time zone."""

import re
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from functions.core.times import DAY_US, MINUTE_US, zone_of

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
LONGEST_DAYS = 60  # that are looked at
TEXT = "Mon-Fri 08:00-16:00 UTC"
_TIME = r"([01]\d|2[0-4]):([0-5]\d)"
_TEXT = re.compile(rf"(\w{{3}})-(\w{{3}}) {_TIME}-{_TIME}(?: (\S+))?", re.ASCII)
_DAY_MINUTES = 24 * 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class SchoolHours(Struct, frozen=True):
    """`text` as it is registered: `Mon-Fri 08:00-16:00 America/New_York`; of UTC if it names no zone. A week may begin
    on any day: `Sun-Thu`.
    """

    text: str = TEXT

    def __post_init__(self) -> None:
        """Raises ValueError for what is no such text."""
        _, begin, end, zone = _parts(self.text)
        if not begin < end <= _DAY_MINUTES or zone_of(zone) is None:
            raise ValueError(_wrong(self.text))

    @property
    def least_us(self) -> int:
        """How much school LONGEST_DAYS days have at least."""
        weekdays, begin, end, _ = _parts(self.text)
        return LONGEST_DAYS // len(DAYS) * len(weekdays) * (end - begin) * MINUTE_US

    def between_us(self, from_us: int, to_us: int) -> int:
        """How much school there was between two instants; no more than that of LONGEST_DAYS days."""
        weekdays, begin, end, name = _parts(self.text)
        zone = zone_of(name) or UTC
        from_us = max(from_us, to_us - LONGEST_DAYS * DAY_US)
        total, day = 0, (_EPOCH + timedelta(microseconds=from_us)).astimezone(zone).date()
        last_day = (_EPOCH + timedelta(microseconds=to_us)).astimezone(zone).date()
        while day <= last_day:
            if day.weekday() in weekdays:
                opens, closes = (
                    (datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(minutes=minute) - _EPOCH)
                    // _MICROSECOND
                    for minute in (begin, end)
                )
                total += max(min(closes, to_us) - max(opens, from_us), 0)
            day += timedelta(days=1)
        return total


def _parts(text: str) -> tuple[frozenset[int], int, int, str]:
    """The days of the week, the first and the last minute of the day, the zone."""
    match = _TEXT.fullmatch(text.strip())
    if match is None or match[1] not in DAYS or match[2] not in DAYS:
        raise ValueError(_wrong(text))
    first, last = DAYS.index(match[1]), DAYS.index(match[2])
    weekdays = frozenset((first + number) % len(DAYS) for number in range((last - first) % len(DAYS) + 1))
    begin, end = (int(match[hour]) * 60 + int(match[hour + 1]) for hour in (3, 5))
    return weekdays, begin, end, match[7] or "UTC"


def _wrong(text: str) -> str:
    return f"{text!r} are no hours of school: write them as {TEXT!r}"
