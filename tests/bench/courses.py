"""What the list of a course's learners costs, by how many it has: calls and read units for all of them."""

from collections.abc import Iterator
from itertools import batched

from functions.store.keys import tenant_of
from functions.store.people.aliases import add_alias
from tests.bench.measure import Figure
from tests.payloads import APP
from tests.unit.query.world import World

COURSE, SPAN = "c-7", {"from_": "2026-02-20", "to": "2026-03-15"}
LEARNERS = (100, 2_000)
WITH_TWO_IDS = 400


def course(learners: int) -> World:
    """A course in which each learner submitted once, all of it settled."""
    world = World()
    for number in range(learners):
        submission = world.payloads.activity_completed(f"urn:uuid:{number:012d}")
        submission |= {"eventTime": world.time(0), "extensions": {"courseId": COURSE}}
        world.send(submission)
    for minute in (120, 180):
        world.set_clock(minute)
        world.sweep()
        world.drain()
    world.warm()
    return world


def figures() -> Iterator[Figure]:
    """In pages of a thousand, over two months."""
    for learners in LEARNERS:
        world = course(learners)
        world.table.read_units = 0
        world.calls.counts.clear()
        listed = world.all("/courses", "learners", id=COURSE, limit=1000, **SPAN)
        assert len(listed) == learners
        yield Figure(f"course_calls:{learners}", world.calls.total, "calls")
        yield Figure(f"course_rru:{learners}", world.table.read_units, "RRU")
    yield from of_two_ids()


def of_two_ids() -> Iterator[Figure]:
    """The same if every learner is a person of two ids: half as many people."""
    world = course(WITH_TWO_IDS)
    actors = [row["actor"] for row in world.all("/courses", "learners", id=COURSE, limit=1000, **SPAN)]
    for person, alias in batched(actors, 2, strict=True):
        add_alias(world.table, tenant_of(APP), person=person, alias=alias)
    world.table.read_units = 0
    world.calls.counts.clear()
    people = world.all("/courses", "learners", id=COURSE, limit=1000, **SPAN)
    assert len(people) == WITH_TWO_IDS // 2
    yield Figure(f"course_calls_two_ids:{WITH_TWO_IDS}", world.calls.total, "calls")
    yield Figure(f"course_rru_two_ids:{WITH_TWO_IDS}", world.table.read_units, "RRU")
