"""Which learners a course has, and what each did in it, as rows of the table: an index over the totals of learners.

Written with a learner's totals, so where a sitting ends and not once an event, and made again with them by a rebuild. A
row says where the learner stands in the course; beside it there is one for each month, by quarter hours of UTC, as in
the totals. A course is read by one query of its learners and one of each month.

    item                     pk                             sk
    learner of a course      <tenant>#Y#<course>            A#<learner>
    the learner's month      <tenant>#Y#<course>#<month>    A#<learner>
"""

from collections.abc import Collection, Iterable, Mapping
from fractions import Fraction
from typing import Any

import orjson
from msgspec import Struct

from functions.core import packing
from functions.core.ids import id_digest
from functions.core.numbers.totals import Place
from functions.core.times import QUARTER_US
from functions.core.totals.resolution import Resolution
from functions.core.totals.slice_totals import SliceTotals
from functions.core.totals.tallies import Tally
from functions.store import keys
from functions.store.days import month_of, month_start_us
from functions.store.dynamodb.attributes import number, text
from functions.store.dynamodb.row import Key, Row
from functions.store.dynamodb.table import VERSION, Table
from functions.store.totals.courses import Standing, amount_body, standing_body, standing_in, standings


class CourseLearner(Struct, frozen=True, kw_only=True):
    """A learner of a course. `last_us`: when they last did something in it. `standing`: None if it is unknown."""

    learner: str
    last_us: int | None
    standing: Standing | None


def course_pk(tenant: str, course: str, month: str = "") -> str:
    """The partition of a course, or of its month (`202601`)."""
    return f"{tenant}#Y#{id_digest(course)}" + (f"#{month}" if month else "")


def learner_sk(digest: str) -> str:
    """The sort key of a learner, who is known by their digest."""
    return f"A#{digest}"


def digest_in(row: Row) -> str:
    """The digest of the learner of a row."""
    return str(row[keys.SK]).partition("#")[2]


def course_learner_of(row: Row) -> CourseLearner:
    """What the row of a learner tells."""
    last, body, course = row.get("last"), row.get("standing"), text(row, "course")
    return CourseLearner(
        learner=text(row, "learner"),
        last_us=last if isinstance(last, int) else None,
        standing=standing_in(body).get(course) if isinstance(body, bytes) else None,
    )


def month_in(row: Row) -> dict[int, Tally]:
    """The tallies of a month's row, by the first instant of each quarter hour."""
    start_us = month_start_us(str(row[keys.PK]).rpartition("#")[2])
    body = row["body"]
    assert isinstance(body, bytes)
    tallies: dict[int, Tally] = {}
    for quarter, totals, events, first, last in orjson.loads(packing.decompress(body)):
        quarter_us = start_us + quarter * QUARTER_US
        tallies[quarter_us] = Tally(
            totals={metric: Fraction(amount) for metric, amount in totals.items()},
            events=events,
            first_us=None if first is None else quarter_us + first,
            last_us=None if last is None else quarter_us + last,
        )
    return tallies


def put_course_learner(
    table: Table, pk: str, learner: str, stored: Mapping[int, SliceTotals], resolution: Resolution, *, expires_s: int
) -> bool:
    """Write what changes with a learner's totals, before they are. False if another writer was faster.

    Rows are compared as they are stored: what was stopped between these rows and the totals is done again.
    """
    touched = [stored[first_us] for first_us in resolution.replaced & stored.keys()] + list(resolution.totals.values())
    rows = course_rows(pk, learner, touched, list(resolution.over(stored).values()))
    if not rows:
        return True
    held = table.get_all(rows)
    for key, row in rows.items():
        known = held.get(key)
        if known is not None and all(known.get(name) == value for name, value in row.items()):
            continue
        version = None if known is None else number(known, VERSION)
        if not table.put_if({**row, keys.TTL: expires_s, VERSION: (version or 0) + 1}, version):
            return False
    return True


def course_rows(
    pk: str, learner: str, touched: Iterable[SliceTotals], every: Collection[SliceTotals]
) -> dict[Key, Row]:
    """The rows of courses and months that some slices of a learner touch, as all of that learner's slices tell them."""
    touched = list(touched)
    months = {
        (place.course, month_of(place.quarter_us))
        for each in touched
        for place in each.tallies
        if place.course is not None
    }
    courses = {course for course, _ in months}.union(*(each.courses for each in touched))
    tenant = keys.tenant_in(pk)
    return {**_learner_rows(tenant, learner, courses, every), **_month_rows(tenant, learner, months, every)}


def keys_of_totals(tenant: str, learner_digest: str, places: Iterable[Place]) -> set[Key]:
    """Where a learner's rows lie of the courses in which something was done at these places: for an erasure."""
    months = {(place.course, month_of(place.quarter_us)) for place in places if place.course is not None}
    return {
        (course_pk(tenant, str(course), part), learner_sk(learner_digest))
        for course, month in months
        for part in ("", month)
    }


def _learner_rows(
    tenant: str, learner: str, courses: Collection[str], every: Collection[SliceTotals]
) -> dict[Key, Row]:
    standing = standings(every) if all(each.resolved for each in every) else None
    last_us: dict[str, int] = {}
    for each in every:
        for place, tally in each.tallies.items():
            course = place.course
            if course is not None and course in courses and tally.last_us is not None:
                last_us[course] = max(last_us.get(course, tally.last_us), tally.last_us)
    rows: dict[Key, Row] = {}
    for name in courses:
        key = course_pk(tenant, name), learner_sk(id_digest(learner))
        row: Row = {keys.PK: key[0], keys.SK: key[1], "learner": learner, "course": name}
        if name in last_us:
            row["last"] = last_us[name]
        if standing is not None:
            row["standing"] = standing_body({name: standing[name]} if name in standing else {})
        rows[key] = row
    return rows


def _month_rows(
    tenant: str, learner: str, months: Collection[tuple[str, str]], every: Iterable[SliceTotals]
) -> dict[Key, Row]:
    tallies: dict[tuple[str, str], dict[int, Tally]] = {each: {} for each in months}
    for of in every:
        for place, tally in of.tallies.items():
            own = tallies.get((str(place.course), month_of(place.quarter_us)))
            if own is not None:
                own.setdefault(place.quarter_us, Tally()).add(tally)
    rows: dict[Key, Row] = {}
    for (course, month), own in tallies.items():
        key = course_pk(tenant, course, month), learner_sk(id_digest(learner))
        body = packing.compress(orjson.dumps(_month_body(month_start_us(month), own)))
        rows[key] = {keys.PK: key[0], keys.SK: key[1], "body": body}
    return rows


def _month_body(start_us: int, tallies: Mapping[int, Tally]) -> list[Any]:
    return [
        [
            (quarter_us - start_us) // QUARTER_US,
            {metric: amount_body(amount) for metric, amount in sorted(tally.totals.items()) if amount},
            tally.events,
            None if tally.first_us is None else tally.first_us - quarter_us,
            None if tally.last_us is None else tally.last_us - quarter_us,
        ]
        for quarter_us, tally in sorted(tallies.items())
    ]
