"""A timeline that is older than its totals, or too long for them: they are stored from the beginning, or left out."""

from collections.abc import Mapping
from typing import Any

import pytest

from functions.core.sessions.fold import Scope
from functions.core.times import MINUTE_US
from functions.store import keys
from functions.store.dynamodb.row import Key, Row
from functions.store.facts.reading import Reading
from functions.store.rows.timers import timer_key, timer_of, timer_row
from functions.store.totals.ledger import ledger
from functions.timeout import totals
from functions.timeout.evaluation import Evaluator
from functions.timeout.totals import TotalsOfTimeline
from tests.payloads import APP
from tests.world import NINE_US, STUDENT, TENANT, TIMEOUT, World

DAY = 1440
LEARNER = keys.learner_pk(TENANT, STUDENT)


def lived(days: int = 4, *, events_a_day: int = 1) -> World:
    """So many days of events, of which no sweep has made totals."""
    world = World()
    for day in range(days):
        world.set_clock(day * DAY)
        world.send(*(world.event(day * DAY + minute) for minute in range(events_a_day)))
    return world


def of_timeline(world: World, **limits: Any) -> TotalsOfTimeline:
    context = world.context()
    reading = Reading(slice_gap_us=TIMEOUT.timeouts.slice_gap_us, consistent=True, **limits)
    scope = Scope(tenant=TENANT, learner=STUDENT, timeouts=TIMEOUT.timeouts)
    evaluator = Evaluator(context=context, app_id=APP, scope=scope, reading=reading)
    return TotalsOfTimeline(context, LEARNER, evaluator, reading)


def stored_slices(world: World) -> list[int]:
    """The minutes at which the slices begin of which totals are stored."""
    return sorted(
        (first_us - NINE_US) // MINUTE_US for first_us in ledger(world.table, LEARNER, consistent=True).slices
    )


def total_rows(world: World) -> Mapping[Key, Row]:
    return {key: row for key, row in world.table.items.items() if key[1].startswith(keys.TOTALS)}


@pytest.mark.parametrize("facts_at_once", [1, 2, 3, 100])
def test_all_that_lies_before_an_instant_is_stored_however_much_is_held_at_once(
    facts_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (totals.FACTS_AT_ONCE, totals.LINKED_FACTS) == (2_000, 1_000)
    monkeypatch.setattr(totals, "FACTS_AT_ONCE", facts_at_once)
    world = lived(5, events_a_day=2)
    assert of_timeline(world).store_before(NINE_US + 3 * DAY * MINUTE_US) is True
    assert stored_slices(world) == [0, DAY, 2 * DAY]


def test_so_much_is_held_at_once_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(totals, "FACTS_AT_ONCE", 2)
    world, held = lived(5), []
    timeline = of_timeline(world)
    store = timeline.store

    def noting(settled: Any) -> bool:
        held.append(totals.facts_of(settled))
        return store(settled)

    monkeypatch.setattr(timeline, "store", noting)
    assert timeline.store_before(NINE_US + 10 * DAY * MINUTE_US)
    assert held == [2, 2, 1]


@pytest.mark.parametrize("minutes_after", [0, 1])
def test_a_slice_that_may_reach_to_the_instant_is_left_to_the_evaluation(minutes_after: int) -> None:
    world = lived(2)
    gap_us = TIMEOUT.timeouts.slice_gap_us
    assert of_timeline(world).store_before(NINE_US + DAY * MINUTE_US + gap_us + minutes_after)
    assert stored_slices(world) == [0, DAY][: 1 + minutes_after]


def test_nothing_before_an_instant_is_all_of_it() -> None:
    world = lived(1)
    assert of_timeline(world).store_before(NINE_US) is True
    assert total_rows(world) == {}
    assert of_timeline(world).store([]) is True


def test_a_timeline_that_is_too_long_to_be_read_has_no_totals() -> None:
    world = lived(3, events_a_day=4)
    assert of_timeline(world, rows_at_once=3).store_before(NINE_US + 10 * DAY * MINUTE_US) is False
    assert of_timeline(world, rows_at_once=4).store_before(NINE_US + 10 * DAY * MINUTE_US) is True


@pytest.mark.parametrize("facts_at_once", [1, 100])
def test_totals_that_another_evaluation_stored_meanwhile_are_known_to_be_unknown(
    facts_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(totals, "FACTS_AT_ONCE", facts_at_once)
    world = lived(3)
    late = of_timeline(world)
    late.read()
    assert of_timeline(world).store_before(NINE_US + 10 * DAY * MINUTE_US) is True
    world.send(world.event(1))
    assert late.store_before(NINE_US + 10 * DAY * MINUTE_US) is None


def without_totals(world: World) -> None:
    """As a version left it that knew of no totals: none is stored, and no timer says so."""
    for key in total_rows(world):
        del world.table.items[key]
    stored = timer_of(world.table.items[timer_key(LEARNER)])
    row = timer_row(LEARNER, stored, expires_s=1)
    world.table.items[timer_key(LEARNER)] = {name: value for name, value in row.items() if name != "totals"}


def swept(world: World, **limits: Any) -> bool | None:
    """Whether the timer says that all before it is in the totals, after an event of today and its sweep."""
    for day in range(3):
        world.set_clock(day * DAY)
        world.send(world.event(day * DAY), world.event(day * DAY + 1), world.event(day * DAY + 2))
        world.set_clock(day * DAY + 60)
        world.sweep()
        world.drain()
    without_totals(world)
    world.set_clock(3 * DAY)
    world.send(world.event(3 * DAY))
    world.set_clock(3 * DAY + 60)
    assert world.sweep(**limits).closed == 1
    world.drain()
    return timer_of(world.table.items[timer_key(LEARNER)]).totalled


def test_the_first_evaluation_of_an_older_timeline_stores_all_of_it() -> None:
    world = World()
    assert swept(world) is True
    assert stored_slices(world) == [0, DAY, 2 * DAY, 3 * DAY]


def test_a_timeline_that_is_too_long_before_ends_its_sessions_and_says_that_its_totals_are_no_whole() -> None:
    world = World()
    assert swept(world, rows_at_once=3) is False
    assert stored_slices(world) == [3 * DAY]
    assert len(world.timed_out()) == 4
    world.set_clock(4 * DAY)
    world.send(world.event(4 * DAY))
    world.set_clock(4 * DAY + 60)
    reads = world.table.rows_read
    assert world.sweep().closed == 1
    assert world.table.rows_read - reads < 12, "what lies before is not read again"
    assert timer_of(world.table.items[timer_key(LEARNER)]).totalled is False


def test_totals_of_a_long_timeline_that_cannot_be_read_do_not_lead_to_its_reading(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()
    assert swept(world, rows_at_once=3) is False
    for key, row in total_rows(world).items():
        world.table.items[key] = row | {"body": b"KLUv not a frame"}
    calls: list[int] = []
    monkeypatch.setattr(TotalsOfTimeline, "store_before", lambda _self, from_us: calls.append(from_us))
    world.set_clock(5 * DAY)
    world.send(world.event(5 * DAY))
    world.set_clock(5 * DAY + 60)
    result = world.sweep()
    assert (result.closed, result.failed, result.unreadable, calls) == (1, 0, 0, [])
