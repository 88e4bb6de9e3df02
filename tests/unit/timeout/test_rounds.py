"""Which timers a sweep evaluates, round by round, what it counts of them, and what it raises at the end."""

from collections.abc import Callable, Iterable, Sequence
from copy import replace
from itertools import count
from typing import Any

import pytest

from functions.core.errors import TransientError
from functions.core.times import MINUTE_US
from functions.store import keys
from functions.store.bus import Unpublished
from functions.store.dynamodb.table import Key, Page, Row
from functions.store.rows.timers import timer_key, timer_of, timer_row
from functions.timeout import due_timer, turns
from functions.timeout import sweep as sweep_module
from functions.timeout.context import SweepResult
from functions.timeout.due_timer import DueTimer
from functions.timeout.sweep import sweep
from tests.fakes import FailingBus
from tests.world import TENANT, World


def partition(learner: str) -> str:
    return keys.learner_pk(TENANT, learner)


def learners(world: World, number: int, *, shards: int = keys.DUE_SHARDS) -> list[str]:
    """So many learners whose timers lie in that many shards, each with one event at 9 o'clock."""
    names = (f"urn:x:{each}" for each in count())
    first = [f"I#{shard:02d}" for shard in range(shards)]
    chosen = [next(name for name in names if keys.due_shard(partition(name)) in first) for _ in range(number)]
    for name in chosen:
        world.send(world.event(0) | {"actor": name})
    return chosen


def damage(world: World, learner: str) -> None:
    """Let the timer of a learner be one that cannot be read."""
    row = world.table.items[timer_key(partition(learner))]
    world.table.items[timer_key(partition(learner))] = {name: row[name] for name in row if name != "from"}


def queries_of(
    world: World, monkeypatch: pytest.MonkeyPatch, fails: Callable[[str], bool] = lambda _pk: False
) -> list[str]:
    """The partitions that are partitions from now on; those that `fails` says give no answer."""
    query, partitions = world.table.query, []

    def queried(pk: str, **parameters: Any) -> Page:
        partitions.append(pk)
        if fails(pk):
            raise TransientError(f"throttled: {pk[:4]}")
        return query(pk, **parameters)

    monkeypatch.setattr(world.table, "query", queried)
    return partitions


@pytest.fixture
def world() -> World:
    world = World()
    world.set_clock(0)
    return world


@pytest.mark.parametrize(("timers", "queries"), [(0, 1), (1, 1), (2, 3), (3, 3), (5, 3), (6, 5)])
def test_a_shard_is_partitions_again_if_a_page_of_it_was_full(
    world: World, timers: int, queries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    learners(world, timers, shards=1)
    world.set_clock(31)
    partitions = queries_of(world, monkeypatch)
    result = world.sweep(shard_timers=2, shards=["I#00"])
    assert result.closed == timers
    assert not result.incomplete
    assert partitions.count("I#00") == queries, "two a page that is full, for both ends"


def test_a_timer_is_evaluated_once_a_sweep_though_it_stays_due(world: World) -> None:
    for learner in learners(world, 3, shards=1):
        damage(world, learner)
    world.set_clock(31)
    result = world.sweep(shard_timers=1)
    assert (result.evaluated, result.failed, result.errors) == (0, 2, {"KeyError"}), "one from each end of the shard"


def test_all_that_cannot_be_read_is_counted(world: World) -> None:
    for learner in learners(world, 5)[:3]:
        damage(world, learner)
    world.set_clock(31)
    result = world.sweep()
    assert (result.evaluated, result.failed, result.closed) == (2, 3, 2)


def test_a_timer_that_cannot_be_read_or_is_gone_keeps_no_other_of_its_portion_open(world: World) -> None:
    chosen = learners(world, 40)  # five to a portion
    for learner in chosen[::5]:
        damage(world, learner)
    get_all, gone = world.table.get_all, timer_key(partition(chosen[1]))

    def without(wanted: Iterable[Key], **how: Any) -> dict[Key, Row]:
        return {key: row for key, row in get_all(wanted, **how).items() if key != gone}

    world.table.get_all = without  # type: ignore[method-assign]
    world.set_clock(31)
    result = world.sweep()
    assert (result.failed, result.evaluated, result.closed) == (8, 31, 31)


def test_a_timer_that_was_tried_before_is_evaluated_once_a_sweep(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep_module, "TIMERS_AT_ONCE", 1)
    chosen = learners(world, 20)  # eight at a time
    for learner in chosen[:6]:
        key = timer_key(partition(learner))
        stored = timer_of(world.table.items[key])
        stored = replace(stored, timer=replace(stored.timer, tried=1))
        world.table.put_all([timer_row(key[0], stored, expires_s=2_000_000_000)])
    world.set_clock(31)
    result = world.sweep()
    assert (result.evaluated, result.closed) == (20, 20)


def test_shards_that_another_invocation_has_taken_are_asked_no_second_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "TIMERS_EACH", 1)
    learners(world, 40)
    world.set_clock(31)
    partitions = queries_of(world, monkeypatch)
    taken: list[str] = []

    def hand_over(group: Sequence[str]) -> bool:
        taken.extend(group)
        return True

    sweep(world.context(shard_timers=1), time_left=lambda: True, hand_over=hand_over)
    asked_again = {shard for shard in partitions if partitions.count(shard) > 2}
    assert asked_again
    assert asked_again.isdisjoint(taken)


def test_only_the_shards_that_were_handed_over_are_swept(world: World) -> None:
    chosen = learners(world, 12)
    by_shard = {name: keys.due_shard(partition(name)) for name in chosen}
    assert len(set(by_shard.values())) > 3
    world.set_clock(31)
    own = sorted(set(by_shard.values()))[:2]
    result = world.sweep(shards=own)
    assert result.closed == sum(shard in own for shard in by_shard.values())


def test_shards_that_are_taken_are_left_to_the_other_and_the_rest_are_swept_here(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "TIMERS_EACH", 1)
    chosen = learners(world, 24)
    by_shard = {name: keys.due_shard(partition(name)) for name in chosen}
    world.set_clock(31)
    offered: list[Sequence[str]] = []

    def hand_over(group: Sequence[str]) -> bool:
        offered.append(list(group))
        return len(offered) % 2 == 1

    result = sweep(world.context(), time_left=lambda: True, hand_over=hand_over)
    assert len(offered) == world.context().settings.sweep_invocations - 1 >= 2
    taken = {shard for group in offered[::2] for shard in group}
    assert result.closed == sum(shard not in taken for shard in by_shard.values())
    assert 0 < result.closed < len(chosen)
    left = {keys.due_shard(pk) for pk in world.pending()}
    assert left <= taken


def test_a_sweep_without_time_says_that_it_is_incomplete_and_one_with_nothing_due_does_not(world: World) -> None:
    assert world.sweep(time_left=lambda: False).incomplete is False
    learners(world, 1)
    world.set_clock(31)
    result = world.sweep(time_left=lambda: False)
    assert (result.incomplete, result.evaluated) == (True, 0)
    assert world.sweep().incomplete is False


def test_time_that_runs_out_before_a_timer_that_was_read_leaves_it_due(world: World) -> None:
    learners(world, 1)
    world.set_clock(31)
    left = iter([True, True, False])
    result = world.sweep(time_left=lambda: next(left, False))
    assert (result.incomplete, result.evaluated, result.rows) == (True, 0, 0)
    assert len(world.pending()) == 1


def test_a_shard_that_cannot_be_read_fails_the_sweep_after_all_others_were_swept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = learners(world, 12)
    broken = keys.due_shard(partition(chosen[0]))
    world.set_clock(31)
    queries_of(world, monkeypatch, lambda pk: pk == broken)
    with pytest.raises(TransientError):
        world.sweep()
    assert {keys.due_shard(pk) for pk in world.pending()} == {broken}


def test_after_a_failure_no_further_round_begins(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = learners(world, 6, shards=1)
    world.set_clock(31)
    queries = queries_of(world, monkeypatch, lambda pk: pk == partition(chosen[0]))
    with pytest.raises(TransientError):
        world.sweep(shard_timers=2, shards=["I#00"])
    assert queries.count("I#00") == 2
    assert len(world.pending()) >= 3


def test_the_first_failure_is_the_one_that_is_raised(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    learners(world, 3)
    world.set_clock(31)
    queries_of(world, monkeypatch, lambda pk: pk == "I#00" or not pk.startswith("I#"))
    with pytest.raises(TransientError, match="I#00"):
        world.sweep()


@pytest.mark.parametrize("timelines", [1, 3])
def test_it_is_said_how_many_timelines_have_notices_that_wait(world: World, timelines: int) -> None:
    learners(world, timelines)
    world.bus = FailingBus()
    world.set_clock(31)
    with pytest.raises(Unpublished, match=f"^{timelines} timelines have notices that wait for the bus$"):
        world.sweep()


def test_a_failure_of_the_bus_is_raised_behind_any_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    learners(world, 3)
    world.bus = FailingBus()
    world.set_clock(31)
    queries_of(world, monkeypatch, lambda pk: pk == "I#15")
    with pytest.raises(TransientError, match="throttled"):
        world.sweep()


@pytest.mark.parametrize(("rows", "rests"), [(1, False), (2, True), (3, True)])
def test_a_timeline_rests_if_its_reading_took_a_minute(
    world: World, rows: int, rests: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (due_timer.ROW_US, due_timer.REST_US) == (10_000, MINUTE_US)
    monkeypatch.setattr(due_timer, "ROW_US", MINUTE_US // 2)
    learner = "urn:x:0"
    world.send(*(world.event(minute) | {"actor": learner} for minute in range(rows)))
    world.set_clock(40)
    assert world.sweep().rows == rows
    stored = timer_of(world.table.items[timer_key(partition(learner))])
    assert stored.resting_until_us == (world.now_us + rows * MINUTE_US // 2 if rests else 0)


@pytest.mark.parametrize(("seconds", "is_due"), [(-1, True), (0, True), (1, False)])
@pytest.mark.parametrize("rests", [True, False])
def test_a_timeline_is_read_from_the_moment_on_at_which_it_is_due_and_has_rested(
    world: World, seconds: int, is_due: bool, rests: bool
) -> None:
    (learner,) = learners(world, 1)
    world.set_clock(40)
    pk = partition(learner)
    stored = timer_of(world.table.items[timer_key(pk)])
    at_us = world.now_us + seconds * 1_000_000
    if rests:
        stored = replace(stored, resting_until_us=at_us)
    else:
        stored = replace(stored, timer=replace(stored.timer, due_us=at_us))
    world.table.put_all([timer_row(pk, stored, expires_s=2_000_000_000)])
    result = SweepResult()
    DueTimer(world.context(), pk, stored, result, time_left=lambda: True).evaluate()
    assert (result.rows > 0, result.closed > 0) == (is_due, is_due)
