"""Subscribers hear when a session starts and when it ends, at least once."""

import contextlib
from collections.abc import Sequence

import pytest

from functions.core.times import format_time
from functions.store import keys
from functions.store.bus import Notice, Unpublished
from tests.fakes import Crash, MemoryBus
from tests.world import NINE_US, STUDENT, TENANT, World


@pytest.fixture
def world() -> World:
    return World()


def kinds(world: World) -> list[str]:
    return [kind for kind, _ in world.bus.told]


def test_a_session_that_is_timed_out_is_told_from_start_to_end(world: World) -> None:
    world.send(world.event(0))
    world.send(world.event(1))
    world.at(32)
    world.sweep()
    assert kinds(world) == ["SessionStarted", "SessionEnded", "TimedOut"]
    _, about = world.bus.told[1]
    assert (about["actor"], about["endedBy"]) == (STUDENT, "TimedOut")
    (event,) = world.drain()
    assert world.bus.told[2][1]["event"] == event
    assert kinds(world) == ["SessionStarted", "SessionEnded", "TimedOut"]


def test_a_logout_is_told_as_an_end(world: World) -> None:
    session = world.payloads.urn()
    world.send(world.payloads.logged_in(STUDENT, session) | {"eventTime": format_time(NINE_US)})
    world.send(world.payloads.logged_out(STUDENT, session))
    world.at(1)
    world.sweep()
    world.at(2)
    world.sweep()
    assert kinds(world) == ["SessionStarted", "SessionEnded"]
    assert world.bus.told[1][1]["endedBy"] == "LoggedOut"


def test_an_end_is_told_though_the_sweep_died_before_it(world: World) -> None:
    world.send(world.event(0))
    world.at(32)
    before = world.calls.made.copy()
    world.sweep()
    calls = world.calls.total - before.total()
    for number in range(1, calls + 1):
        other = World()
        other.send(other.event(0))
        other.at(32)
        other.calls.fail_before = other.calls.total + number
        with pytest.raises(Crash):
            other.sweep()
        other.calls.fail_before = None
        other.at(33)
        other.sweep()
        assert "SessionEnded" in kinds(other), number


class Failing(MemoryBus):
    """EventBridge that is down, and how often it was asked."""

    asked = 0

    def publish(self, notices: Sequence[Notice]) -> None:
        self.asked += 1
        raise Unpublished("EventBridge is down")


def swept_each_minute(world: World, first: int, last: int) -> None:
    for minute in range(first, last):
        world.at(minute)
        with contextlib.suppress(Unpublished):
            world.sweep()


def test_events_are_stored_and_sessions_end_while_eventbridge_fails(world: World) -> None:
    working, world.bus = world.bus, Failing()
    world.send(world.event(0))
    world.at(32)
    with pytest.raises(Unpublished):
        world.sweep()
    assert len(world.drain()) == 1
    world.bus = working
    world.at(33)
    world.sweep()
    assert kinds(world) == ["SessionEnded", "TimedOut"]
    world.drain()
    assert len(world.timed_out()) == 1


def test_while_eventbridge_fails_a_timed_out_is_queued_once_and_the_bus_asked_less_and_less(world: World) -> None:
    world.send(world.event(0))
    working, failing = world.bus, Failing()
    world.bus = failing
    swept_each_minute(world, 32, 32 + 60)
    assert len(world.queue.bodies) == 1
    assert failing.asked == 6, "at the start, then after 1, 2, 4, 8, 16 minutes"
    world.bus = working
    swept_each_minute(world, 92, 92 + 60)
    assert kinds(world) == ["SessionStarted", "SessionEnded", "TimedOut"]
    assert len(world.queue.bodies) == 1


def test_ends_that_wait_for_the_bus_keep_no_session_open(world: World) -> None:
    """As many wait as a sweep reads of a shard; another session of that shard ends all the same."""
    working, world.bus = world.bus, Failing()
    names = sharing_a_shard(world, 3)
    for minute, name in enumerate(names):
        world.at(minute)
        world.send(world.event(minute, session=name))
    for minute in range(32, 40):
        world.at(minute)
        with contextlib.suppress(Unpublished):
            world.sweep(shard_rows=1)
    world.bus = working
    assert {event["object"]["id"] for event in world.drain()} == {*names}


def sharing_a_shard(world: World, count: int) -> list[str]:
    pk = keys.learner_pk(TENANT, STUDENT)
    names = [world.payloads.urn() for _ in range(count * keys.DUE_SHARDS * 4)]
    shards = {name: keys.due_shard(pk + keys.session_sk(name)) for name in names}
    return [name for name in names if shards[name] == shards[names[0]]][:count]
