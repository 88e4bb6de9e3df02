"""A rebuilt table is settled before its sweep begins: what ended before is not looked at again."""

import pytest

from functions.core.times import format_time
from functions.storing.pipeline import process
from tests.payloads import Json
from tests.world import NINE_US, PROCESS, STUDENT, World


@pytest.fixture
def world() -> World:
    """Sessions that were timed out, named and inferred, one that was logged out, and a late event."""
    world = World()
    named = world.payloads.urn()
    world.send(world.event(0), world.event(5), world.event(1, session=named))
    left = world.payloads.urn()
    world.send(world.payloads.logged_in(STUDENT, left) | {"eventTime": format_time(NINE_US)})
    world.send(world.payloads.logged_out(STUDENT, left) | {"eventTime": format_time(NINE_US)})
    other = world.payloads.urn()
    world.send(world.event(3) | {"actor": other}, world.event(90) | {"actor": other})
    for minute in (40, 130):
        world.set_clock(minute)
        world.sweep()
        world.drain()
    world.send(world.event(4))
    world.set_clock(170)
    world.sweep()
    world.drain()
    assert world.pending() == []
    return world


def rebuilt_from(world: World) -> World:
    rebuilt = World()
    rebuilt.now_us = world.now_us
    process(world.archive.messages(), table=rebuilt.table, archive=None, settings=PROCESS, now_us=world.now_us)
    return rebuilt


def settle(rebuilt: World, published_until_us: int) -> int:
    return rebuilt.sweep(ends_nothing=True, published_until_us=published_until_us).evaluated


def records(world: World) -> list[Json]:
    return [session.answer() for session in world.sessions()]


def test_what_ended_before_is_settled_as_it_was_and_no_sweep_looks_at_it(world: World) -> None:
    rebuilt = rebuilt_from(world)
    assert len(rebuilt.pending()) == 2
    assert settle(rebuilt, rebuilt.now_us) == 2
    assert rebuilt.pending() == []
    assert records(rebuilt) == records(world)
    assert rebuilt.sweep().evaluated == 0
    assert (rebuilt.queue.bodies, rebuilt.bus.notices) == ([], [])


def test_what_has_not_ended_yet_is_left_to_the_sweep_which_ends_it_once(world: World) -> None:
    world.send(world.event(170))
    rebuilt = rebuilt_from(world)
    rebuilt.set_clock(240)
    for _ in range(2):
        settle(rebuilt, world.now_us)
    assert len(rebuilt.pending()) == 1
    assert rebuilt.queue.bodies == []
    rebuilt.sweep(published_until_us=world.now_us)
    assert [event["eventTime"][11:16] for event in rebuilt.drain()] == ["11:50"]
    assert [kind for kind, _ in rebuilt.bus.notices] == ["SessionEnded", "TimedOut"]
    assert rebuilt.pending() == []


def test_an_end_that_subscribers_have_not_heard_of_is_left_to_the_sweep(world: World) -> None:
    session = world.payloads.urn()
    before_us = world.now_us
    world.set_clock(180)
    when = {"eventTime": format_time(world.now_us)}
    world.send(world.payloads.logged_in(STUDENT, session) | when, world.payloads.logged_out(STUDENT, session) | when)
    rebuilt = rebuilt_from(world)
    settle(rebuilt, before_us)
    assert rebuilt.bus.notices == []
    assert len(rebuilt.pending()) == 1
    rebuilt.sweep(published_until_us=before_us)
    assert [kind for kind, _ in rebuilt.bus.notices] == ["SessionEnded"]
