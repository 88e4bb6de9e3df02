"""Subscribers hear when a session starts and when it ends, at least once."""

import contextlib

import pytest

from functions.core.times import format_time
from functions.store import keys
from functions.store.bus import Unpublished
from functions.storing.pipeline import process
from tests.fakes import Crash, FailingBus
from tests.world import NINE_US, PROCESS, STUDENT, TENANT, World

pytestmark = pytest.mark.slow


@pytest.fixture
def world() -> World:
    return World()


def kinds(world: World) -> list[str]:
    return [kind for kind, _ in world.bus.notices]


def test_a_session_that_is_timed_out_is_told_from_start_to_end(world: World) -> None:
    world.send(world.event(0))
    world.send(world.event(1))
    world.set_clock(32)
    world.sweep()
    assert kinds(world) == ["SessionStarted", "SessionEnded", "TimedOut"]
    _, about = world.bus.notices[1]
    assert (about["actor"], about["endedBy"]) == (STUDENT, "TimedOut")
    (event,) = world.drain()
    assert world.bus.notices[2][1]["event"] == event
    assert kinds(world) == ["SessionStarted", "SessionEnded", "TimedOut"]


def test_a_logout_is_told_as_an_end(world: World) -> None:
    session = world.payloads.urn()
    world.send(world.payloads.logged_in(STUDENT, session) | {"eventTime": format_time(NINE_US)})
    world.send(world.payloads.logged_out(STUDENT, session))
    world.set_clock(1)
    world.sweep()
    world.set_clock(2)
    world.sweep()
    assert kinds(world) == ["SessionStarted", "SessionEnded"]
    assert world.bus.notices[1][1]["endedBy"] == "LoggedOut"


def test_an_end_is_told_though_the_sweep_died_before_it(world: World) -> None:
    world.send(world.event(0))
    world.set_clock(32)
    before = world.calls.counts.copy()
    world.sweep()
    calls = world.calls.total - before.total()
    assert calls
    for number in range(1, calls + 1):
        other = World()
        other.send(other.event(0))
        other.set_clock(32)
        other.calls.fail_before = other.calls.total + number
        with pytest.raises(Crash):
            other.sweep()
        other.calls.fail_before = None
        other.set_clock(33)
        other.sweep()
        assert "SessionEnded" in kinds(other), number


def swept_each_minute(world: World, first: int, last: int) -> None:
    for minute in range(first, last):
        world.set_clock(minute)
        with contextlib.suppress(Unpublished):
            world.sweep()


def test_events_are_stored_and_sessions_end_while_eventbridge_fails(world: World) -> None:
    working, world.bus = world.bus, FailingBus()
    world.send(world.event(0))
    world.set_clock(32)
    with pytest.raises(Unpublished):
        world.sweep()
    assert len(world.drain()) == 1
    world.bus = working
    world.set_clock(33)
    world.sweep()
    assert kinds(world) == ["SessionEnded", "TimedOut"]
    world.drain()
    assert len(world.timed_out()) == 1


def test_while_eventbridge_fails_a_timed_out_is_queued_once_and_the_bus_asked_less_and_less(world: World) -> None:
    world.send(world.event(0))
    working, failing = world.bus, FailingBus()
    world.bus = failing
    swept_each_minute(world, 32, 32 + 60)
    assert len(world.queue.bodies) == 1
    assert failing.attempts == 6, "at the start, then after 1, 2, 4, 8, 16 minutes"
    world.bus = working
    swept_each_minute(world, 92, 92 + 60)
    assert kinds(world) == ["SessionStarted", "SessionEnded", "TimedOut"]
    assert len(world.queue.bodies) == 1


def test_a_failure_after_the_bus_took_notices_is_tried_again_after_a_minute(world: World) -> None:
    working, failing = world.bus, FailingBus()
    world.send(world.event(0))
    world.bus = failing
    swept_each_minute(world, 32, 32 + 20)
    world.bus = working
    swept_each_minute(world, 52, 52 + 60)
    world.drain()
    assert kinds(world) == ["SessionStarted", "SessionEnded", "TimedOut"]
    world.set_clock(120)
    world.send(world.event(120))
    failing.attempts = 0
    world.bus = failing
    swept_each_minute(world, 152, 154)
    assert failing.attempts == 2


def test_a_timeline_that_is_due_for_another_reason_does_not_ask_the_bus_before_its_time(world: World) -> None:
    world.send(world.event(0))
    world.bus = failing = FailingBus()
    swept_each_minute(world, 32, 40)
    world.set_clock(40)
    world.send(world.event(40))
    failing.attempts = 0
    swept_each_minute(world, 40, 80)
    assert failing.attempts == 2, "after 8 minutes and 16 more: an end at 10:10 asks no third time"
    assert len(world.timed_out()) == 2


def test_ends_that_wait_for_the_bus_keep_no_session_open(world: World) -> None:
    """As many wait as a sweep reads of a shard; others of that shard end all the same, and of those learners too."""
    world.bus = FailingBus()
    learners = sharing_a_shard(world, 3)
    for minute, learner in enumerate(learners):
        world.set_clock(minute)
        world.send(world.event(minute) | {"actor": learner})
    for minute in range(32, 40):
        world.set_clock(minute)
        with contextlib.suppress(Unpublished):
            world.sweep(shard_timers=1)
    assert {event["object"]["user"] for event in world.drain()} == {*learners}
    world.send(world.event(40) | {"actor": learners[0]})
    world.set_clock(72)
    with contextlib.suppress(Unpublished):
        world.sweep()
    assert [event["eventTime"][11:16] for event in world.drain()] == ["09:40"]


def sharing_a_shard(world: World, count: int) -> list[str]:
    names = [world.payloads.urn() for _ in range(count * keys.DUE_SHARDS * 4)]
    shards = {name: keys.due_shard(keys.learner_pk(TENANT, name)) for name in names}
    return [name for name in names if shards[name] == shards[names[0]]][:count]


def test_a_rebuilt_table_tells_subscribers_nothing_again_but_what_ended_since(world: World) -> None:
    session = world.payloads.urn()
    world.send(world.payloads.logged_in(STUDENT, session) | {"eventTime": format_time(NINE_US)})
    world.send(world.payloads.logged_out(STUDENT, session) | {"eventTime": format_time(NINE_US)})
    world.send(world.event(1))
    world.set_clock(60)
    world.sweep()
    world.drain()
    world.set_clock(65)
    world.send(world.event(65))
    rebuilt = World()
    rebuilt.now_us = world.now_us
    process(world.archive.messages(), table=rebuilt.table, archive=None, settings=PROCESS, now_us=world.now_us)
    for minute in (66, 100):
        rebuilt.set_clock(minute)
        rebuilt.sweep(published_until_us=world.now_us)
    assert [(kind, about.get("startedAtTime", "")[11:16]) for kind, about in rebuilt.bus.notices] == [
        ("SessionEnded", "10:05"),
        ("TimedOut", ""),
    ]
    assert len(rebuilt.drain()) == 1


def test_a_new_session_beside_an_open_one_is_told_once(world: World) -> None:
    world.send(world.event(0))
    session = world.payloads.urn()
    for minute in (1, 2, 3):
        world.set_clock(minute)
        world.send(world.event(minute, session=session))
    assert kinds(world) == ["SessionStarted", "SessionStarted"]
    assert world.bus.notices[1][1]["session"] == session


def test_each_sitting_of_a_session_is_told(world: World) -> None:
    session = world.payloads.urn()
    for minute in (0, 100):
        world.set_clock(minute)
        world.send(world.event(minute, session=session))
        world.set_clock(minute + 31)
        world.sweep()
        world.drain()
    assert kinds(world) == ["SessionStarted", "SessionEnded", "TimedOut"] * 2
