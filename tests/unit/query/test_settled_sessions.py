"""Whose an event is that names no session is read off the rows of settled sessions; only what is open is folded."""

import pytest

from functions.core.times import MINUTE_US, format_time
from tests.unit.query.world import NINE_US, OTHER_APP, QUERY, STUDENT, World

pytestmark = pytest.mark.slow

INFERRED, EXPLICIT = (0, 300, 600, 900), (1200, 1500)  # the minutes in which they begin; each lasts twenty
GAP_US = QUERY.timeouts.slice_gap_us


@pytest.fixture
def world() -> World:
    """A learner's settled sessions."""
    world = World()
    world.warm()
    for start in (*INFERRED, *EXPLICIT):
        world.set_clock(start + 20)
        session = world.payloads.urn()
        opened = world.payloads.logged_in(STUDENT, session) | {"eventTime": world.time(start)}
        begins = world.event(start) if start in INFERRED else opened
        world.send(begins, *(world.event(start + later) for later in (5, 10, 20)))
        world.set_clock(start + 100)
        world.sweep()
        world.drain()
    world.set_clock(3000)
    world.sweep()
    world.drain()
    world.warm()
    return world


def cost(world: World, start: float, end: float, *, order: str = "asc") -> tuple[int, int, list[str | None]]:
    """Queries and rows of a list of the learner's events, and the sessions of those."""
    queries, rows = world.calls.counts["query"], world.table.rows_read
    window = {"from_": world.time(start), "to": world.time(end)}
    events = world.get("/events", actor=STUDENT, order=order, **window)["events"]
    sessions = [row["session"] for row in events]
    return world.calls.counts["query"] - queries, world.table.rows_read - rows, sessions


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize(
    ("start", "end", "events", "rows", "sessions"),
    [  # beside the events, rows of the explicit sessions, of those inferred that begin in the time, and four before
        (0, 5, 1, 5, 1),
        (0, 11, 3, 7, 1),
        (15, 25, 2, 6, 1),
        (300, 311, 3, 8, 1),
        (305, 311, 2, 7, 1),
        (600, 611, 3, 9, 1),
        (900, 1000, 5, 12, 1),
        (1200, 1206, 2, 9, 1),
        (1204, 1206, 1, 8, 1),
        (1201, 1300, 4, 11, 1),
        (1504, 1506, 1, 8, 1),
        (1519, 1550, 2, 9, 1),
        (600, 1206, 12, 19, 3),
        (0, 3000, 30, 37, 6),
    ],
)
def test_events_of_settled_sessions_cost_the_rows_of_sessions_around_them(
    world: World, start: int, end: int, events: int, rows: int, sessions: int, order: str
) -> None:
    queries, rows_read, named = cost(world, start, end, order=order)
    assert (queries, rows_read) == (4, rows), "the learner's ids, the page, and two of sessions"
    assert (len(named), len(set(named))) == (events, sessions)
    assert None not in named


@pytest.mark.parametrize(("later_us", "is_folded"), [(-1, True), (0, True), (1, False), (GAP_US, False)])
def test_up_to_a_slice_gap_before_what_is_open_events_are_folded(later_us: int, is_folded: bool) -> None:
    world = World()
    world.warm()
    world.send(world.event(0), world.event(5))
    world.set_clock(200)
    world.sweep()
    world.drain()
    world.send(world.event(0, eventTime=format_time(NINE_US + 5 * MINUTE_US + GAP_US + later_us)))
    queries, _, named = cost(world, 0, 6)
    assert (queries > 4) == is_folded
    assert len(named) == 3
    assert len(set(named) - {None}) == 1


@pytest.mark.parametrize("number", [0, 1, 2])
def test_where_two_sessions_last_at_once_events_are_folded(number: int) -> None:
    world = World()
    world.warm()
    world.set_clock(40)
    for each in range(number):
        session = world.payloads.urn()
        opened = world.payloads.logged_in(STUDENT, session) | {"eventTime": world.time(each)}
        world.send(opened, world.event(20 + each, session=session))
    world.send(world.event(0, edApp=OTHER_APP), world.event(12), world.event(12, edApp=OTHER_APP), world.event(13))
    world.set_clock(900)
    world.sweep()
    world.drain()
    world.warm()
    queries, _, named = cost(world, 11, 14)
    assert queries == 8, "the learner's ids, the page, two of sessions, and the slice around the events"
    assert None not in named
    assert len(set(named)) == 2
