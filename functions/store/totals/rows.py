"""Totals as rows of the table: one for a learner and UTC day. Only the sweep writes them; `query` reads them.

A row holds the slices that begin on its day, with their links and what they say of courses, and all that is done in
its quarter hours, whichever slice tells of it. The row of the latest day also holds the standing in each course over
all days, and which courses are named on any, if every slice is resolved: neither is added up from a life.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import orjson
from msgspec import Struct, field

from functions.core import packing
from functions.core.errors import CaliperError
from functions.core.numbers.totals import Place
from functions.core.times import QUARTER_US, day_of
from functions.core.totals.run_days import run_days
from functions.core.totals.slice_totals import SliceTotals
from functions.core.totals.tallies import Tallies, Tally
from functions.store import keys
from functions.store.days import day_span_us
from functions.store.dynamodb.attributes import number
from functions.store.dynamodb.row import Key, Row, key_of
from functions.store.dynamodb.table import VERSION
from functions.store.rows.events import UNREADABLE
from functions.store.totals.bodies import slice_body, slice_in, tally_body, tally_in
from functions.store.totals.courses import Standing, standing_body, standing_in, standings

type Json = dict[str, Any]

OF_LIFE = ("standing", "courses")
MOST_BYTES_OF_LIFE = 20_000  # of each, packed; the body has 350,000 of the 400 KB that DynamoDB takes


class UnreadableTotals(CaliperError, ValueError):
    """The totals of a day cannot be read. All that they say can be added up from the facts again."""

    def __init__(self, key: Key) -> None:
        super().__init__("|".join(key))


class DayTotals(Struct, kw_only=True):
    """What a row holds. `tallies` by the first instant of the slice that tells of them.

    `days`: the other days on which its slices, and those that tell of it, tell of something or begin. `later_days` of
    the runs that begin on this day and go on; None in a row of an earlier version, which does not say. `first_days` of
    the runs that began before it. `standing` in each course, and all `courses` that an event names: None if unknown.
    """

    slices: dict[int, SliceTotals] = field(default_factory=dict)  # without their tallies
    days: set[str] = field(default_factory=set)
    tallies: dict[int, Tallies] = field(default_factory=dict)
    later_days: dict[str, list[str]] | None = None
    first_days: dict[str, str] = field(default_factory=dict)
    standing: Mapping[str, Standing] | None = None
    courses: frozenset[str] | None = None


def totals_key(pk: str, day: str) -> Key:
    """Where the totals of a UTC day (`20260127`) lie."""
    return pk, keys.totals_sk(day)


def day_in(row: Row) -> str:
    """The day of a row."""
    return str(row[keys.SK]).removeprefix(keys.TOTALS)


def totals_row(key: Key, body: bytes, of_life: Mapping[str, bytes], *, version: int, expires_s: int) -> Row:
    """A row of what `body_of` and `life_of` made."""
    row: Row = {
        keys.PK: key[0],
        keys.SK: key[1],
        keys.TTL: expires_s,
        VERSION: version,
        "body": packing.compress(body),
    }
    return row | {name: packing.compress(value) for name, value in of_life.items()}


def version_of(row: Row) -> int:
    return number(row, VERSION)


def unpacked(row: Row, name: str) -> bytes | None:
    """The bytes of `body`, or of a name in OF_LIFE."""
    packed = row.get(name)
    return packing.decompress(packed) if isinstance(packed, bytes) else None


def life_of(slices: Collection[SliceTotals]) -> dict[str, bytes]:
    """What the row of the latest day holds of all slices of a timeline: nothing if one is not resolved.

    What would leave the day's own body no room is left out: identifiers have up to thousands of characters.
    """
    if not all(each.resolved for each in slices):
        return {}
    courses = {place.course for each in slices for place in each.tallies} - {None}
    bodies = {"standing": standing_body(standings(slices)), "courses": orjson.dumps(sorted(map(str, courses)))}
    return {name: body for name, body in bodies.items() if len(packing.compress(body)) <= MOST_BYTES_OF_LIFE}


def bodies_of(slices: Iterable[SliceTotals], days: Collection[str]) -> dict[str, bytes]:
    """What the rows of some UTC days hold of these slices, which are all of a timeline; equal where they are."""
    slices = list(slices)
    totals_by_day = {day: DayTotals(later_days={}) for day in days}
    for run, (first, *later) in run_days(slices).items():
        if later and first in totals_by_day:
            totals_by_day[first].later_days = {**(totals_by_day[first].later_days or {}), run: later}
        for day in later:
            if day in totals_by_day:
                totals_by_day[day].first_days[run] = first
    for each in sorted(slices, key=lambda each_slice: each_slice.first_us):
        home = totals_by_day.get(day_of(each.first_us))
        if home is not None:
            home.slices[each.first_us] = each
        for place, tally in each.tallies.items():
            totals = totals_by_day.get(day_of(place.quarter_us))
            if totals is not None:
                totals.tallies.setdefault(each.first_us, {})[place] = tally
    return {day: body_of(day, totals) for day, totals in totals_by_day.items()}


def body_of(day: str, totals: DayTotals) -> bytes:
    """One day, its names once each."""
    start_us, _ = day_span_us(day)
    places: dict[tuple[str | None, ...], int] = {}
    sessions: dict[str, int] = {}
    rows: list[list[Any]] = []
    for first_us, tallies in totals.tallies.items():
        for place, tally in sorted(tallies.items(), key=_in_order):
            number_of_place = places.setdefault(tuple(place[1:]), len(places))
            numbers = [sessions.setdefault(name, len(sessions)) for name in sorted(tally.sessions)]
            quarter = (place.quarter_us - start_us) // QUARTER_US
            rows.append([first_us, quarter, number_of_place, *tally_body(place.quarter_us, tally, numbers)])
    body: Json = {
        "places": list(places),
        "sessions": list(sessions),
        "slices": [slice_body(each) for each in totals.slices.values()],
        "days": sorted(set().union(*(each.days for each in totals.slices.values())) - {day}),
        "tallies": rows,
        "laterDays": dict(sorted((totals.later_days or {}).items())),
        "firstDays": dict(sorted(totals.first_days.items())),
    }
    return orjson.dumps(body)


def totals_of(row: Row) -> DayTotals:
    """What a row holds. Raises UnreadableTotals."""
    try:
        return _totals_of(row)
    except UNREADABLE as error:
        raise UnreadableTotals(key_of(row)) from error


def _totals_of(row: Row) -> DayTotals:
    start_us, _ = day_span_us(day_in(row))
    body = orjson.loads(unpacked(row, "body") or b"{}")
    totals = DayTotals()
    for packed in body["slices"]:
        each = slice_in(packed)
        totals.slices[each.first_us] = each
    totals.later_days, totals.first_days = body.get("laterDays"), body.get("firstDays", {})
    totals.days = {*body["days"]} | {day_of(first_us) for first_us, *_ in body["tallies"]}
    for first_us, quarter, place, *packed in body["tallies"]:
        quarter_us = start_us + quarter * QUARTER_US
        tallies = totals.tallies.setdefault(first_us, {})
        tallies[Place(quarter_us, *body["places"][place])] = tally_in(quarter_us, packed, body["sessions"])
    standing = unpacked(row, "standing")
    courses = unpacked(row, "courses")
    totals.standing = None if standing is None else standing_in(standing)
    totals.courses = None if courses is None else frozenset(orjson.loads(courses))
    return totals


def _in_order(item: tuple[Place, Tally]) -> tuple[int, tuple[str, ...]]:
    return item[0].quarter_us, tuple(name or "" for name in item[0][1:])
