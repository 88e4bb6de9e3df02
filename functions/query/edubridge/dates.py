"""Dates as EduBridge's client sends them: instants with an end that is included, and the time zone of the caller."""

from datetime import UTC, datetime, timedelta, tzinfo

from msgspec import Struct

from functions.core.times import DAY_US, LAST_US, zone_of
from functions.http.answers import Answer, error
from functions.http.parameters import time_of
from functions.query.request import Request

_MS_US = 1000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
WEEK_DAYS = 7


class Span(Struct, frozen=True):
    """From when (included) to when (not included), and whose calendar days are asked for."""

    from_us: int
    to_us: int
    zone: tzinfo


def span_asked(request: Request) -> Span | Answer:
    """`startDate` to `endDate`, in `timezone`. What is left out is not bounded."""
    zone = zone_asked(request)
    if isinstance(zone, dict):
        return zone
    bounds: list[int] = []
    for name, otherwise in (("startDate", 0), ("endDate", LAST_US)):
        text = request.text(name)
        time_us = otherwise if text is None else time_of(text)
        if time_us is None:
            return wrong(name, "is not a time: send ISO 8601, such as 2026-01-27T00:00:00.000Z.")
        bounds.append(time_us)
    from_us, end_us = bounds
    return Span(from_us, min((end_us // _MS_US + 1) * _MS_US, LAST_US + 1), zone)  # included to the millisecond


def week_asked(request: Request) -> Span | Answer:
    """The week, Monday to Sunday in `timezone`, that `weekDate` lies in."""
    zone = zone_asked(request)
    if isinstance(zone, dict):
        return zone
    text = request.text("weekDate")
    time_us = None if text is None else time_of(text)
    if time_us is None or not DAY_US * 10 < time_us < LAST_US - DAY_US * 10:
        return wrong("weekDate", "must be a time: send ISO 8601, such as 2026-01-27T00:00:00.000Z.")
    day = (_EPOCH + timedelta(microseconds=time_us)).astimezone(zone).date()
    monday = day - timedelta(days=day.weekday())
    bounds = (
        datetime(day.year, day.month, day.day, tzinfo=zone) for day in (monday, monday + timedelta(days=WEEK_DAYS))
    )
    from_us, to_us = ((bound - _EPOCH) // _MICROSECOND for bound in bounds)
    return Span(from_us, to_us, zone)


def zone_asked(request: Request) -> tzinfo | Answer:
    """The zone that `timezone` names; UTC if it is left out."""
    name = request.text("timezone")
    if name is None:
        return UTC
    zone = zone_of(name)
    return zone or wrong("timezone", "is no known time zone: send an IANA name, such as America/Chicago.")


def local(time_us: int, zone: tzinfo) -> datetime:
    """An instant as the clocks of a zone show it."""
    return (_EPOCH + timedelta(microseconds=time_us)).astimezone(zone)


def wrong(name: str, what: str) -> Answer:
    return error(400, "wrong-parameter", f"The query parameter `{name}` {what}")
