"""The rows that an erasure leaves are those that a replay of what is left in the archive makes, to the attribute."""

import pytest
from msgspec import structs

from functions.core.times import FIRST_US
from functions.privacy.erase import begin, erase
from functions.privacy.person import find_person
from functions.privacy.places.course_rows import erase_from_courses
from functions.privacy.places.learner_rows import erase_learner_rows
from functions.store import keys
from functions.store.dynamodb.row import Key, Row
from functions.store.rows.timers import timer_key, timer_of
from functions.store.totals.course_learners import course_pk
from tests.fakes import MemoryTable
from tests.payloads import APP
from tests.unit.privacy.erasing_world import ADA, BEN, DAYS, ErasingWorld
from tests.unit.privacy.whole_world import TENANT, WholeWorld
from tests.unit.query.world import app_of

ERASED_MARKER = "#ERASED"
PK = keys.learner_pk(TENANT, ADA)
KINDS = {"rejections": "X", "counts of rejections": "R", "jobs": "J", "conflicts": "V", "describes": "D", "others": "N"}


def rows_of(world: ErasingWorld, kind: str) -> dict[Key, Row]:
    """The rows in the partitions of a kind, without those that only say that something was counted."""
    places = {key: keys.place_of(key[0]).split("#") for key in world.table.items}
    chosen = [key for key, place in places.items() if place[0] == kind and not key[1].endswith(ERASED_MARKER)]
    return {key: world.table.items[key] for key in chosen if keys.tenant_in(key[0]) == TENANT}


def manifests_of(world: ErasingWorld, kind: str) -> dict[Key, Row]:
    """Manifests or their pointers: they lie by month and shard."""
    return {key: row for key, row in rows_of(world, kind).items() if key[0].count("#") == 3}


@pytest.mark.slow
def test_what_is_left_of_a_batch_is_what_would_have_been_stored_of_it() -> None:
    world = WholeWorld()
    erase(world.person(), world.office(), request="r1", days=DAYS)
    rebuilt = world.rebuilt()
    for name, kind in KINDS.items():
        assert rows_of(world, kind) == rows_of(rebuilt, kind), name
    assert rows_of(world, "X")
    assert rows_of(world, "J")
    for kind in ("L", "W"):
        assert manifests_of(world, kind) == manifests_of(rebuilt, kind), kind
    assert manifests_of(world, "L")
    assert world.counts() == rebuilt.counts()


def with_pages(world: ErasingWorld, page_rows: int) -> None:
    """Let a query of the world's table give only so many rows at once."""
    table = MemoryTable(world.calls, page_rows=page_rows)
    table.items = world.table.items
    world.table = table


def erase_rows(world: ErasingWorld, *, before_us: int, applies: bool = True) -> dict[str, int]:
    """Only the rows of the learner's own partitions; the counts."""
    person = find_person(world.table, app_of(APP), ADA)
    _, erasing = begin(person, world.office(), request="r1", before_us=before_us, days=DAYS)
    counts: dict[str, int] = {}
    erasing = structs.replace(erasing, applies=applies)
    for name, count in (*erase_from_courses(erasing), *erase_learner_rows(erasing)):
        counts[name] = counts.get(name, 0) + count
    return {name: count for name, count in counts.items() if count}


def two_times(page_rows: int) -> ErasingWorld:
    """Ada's events of a morning, of which the first was received after the erasure; two courses on two days."""
    world = ErasingWorld()
    for day in range(2):
        world.set_clock(day * 24 * 60 + 60)
        course = {"courseId": f"c-{day}"}
        world.send(*(world.event(day * 24 * 60 + each, actor=ADA, extensions=course) for each in (10, 11)))
    for minute in (3000, 3100):
        world.set_clock(minute)
        world.sweep()
        world.drain()
    with_pages(world, page_rows)
    return world


@pytest.mark.parametrize("page_rows", [1, 2, 3, 100])
def test_a_learner_is_erased_page_by_page_with_every_course_of_every_day(page_rows: int) -> None:
    world = two_times(page_rows)
    before_us = world.now_us
    expected = {
        "daily totals": 2,
        "events": 6,
        "learners of courses": 4,  # two courses, each with its row and its month
        "session timers": 1,
        "sessions": 2,
        "addresses": 1,
    }
    assert erase_rows(world, before_us=before_us, applies=False) == expected
    assert [key for key in world.table.items if key[0] == PK] != []
    assert erase_rows(world, before_us=before_us) == expected
    assert [key for key in world.table.items if key[0] == PK] == []
    courses = [course_pk(TENANT, f"c-{day}") for day in range(2)]
    assert [key for key in world.table.items if key[0].startswith(tuple(courses))] == []


@pytest.mark.parametrize("page_rows", [1, 100])
@pytest.mark.parametrize("days", [(0,), (1,), (0, 1)])
def test_totals_that_cannot_be_read_keep_no_course_from_forgetting_the_learner(
    page_rows: int, days: tuple[int, ...]
) -> None:
    world = two_times(page_rows)
    totals = sorted(key for key in world.table.items if key[0] == PK and key[1].startswith(keys.TOTALS))
    for day in days:
        world.table.items[totals[day]] = world.table.items[totals[day]] | {"body": b"KLUv not a frame"}
    counted = erase_rows(world, before_us=world.now_us, applies=False)
    assert (counted["learners of courses"], counted["daily totals"]) == (4, 2)
    assert erase_rows(world, before_us=world.now_us) == counted
    assert [key for key in world.table.items if key[0] == PK or key[0].startswith(f"{TENANT}#Y#")] == []


@pytest.mark.parametrize("page_rows", [1, 2, 3, 100])
def test_what_came_after_the_erasure_stays_with_all_that_leads_to_it_and_is_looked_at_anew(page_rows: int) -> None:
    world = two_times(page_rows)
    before_us = world.now_us
    world.set_clock(3200)
    late = world.event(5, actor=ADA)  # it happened before all others
    world.send(late, world.event(3, actor=BEN))
    before = timer_of(world.table.items[timer_key(PK)])
    expires = world.table.items[timer_key(PK)][keys.TTL]
    counts = erase_rows(world, before_us=before_us)
    assert (counts["events"], counts["sessions"], counts["daily totals"]) == (6, 2, 2)
    assert {"session timers", "addresses"} & counts.keys() == set()
    left = [sk[:2] for pk, sk in sorted(world.table.items) if pk == PK]
    assert left == [keys.EVENT, keys.EVENT_INDEX, keys.TIMER]
    row = world.table.items[timer_key(PK)]
    timer = timer_of(row)
    assert timer == structs.replace(
        before,
        timer=structs.replace(
            before.timer,
            state="scheduled",
            from_us=FIRST_US,
            due_us=FIRST_US,
            outbox=(),
            version=before.timer.version + 1,
        ),
        resting_until_us=0,
    )
    assert row[keys.TTL] == expires
    for minute in (3300, 3400):
        world.set_clock(minute)
        world.sweep()
        world.drain()
    assert [session["events"] for session in world.all("/sessions", "sessions", actor=ADA)] == [1]
