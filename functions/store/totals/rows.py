"""Totals as rows of the table: one for a learner and UTC day. Only the sweep writes them; `query` reads them.

A row holds the slices that begin on its day, with their links and what they say of courses, and all that is done in
its quarter hours, whichever slice tells of it. The row of the latest day also holds the standing in each course over
all days, if every slice is resolved, so that nobody adds up a life to tell it.
"""

import base64
from collections.abc import Collection, Iterable, Mapping
from fractions import Fraction
from typing import Any

import orjson
from msgspec import Struct, field

from functions.core import packing
from functions.core.numbers.totals import Place
from functions.core.times import QUARTER_US, day_of
from functions.core.totals.links import MARK_BYTES, Links
from functions.core.totals.slice_totals import SliceTotals
from functions.core.totals.tallies import Tallies, Tally
from functions.store import keys
from functions.store.days import day_span_us
from functions.store.dynamodb.attributes import number
from functions.store.dynamodb.row import Key, Row
from functions.store.dynamodb.table import VERSION
from functions.store.totals.courses import Standing, amount_body, course_body, course_in, standing_in

type Json = dict[str, Any]


class DayTotals(Struct, kw_only=True):
    """What a row holds. `tallies` by the first instant of the slice that tells of them. `standing`: None if unknown.

    `days`: the other days on which its slices, and those that tell of it, tell of something or begin.
    """

    slices: dict[int, SliceTotals] = field(default_factory=dict)  # without their tallies
    days: set[str] = field(default_factory=set)
    tallies: dict[int, Tallies] = field(default_factory=dict)
    standing: Mapping[str, Standing] | None = None


def totals_key(pk: str, day: str) -> Key:
    """Where the totals of a UTC day (`20260127`) lie."""
    return pk, keys.totals_sk(day)


def day_in(row: Row) -> str:
    """The day of a row."""
    return str(row[keys.SK]).removeprefix(keys.TOTALS)


def totals_row(key: Key, body: bytes, standing: bytes | None, *, version: int, expires_s: int) -> Row:
    """A row of what `body_of` and `standing_of` made."""
    row: Row = {
        keys.PK: key[0],
        keys.SK: key[1],
        keys.TTL: expires_s,
        VERSION: version,
        "body": packing.compress(body),
    }
    if standing is not None:
        row["standing"] = packing.compress(standing)
    return row


def version_of(row: Row) -> int:
    return number(row, VERSION)


def unpacked(row: Row, name: str) -> bytes | None:
    """The bytes of `body` or `standing`."""
    packed = row.get(name)
    return packing.decompress(packed) if isinstance(packed, bytes) else None


def bodies_of(slices: Iterable[SliceTotals], days: Collection[str]) -> dict[str, bytes]:
    """What the rows of some UTC days hold of these slices; equal if they are."""
    totals_by_day = {day: DayTotals() for day in days}
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
            rows.append([first_us, quarter, number_of_place, *_tally_body(place.quarter_us, tally, numbers)])
    body: Json = {
        "places": list(places),
        "sessions": list(sessions),
        "slices": [_slice_body(each) for each in totals.slices.values()],
        "days": sorted(set().union(*(each.days for each in totals.slices.values())) - {day}),
        "tallies": rows,
    }
    return orjson.dumps(body)


def totals_of(row: Row) -> DayTotals:
    """What a row holds."""
    start_us, _ = day_span_us(day_in(row))
    body = orjson.loads(unpacked(row, "body") or b"{}")
    totals = DayTotals()
    for packed in body["slices"]:
        each = _slice(packed)
        totals.slices[each.first_us] = each
    totals.days = {*body["days"]} | {day_of(first_us) for first_us, *_ in body["tallies"]}
    for first_us, quarter, place, *packed in body["tallies"]:
        quarter_us = start_us + quarter * QUARTER_US
        tallies = totals.tallies.setdefault(first_us, {})
        tallies[Place(quarter_us, *body["places"][place])] = _tally(quarter_us, packed, body["sessions"])
    standing = unpacked(row, "standing")
    totals.standing = None if standing is None else standing_in(standing)
    return totals


def _in_order(item: tuple[Place, Tally]) -> tuple[int, tuple[str, ...]]:
    return item[0].quarter_us, tuple(name or "" for name in item[0][1:])


def _slice_body(each: SliceTotals) -> list[Any]:
    marks = b"".join(mark.to_bytes(MARK_BYTES) for mark in sorted(each.links.offers))
    return [
        each.first_us,
        each.last_us - each.first_us,
        each.facts,
        int(each.resolved),
        base64.b64encode(marks).decode(),
        [[start_us - each.first_us, end_us - start_us] for start_us, end_us in each.links.reach],
        {course: course_body(totals) for course, totals in sorted(each.courses.items())},
    ]


def _slice(packed: list[Any]) -> SliceTotals:
    first_us, length_us, facts, resolved, marks, reach, courses = packed
    raw = base64.b64decode(marks)
    offers = frozenset(int.from_bytes(raw[offset : offset + MARK_BYTES]) for offset in range(0, len(raw), MARK_BYTES))
    spans = tuple((first_us + start, first_us + start + length) for start, length in reach)
    return SliceTotals(
        first_us=first_us,
        last_us=first_us + length_us,
        facts=facts,
        resolved=bool(resolved),
        links=Links(offers, spans),
        courses={course: course_in(packed_course) for course, packed_course in courses.items()},
    )


def _tally_body(quarter_us: int, tally: Tally, sessions: list[int]) -> list[Any]:
    return [
        {metric: amount_body(amount) for metric, amount in sorted(tally.totals.items()) if amount},
        tally.events,
        None if tally.first_us is None else tally.first_us - quarter_us,
        None if tally.last_us is None else tally.last_us - quarter_us,
        sorted(sessions),
        sorted(tally.conflicts),
        [[us - quarter_us, identifier] for us, identifier in sorted(tally.evidence)],
    ]


def _tally(quarter_us: int, packed: list[Any], names: list[str]) -> Tally:
    totals, events, first, last, sessions, conflicts, evidence = packed
    return Tally(
        totals={metric: Fraction(amount) for metric, amount in totals.items()},
        events=events,
        first_us=None if first is None else quarter_us + first,
        last_us=None if last is None else quarter_us + last,
        sessions={names[number_of_session] for number_of_session in sessions},
        conflicts=set(conflicts),
        evidence=[(quarter_us + us, identifier) for us, identifier in evidence],
    )
