"""What an evaluation stores and emits of a slice in which some sittings are over and others are not."""

import contextlib
from typing import Any

import pytest

from functions.core.times import MINUTE_US, format_time
from functions.store import keys
from functions.store.bus import Unpublished
from functions.store.dynamodb.table import Page
from functions.store.rows.timers import timer_key, timer_of
from tests.fakes import FailingBus
from tests.payloads import Json
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


def starts_of_queries(world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where each query from now on begins."""
    query, starts = world.table.query, []

    def queried(pk: str, **parameters: Any) -> Page:
        starts.append(str(parameters.get("start", "")))
        return query(pk, **parameters)

    monkeypatch.setattr(world.table, "query", queried)
    return starts


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


def test_a_timeline_whose_facts_all_name_their_session_asks_for_no_inferred_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts = starts_of_queries(world, monkeypatch)
    session = world.payloads.urn()
    world.send(world.event(0, session=session))
    world.set_clock(31)
    assert world.sweep().closed == 1
    assert not any(start.startswith(keys.INFERRED) for start in starts)
    world.send(world.event(32))
    world.set_clock(90)
    assert world.sweep().closed == 1
    assert any(start.startswith(keys.INFERRED) for start in starts)


def test_a_session_without_a_learner_is_stored_under_its_own_name_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = world.payloads.urn()
    event = logged(world, "in", session, 0)
    event["actor"] = {"id": event["edApp"], "type": "SoftwareApplication"}
    world.send(event)
    world.set_clock(31)
    starts = starts_of_queries(world, monkeypatch)
    world.sweep()
    assert [row.id for row in world.sessions()] == [session]
    assert not any(start.startswith(keys.INFERRED) for start in starts)


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
