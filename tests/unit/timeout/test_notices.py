"""Subscribers hear when a session starts and when it ends, at least once."""

from collections.abc import Sequence

import pytest

from functions.aws.bus import Notice, Unpublished
from functions.core.times import format_time
from tests.fakes import Crash, MemoryBus
from tests.world import NINE_US, STUDENT, World


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


def test_events_are_stored_and_sessions_end_while_eventbridge_fails(world: World) -> None:
    class Failing(MemoryBus):
        def publish(self, notices: Sequence[Notice]) -> None:
            raise Unpublished("EventBridge is down")

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
