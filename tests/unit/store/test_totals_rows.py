"""Totals as they are stored: each part comes back as it was, and what is too long for a row is left for a fold."""

import hashlib
from fractions import Fraction
from typing import Any

import orjson
import pytest
from msgspec.structs import replace

from functions.core import packing
from functions.core.numbers.progress import CourseTotals
from functions.core.numbers.totals import Place
from functions.core.times import DAY_US, QUARTER_US, day_of
from functions.core.totals.links import Links
from functions.core.totals.resolution import Resolution
from functions.core.totals.slice_totals import SliceTotals
from functions.core.totals.tallies import Tally
from functions.store import keys
from functions.store.dynamodb.row import Row, decode, encode
from functions.store.totals.bodies import slice_body, slice_in, tally_body, tally_in
from functions.store.totals.course_learners import (
    course_learner_of,
    course_pk,
    course_rows,
    keys_of_totals,
    learner_sk,
    month_in,
)
from functions.store.totals.courses import Standing, course_body, course_in, standing_body, standing_in, standings
from functions.store.totals.ledger import MOST_BYTES, Ledger, days_and_theirs, days_between, ledger, slices_of
from functions.store.totals.rows import MOST_BYTES_OF_LIFE, life_of
from tests.fakes import MemoryTable
from tests.world import NINE_US, STUDENT, TENANT

PK = keys.learner_pk(TENANT, STUDENT)
QUARTER = NINE_US - NINE_US % QUARTER_US
NO_LINKS = Links(frozenset(), ())
COURSE = CourseTotals(
    units=Fraction(7, 3),
    activities=frozenset({"b", "a"}),
    computed_us=NINE_US,
    stated=(NINE_US + 1, Fraction(1, 3)),
    last_us=NINE_US + 2,
    conflicts=4,
)
TALLY = Tally(
    totals={"xpEarned": Fraction(1, 3), "attempts": Fraction(-2)},
    events=3,
    first_us=QUARTER,
    last_us=QUARTER + 5,
    sessions={"s2", "s1"},
    conflicts={"d2", "d1"},
    evidence=[(QUARTER + 1, "e1"), (QUARTER + 5, "e2")],
)


def through_json(body: object) -> Any:
    return orjson.loads(orjson.dumps(body))


@pytest.mark.parametrize(
    "totals", [COURSE, CourseTotals(), CourseTotals(units=Fraction(3)), CourseTotals(stated=(1, Fraction(0)))]
)
def test_what_is_said_of_a_course_comes_back(totals: CourseTotals) -> None:
    assert course_in(through_json(course_body(totals))) == totals
    assert course_in(through_json(course_body(totals, listed=False))) == replace(totals, activities=frozenset())


@pytest.mark.parametrize(
    "totals",
    [
        SliceTotals(
            first_us=NINE_US,
            last_us=NINE_US + 9,
            facts=5,
            links=Links(frozenset({1, 2**40 - 1, 77}), ((NINE_US - 9, NINE_US - 3), (NINE_US + 1, NINE_US + 9))),
            courses={"c2": COURSE, "c1": CourseTotals()},
        ),
        SliceTotals(first_us=NINE_US, last_us=NINE_US, facts=1, links=NO_LINKS, resolved=False),
    ],
)
def test_a_slice_comes_back(totals: SliceTotals) -> None:
    assert slice_in(through_json(slice_body(totals))) == totals


@pytest.mark.parametrize("tally", [TALLY, Tally(), Tally(first_us=QUARTER, last_us=QUARTER)])
def test_a_tally_comes_back_with_its_sessions_by_their_numbers(tally: Tally) -> None:
    names = ["s0", "s1", "s2"]
    numbers = [names.index(name) for name in sorted(tally.sessions)]
    assert tally_in(QUARTER, through_json(tally_body(QUARTER, tally, numbers)), names) == tally


def test_a_metric_of_which_nothing_is_left_is_not_stored() -> None:
    tally = Tally(totals={"xpEarned": Fraction(0), "attempts": Fraction(1)})
    assert tally_in(QUARTER, through_json(tally_body(QUARTER, tally, [])), []).totals == {"attempts": Fraction(1)}


def slice_of(
    first_us: int, *places: tuple[Place, Tally], courses: dict[str, CourseTotals] | None = None
) -> SliceTotals:
    return SliceTotals(
        first_us=first_us, last_us=first_us + 9, facts=1, links=NO_LINKS, courses=courses or {}, tallies=dict(places)
    )


def test_a_standing_adds_up_all_slices_and_counts_activities_once() -> None:
    later = CourseTotals(units=Fraction(2, 3), activities=frozenset({"b", "c"}), last_us=NINE_US + 9)
    slices = [slice_of(1, courses={"c1": COURSE}), slice_of(2, courses={"c1": later, "c0": later})]
    standing = standings(slices)
    assert list(standing) == ["c0", "c1"]
    assert (standing["c1"].totals, standing["c1"].activities) == (COURSE.plus(later), 3)
    stored = standing_in(standing_body(standing))
    assert stored["c1"].activities == 3
    assert stored["c1"].totals.activities == frozenset()
    assert (stored["c1"].totals.units, stored["c1"].totals.stated) == (Fraction(3), COURSE.stated)
    assert standing_in(standing_body({})) == {}


def long_tally(count: int) -> Tally:
    """With so many ids that no compression makes shorter than 16 bytes each."""
    ids = [hashlib.blake2b(str(number).encode(), digest_size=16).hexdigest() for number in range(count)]
    return Tally(events=count, evidence=[(QUARTER, name) for name in ids])


@pytest.mark.parametrize(("count", "fits"), [(12_000, True), (30_000, False)])
def test_a_slice_that_makes_a_row_too_long_is_left_unresolved_and_no_other_is(count: int, fits: bool) -> None:
    table = MemoryTable()
    place = Place(QUARTER, "c1", None, None, "r1")
    other = slice_of(NINE_US + DAY_US, (place._replace(quarter_us=QUARTER + DAY_US), TALLY))
    long = slice_of(NINE_US, (place, long_tally(count)), courses={"c1": COURSE})
    changed = Resolution({NINE_US: long, NINE_US + DAY_US: other}, set())
    assert Ledger(PK, {}, {}).write(table, changed, expires_s=7)
    stored = ledger(table, PK, consistent=True)
    assert [(each.resolved, each.facts) for each in stored.slices.values()] == [(fits, 1), (True, 1)]
    assert bool(stored.slices[NINE_US].courses) is fits
    assert bool(stored.slices[NINE_US].tallies) is fits
    assert stored.slices[NINE_US + DAY_US].tallies == other.tallies
    bodies = [row["body"] for row in table.items.values()]
    assert all(isinstance(body, bytes) and len(body) <= MOST_BYTES for body in bodies)
    raw = [len(packing.decompress(body)) for body in bodies if isinstance(body, bytes)]
    assert (max(raw) > MOST_BYTES) is fits, "what counts is its length when it is packed"


@pytest.mark.parametrize(("count", "names"), [(2, {"standing", "courses"}), (900, set())])
def test_what_is_of_all_days_is_left_out_if_it_would_be_too_long(count: int, names: set[str]) -> None:
    ids = [hashlib.shake_256(str(number).encode()).hexdigest(100) for number in range(count)]
    places = [(Place(QUARTER, name, None, None, None), TALLY) for name in ids]
    life = life_of([slice_of(NINE_US, *places, courses=dict.fromkeys(ids, COURSE))])
    assert life.keys() == names
    assert all(len(packing.compress(body)) <= MOST_BYTES_OF_LIFE for body in life.values())


def test_rows_of_a_course_tell_where_a_learner_stands_and_what_was_done_in_each_month() -> None:
    places = [
        (Place(QUARTER, "c1", "a1", None, None), TALLY),
        (Place(QUARTER, "c1", "a2", None, None), Tally(events=1, last_us=QUARTER + 7)),
        (Place(QUARTER + QUARTER_US, "c1", None, None, None), Tally(events=2)),
        (Place(QUARTER, None, None, None, None), TALLY),
    ]
    each = slice_of(NINE_US, *places, courses={"c1": COURSE})
    rows = {key: through_dynamodb(row) for key, row in course_rows(PK, STUDENT, [each], [each]).items()}
    sk = learner_sk(keys.learner_pk(TENANT, STUDENT).rpartition("#")[2])
    month = day_of(QUARTER)[:6]
    assert set(rows) == {(course_pk(TENANT, "c1"), sk), (course_pk(TENANT, "c1", month), sk)}
    assert keys_of_totals(TENANT, sk.partition("#")[2], [place for place, _ in places]) == set(rows)
    learner = course_learner_of(rows[course_pk(TENANT, "c1"), sk])
    assert (learner.learner, learner.last_us) == (STUDENT, QUARTER + 7)
    assert learner.standing == Standing(totals=replace(COURSE, activities=frozenset()), activities=2)
    tallies = month_in(rows[course_pk(TENANT, "c1", month), sk])
    assert {us: (tally.events, tally.first_us, tally.last_us) for us, tally in tallies.items()} == {
        QUARTER: (4, QUARTER, QUARTER + 7),
        QUARTER + QUARTER_US: (2, None, None),
    }
    assert tallies[QUARTER].totals == TALLY.totals


@pytest.mark.parametrize("day", range(4))
def test_the_totals_of_a_day_come_with_all_days_that_its_slices_tell_of_and_theirs(day: int) -> None:
    """Each slice begins on its day and tells of the next one too, so every day leads to all."""
    table = MemoryTable()
    slices = {}
    for number in range(3):
        places = [(Place(QUARTER + each * DAY_US, "c1", None, None, "r1"), TALLY) for each in (number, number + 1)]
        slices[NINE_US + number * DAY_US] = slice_of(NINE_US + number * DAY_US, *places)
    assert Ledger(PK, {}, {}).write(table, Resolution(slices, set()), expires_s=7)
    days = [day_of(NINE_US + number * DAY_US) for number in range(4)]
    assert sorted(sk.removeprefix(keys.TOTALS) for _, sk in table.items) == days
    assert slices_of(days_and_theirs(table, PK, [days[day]])) == slices
    alone = slice_of(NINE_US + 9 * DAY_US, (Place(QUARTER + 9 * DAY_US, None, None, None, None), TALLY))
    assert ledger(table, PK, consistent=True).write(table, Resolution({alone.first_us: alone}, set()), expires_s=7)
    assert slices_of(days_and_theirs(table, PK, [days[day]])) == slices
    assert slices_of(days_between(table, PK, days[0], days[3])) == slices


def through_dynamodb(row: Row) -> Row:
    return decode(encode(row))
