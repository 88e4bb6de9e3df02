"""What an evaluation stores and emits of a slice in which some sittings are over and others are not."""

import contextlib
import itertools

import pytest

from functions.core.times import MINUTE_US, format_time
from functions.store import keys
from functions.store.bus import Unpublished
from functions.store.dynamodb.table import Row
from functions.store.rows.timers import timer_key, timer_of
from functions.timeout.context import SweepResult
from functions.timeout.due_timer import DueTimer
from tests.fakes import FailingBus
from tests.payloads import Json
from tests.unit.timeout.test_consistent_reads import OrderedTable
from tests.world import NINE_US, STUDENT, TENANT, World

LEARNER = keys.learner_pk(TENANT, STUDENT)


@pytest.fixture
def world() -> World:
    return World()


def logged(world: World, kind: str, session: str, minute: float) -> Json:
    payload = world.payloads.logged_in if kind == "in" else world.payloads.logged_out
    event = payload(STUDENT, session) | {"eventTime": format_time(NINE_US + round(minute * MINUTE_US))}
    for side in ("startedAtTime", "endedAtTime"):
        if side in event["session"]:
            event["session"][side] = event["eventTime"]
    return event


def evaluate(world: World) -> None:
    """Evaluate the timer in this thread alone, so that what interrupts it comes between two of its calls."""
    stored_timer = timer_of(world.table.items[timer_key(LEARNER)])
    DueTimer(world.context(), LEARNER, stored_timer, SweepResult(), time_left=lambda: True).evaluate()


def stored(world: World) -> dict[str, tuple[str, int]]:
    """By session: how it ended, and its events."""
    return {row.id: (row.answer()["endedBy"], row.answer()["events"]) for row in world.sessions()}


def test_a_session_that_ended_is_stored_beside_one_that_is_open_whichever_began_first(world: World) -> None:
    names = {name: world.payloads.urn() for name in ("before", "open", "after")}
    for minute, event in (
        (0, world.event(0, session=names["before"])),
        (5, world.event(5, session=names["open"])),
        (10, world.event(10, session=names["after"])),
        (12, logged(world, "out", names["after"], 12)),
        (30, world.event(30, session=names["open"])),
    ):
        world.set_clock(minute)
        world.send(event)
    world.set_clock(35)
    world.sweep()
    assert stored(world) == {names["before"]: ("TimedOut", 1), names["after"]: ("LoggedOut", 2)}
    (event,) = world.drain()
    assert event["object"]["id"] == names["before"]
    timer = timer_of(world.table.items[timer_key(LEARNER)]).timer
    assert (timer.state, timer.due_us) == ("scheduled", NINE_US + 60 * MINUTE_US)


def test_a_timeline_whose_facts_all_name_their_session_asks_for_no_inferred_one(world: World) -> None:
    table = world.table = OrderedTable(world.calls)
    session = world.payloads.urn()
    world.send(world.event(0, session=session))
    world.set_clock(31)
    assert world.sweep().closed == 1
    assert keys.INFERRED not in table.read
    world.send(world.event(32))
    world.set_clock(90)
    assert world.sweep().closed == 1
    assert keys.INFERRED in table.read


def test_a_session_without_a_learner_is_stored_under_its_own_name_alone(world: World) -> None:
    table = world.table = OrderedTable(world.calls)
    session = world.payloads.urn()
    event = logged(world, "in", session, 0)
    event["actor"] = {"id": event["edApp"], "type": "SoftwareApplication"}
    world.send(event)
    world.set_clock(31)
    world.sweep()
    assert [row.id for row in world.sessions()] == [session]
    assert keys.INFERRED not in table.read


def test_a_timeline_whose_notices_wait_is_told_of_though_it_ends_another_session_meanwhile(world: World) -> None:
    world.send(world.event(0))
    world.bus = FailingBus()
    world.set_clock(31)
    with pytest.raises(Unpublished, match="1 timelines"):
        world.sweep()
    world.drain()
    world.set_clock(31.5)
    world.send(world.event(31.5))
    waiting = timer_of(world.table.items[timer_key(LEARNER)])
    assert waiting.bus_failures == 1
    world.set_clock(62)
    with pytest.raises(Unpublished, match="1 timelines"):
        world.sweep()
    stored_timer = timer_of(world.table.items[timer_key(LEARNER)])
    assert len(stored_timer.unpublished) == 4
    assert stored_timer.bus_failures == 2


def test_conflicts_that_a_sweep_notices_are_listed_under_the_app_and_outlive_the_events(world: World) -> None:
    event = world.event(0)
    world.send(event)
    world.send(event | {"eventTime": format_time(NINE_US + MINUTE_US)})
    for key in [key for key in world.table.items if "#V#" in key[0]]:
        del world.table.items[key]
    world.set_clock(40)
    with contextlib.suppress(Unpublished):
        world.sweep()
    (row,) = [row for (pk, _), row in world.table.items.items() if "#V#" in pk]
    assert (row["id"], row["app"]) == (event["id"], timer_of(world.table.items[timer_key(LEARNER)]).timer.app_id)
    assert row[keys.TTL] == world.context().expires_s(TENANT)


def test_an_end_that_subscribers_have_heard_of_is_not_told_again_when_something_late_joins_it(world: World) -> None:
    session = world.payloads.urn()
    world.send(logged(world, "in", session, 0))
    world.set_clock(10)
    world.send(logged(world, "out", session, 10))
    world.sweep()
    world.send(world.event(5, session=session))
    world.set_clock(41)
    world.sweep()
    assert stored(world) == {session: ("LoggedOut", 3)}
    assert [kind for kind, _ in world.bus.notices].count("SessionEnded") == 1


def test_the_queue_brings_the_row_of_a_timed_out_as_the_sweep_has_put_it(world: World) -> None:
    world.send(world.event(0))
    world.set_clock(31)
    world.sweep()
    put = {key: row for key, row in world.table.items.items() if row.get("system")}
    assert len(put) == 1
    world.drain()
    assert {key: row for key, row in world.table.items.items() if row.get("system")} == put


def test_a_close_that_names_no_learner_ends_the_learners_session_by_the_next_sweep(world: World) -> None:
    session = world.payloads.urn()
    world.send(logged(world, "in", session, 0))
    world.set_clock(5)
    closed = logged(world, "out", session, 5)
    closed["actor"] = {"id": closed["edApp"], "type": "SoftwareApplication"}
    world.send(closed)
    for minute in (6, 7):  # the first finds out whose session it is, the second ends it
        world.set_clock(minute)
        world.sweep()
    assert stored(world) == {session: ("LoggedOut", 2)}
    world.send(closed | {"id": world.payloads.urn(), "eventTime": format_time(NINE_US + 8 * MINUTE_US)})
    world.set_clock(9)
    world.sweep()
    from_us = timer_of(world.table.items[timer_key(LEARNER)]).timer.from_us
    assert from_us == NINE_US + 5 * MINUTE_US, "the learner's timeline is read from the first fact of that slice on"


def test_slices_that_are_settled_together_have_the_totals_of_slices_that_are_settled_apart() -> None:
    def of(minutes: tuple[int, ...]) -> list[Row]:
        world = World()
        for day in range(3):
            world.set_clock(1440 * day)
            world.send(world.event(1440 * day), world.event(1440 * day + 2))
            if 1440 * day in minutes:
                world.set_clock(1440 * day + 60)
                world.sweep()
                world.drain()
        world.set_clock(1440 * 3)
        world.sweep()
        world.drain()
        rows = [row for (_, sk), row in sorted(world.table.items.items()) if sk.startswith(keys.TOTALS)]
        kept = (keys.SK, "body")
        return [{name: value for name, value in row.items() if name in kept} for row in rows]

    assert of(()) == of((0, 1440, 2880))
    assert len(of(())) == 3


def test_of_rows_that_cannot_be_read_the_latest_hundred_are_remembered(world: World) -> None:
    world.set_clock(10)
    world.send(*(world.event(number / 60) for number in range(103)))
    for key in [key for key in world.table.items if key[1].startswith(keys.EVENT)][:102]:
        world.table.items[key] = world.table.items[key] | {"body": b"KLUv not a frame"}
    damaged = sorted(key[1] for key, row in world.table.items.items() if row.get("body") == b"KLUv not a frame")
    world.set_clock(41)
    assert world.sweep().unreadable == 102
    assert list(timer_of(world.table.items[timer_key(LEARNER)]).skipped) == damaged[-100:]


def test_an_event_that_comes_before_the_decision_keeps_its_sitting_open_and_one_after_it_does_not() -> None:
    outcomes: list[bool] = []
    for number in itertools.count(1):
        world = World()
        world.send(world.event(0))
        world.set_clock(31)
        decided: list[bool] = []

        def come(world: World = world, decided: list[bool] = decided) -> None:
            timer = timer_of(world.table.items[timer_key(LEARNER)]).timer
            decided.append(bool(timer.outbox) or timer.state == "idle")
            world.send(world.event(29))

        world.calls.interrupt(world.calls.total + number, come)
        evaluate(world)
        if not decided:
            break
        ends = {event["eventTime"][11:16] for event in world.drain()}
        assert ends == ({"09:00"} if decided[0] else set()), number
        outcomes += decided
        world.set_clock(62)
        world.sweep()
        assert {event["eventTime"][11:16] for event in world.drain()} == (set() if decided[0] else {"09:29"})
    assert {True, False} == set(outcomes)


def test_of_a_slice_in_which_something_is_open_no_totals_are_stored(world: World) -> None:
    session = world.payloads.urn()
    world.send(world.event(0, session=world.payloads.urn()), world.event(0, session=session))
    world.set_clock(5)
    world.send(logged(world, "out", session, 5))
    world.set_clock(6)
    assert world.sweep().closed == 1
    assert not [key for key in world.table.items if key[1].startswith(keys.TOTALS)]
    world.set_clock(31)
    assert world.sweep().closed == 1
    assert len([key for key in world.table.items if key[1].startswith(keys.TOTALS)]) == 1
