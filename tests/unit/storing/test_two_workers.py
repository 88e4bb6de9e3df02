"""Two workers at the same learner: one stores its batch between any two calls of the other, and nothing is lost."""

from collections import Counter
from functools import partial
from typing import Any

from functions.store import keys
from tests.payloads import Json
from tests.world import STUDENT, TENANT, World

SESSION = "urn:uuid:11111111-2222-4333-8444-555555555555"
NOTED_ONLY = ("LAG",)  # reports of workers, which depend on who was first


def batches(world: World) -> tuple[list[Json], list[Json]]:
    """Each opens the timeline by itself; the second also ends a session of the first and is the earlier one."""
    opened = world.payloads.logged_in(STUDENT, SESSION, requiresHeartbeat=True) | {"eventTime": "2026-03-02T09:10:00Z"}
    first = [opened, world.event(12), world.event(14, session=SESSION)]
    other = [world.event(2), world.event(13, session=SESSION), world.event(15)]
    return first, other


def state(world: World) -> dict[Any, Any]:
    """Every row, but for the version of the timer: it counts how often it was written."""
    rows = {}
    for key, row in world.table.items.items():
        if key[0] not in NOTED_ONLY:
            rows[key] = {name: value for name, value in row.items() if name not in ("version", "inferred")}
    return rows


def stored(*, at_call: int | None) -> World:
    world = World()
    first, other = batches(world)
    world.set_clock(20)
    if at_call is None:
        world.send(first[0], *first[1:])
        world.send(*other)
        return world
    world.calls.interrupt(world.calls.total + at_call, partial(world.send, *other))
    world.send(*first)
    assert not world.calls.interruptions, "it came between two calls"
    return world


def calls_of_a_batch() -> int:
    world = World()
    first, _ = batches(world)
    world.set_clock(20)
    before = world.calls.total
    world.send(*first)
    return world.calls.total - before


def test_whenever_the_other_worker_comes_the_same_rows_are_stored() -> None:
    calls = calls_of_a_batch()
    assert calls >= 6
    serial = state(stored(at_call=None))
    for number in range(2, calls + 1):
        assert state(stored(at_call=number)) == serial, number


def test_whenever_the_other_worker_comes_each_session_ends_once() -> None:
    calls = calls_of_a_batch()
    assert calls >= 6
    for number in range(2, calls + 1):
        world = stored(at_call=number)
        for minute in (25, 60, 120):
            world.set_clock(minute)
            world.sweep()
            world.drain()
        ends = Counter(event["object"]["id"] for event in world.timed_out())
        assert set(ends.values()) == {1}, number
        assert SESSION in ends, number
        assert world.pending() == []
        timer = world.table.items[keys.learner_pk(TENANT, STUDENT), keys.TIMER]
        assert keys.DUE_PK not in timer
