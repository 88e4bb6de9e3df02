"""What the list of a course's learners costs, by how many it has: calls and read units for all of them."""

from collections.abc import Iterator

from tests.bench.measure import Figure
from tests.unit.query.world import World

COURSE, SPAN = "c-7", {"from_": "2026-02-20", "to": "2026-03-15"}
LEARNERS = (100, 2_000)


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
