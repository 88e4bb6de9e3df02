"""How long a sweep waits before it tries again, how much it does at once, and that its counts are those of all."""

from typing import Any

import pytest

from functions.core.sessions.sitting import Sitting
from functions.core.times import DAY_US, MINUTE_US
from functions.store import keys
from functions.store.facts.walk import WALK_KEY, WalkRow, walk_of, walk_row
from functions.timeout.context import SweepResult, back_off_us
from functions.timeout.evaluation import Ending, Evaluation
from functions.timeout.ids.step import STEP_MINUTES, is_step
from functions.timeout.ids.walk import FIRST_PAGES, STEPS, walk_on
from functions.timeout.mark import BACK_OFF_US, LONGEST_BUS_US
from functions.timeout.outbox import ENDING_BYTES, ENDINGS_AT_ONCE, outbox_entry, portions
from functions.timeout.progress import ROWS_AT_ONCE, Progress
from functions.timeout.turns import TIMERS_EACH, shares
from tests.unit.query.world import World as QueryWorld
from tests.world import NINE_US, World


def test_waits_double_from_the_first_to_the_longest() -> None:
    waits = [back_off_us(tried, first_us=BACK_OFF_US) / MINUTE_US for tried in range(9)]
    assert waits == [0, 15, 30, 60, 120, 240, 480, 960, 1440]
    assert back_off_us(10_000, first_us=BACK_OFF_US) == DAY_US
    bus = [back_off_us(tried, first_us=MINUTE_US, longest_us=LONGEST_BUS_US) / MINUTE_US for tried in range(1, 9)]
    assert bus == [1, 2, 4, 8, 16, 32, 60, 60]


def test_the_counts_of_a_sweep_are_those_of_all_its_timelines() -> None:
    result = SweepResult(1, 2, 3, 4, 5, 6, 7, 8, {"A"}, incomplete=False)
    other = SweepResult(10, 20, 30, 40, 50, 60, 70, 80, {"B"}, incomplete=True)
    result.add(other)
    assert result == SweepResult(11, 22, 33, 44, 55, 66, 77, 88, {"A", "B"}, incomplete=True)
    result.add(SweepResult())
    assert result.incomplete
    assert len(SweepResult.__struct_fields__) == 10


def test_a_sweep_that_found_nothing_counts_nothing() -> None:
    result = SweepResult()
    assert result == SweepResult(0, 0, 0, 0, 0, 0, 0, 0, set(), incomplete=False)


def ending(size: int = 0) -> Ending:
    sitting: Any = Sitting(
        session="s",
        explicit=True,
        app=None,
        edapp=None,
        started_us=NINE_US,
        last_activity_us=NINE_US,
        last_arrival_us=NINE_US,
        timeout_us=MINUTE_US,
    )
    return Ending(sitting=sitting, event={"x": "y" * size}, notices=())


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (1, [1]), (200, [200]), (201, [200, 1]), (401, [200, 200, 1])])
def test_at_most_two_hundred_endings_are_decided_together(count: int, sizes: list[int]) -> None:
    endings = [ending() for _ in range(count)]
    parts = list(portions(endings))
    assert [len(part) for part in parts] == sizes
    assert [kept for part in parts for kept in part] == endings
    assert ENDINGS_AT_ONCE == 200


def test_endings_are_decided_together_as_far_as_the_timer_can_hold_them() -> None:
    third = ending(ENDING_BYTES // 3)
    assert [len(part) for part in portions([third] * 5)] == [2, 2, 1]
    assert [len(part) for part in portions([ending(2 * ENDING_BYTES)] * 2)] == [1, 1], "each goes alone, however large"


def test_an_entry_of_the_outbox_says_when_its_timed_outs_were_decided() -> None:
    assert outbox_entry([{"id": "a"}], now_us=7) == {"decided": 7, "events": [{"id": "a"}]}


@pytest.mark.parametrize(
    ("endings", "rows", "full"),
    [
        (0, 0, False),
        (ENDINGS_AT_ONCE - 1, 0, False),
        (ENDINGS_AT_ONCE, 0, True),
        (0, ROWS_AT_ONCE - 1, False),
        (0, 100, True),
    ],
)
def test_changes_are_stored_before_they_are_too_many_to_hold(endings: int, rows: int, full: bool) -> None:
    stored: Any = {("p", str(number)): None for number in range(rows)}
    changes = Evaluation(endings=[ending() for _ in range(endings)], rows=stored)
    assert Progress(changes=changes).is_full is full


@pytest.mark.parametrize("second", [0, 1, 59])
def test_the_ids_are_walked_through_a_step_at_a_time(second: int) -> None:
    steps = [minute for minute in range(4 * STEP_MINUTES) if is_step(minute * MINUTE_US + second * 1_000_000)]
    assert steps == [0, STEP_MINUTES, 2 * STEP_MINUTES, 3 * STEP_MINUTES]


@pytest.mark.parametrize(
    ("due", "most", "groups"),
    [
        ({}, 8, 1),
        ({"a": 2 * TIMERS_EACH - 1, "b": 0}, 8, 1),
        ({"a": TIMERS_EACH, "b": TIMERS_EACH}, 8, 2),
        ({"a": 9 * TIMERS_EACH, "b": 0}, 8, 2),
        (dict.fromkeys("abcdefgh", TIMERS_EACH), 3, 3),
    ],
)
def test_a_sweep_is_shared_if_that_pays(due: dict[str, int], most: int, groups: int) -> None:
    shared = shares(due, most=most)
    assert len(shared) == groups
    assert sorted(shard for group in shared for shard in group) == sorted(due)
    sizes = [sum(due[shard] for shard in group) for group in shared]
    if len(due) == 8:
        assert max(sizes) - min(sizes) <= TIMERS_EACH


@pytest.mark.parametrize(
    ("walk", "scans"),
    [
        (None, FIRST_PAGES),
        (WalkRow(whole=1), 1),
        (WalkRow(whole=STEPS), 1),
        (WalkRow(whole=STEPS + 1), 2),
        (WalkRow(whole=3 * STEPS), 3),
    ],
)
def test_a_step_of_the_walk_reads_its_share_of_the_index(walk: WalkRow | None, scans: int) -> None:
    world = QueryWorld()
    world.send(*(world.event(minute) for minute in range(30)))
    if walk is not None:
        world.table.put_all([walk_row(walk)])
    world.table.page_rows = 1
    world.walk()
    assert world.calls.counts["scan"] == scans
    reached = walk_of(world.table.items[WALK_KEY])
    assert reached.pages == scans
    assert reached.whole == (0 if walk is None else walk.whole)
    assert FIRST_PAGES == 10


def test_a_walk_without_time_reads_one_page_and_goes_on_behind_it() -> None:
    world = QueryWorld()
    world.send(*(world.event(minute) for minute in range(30)))
    world.table.page_rows = 2
    walk_on(world.sweep_context(), time_left=lambda: False)
    assert world.calls.counts["scan"] == 1
    assert walk_of(world.table.items[WALK_KEY]).after is not None


def test_a_walk_that_reached_the_end_begins_anew_and_knows_how_long_the_index_is() -> None:
    world = QueryWorld()
    world.send(*(world.event(minute) for minute in range(3)))
    world.walk()
    assert walk_of(world.table.items[WALK_KEY]) == WalkRow(after=None, pages=0, whole=1)


def test_a_step_of_the_walk_notices_contents_of_one_id_that_lie_on_several_pages() -> None:
    world = QueryWorld()
    event = world.event(0)
    for number in range(3):
        world.send(event | {"actor": f"urn:x:learner{number}"})
    world.send(*(world.event(minute) for minute in range(4)))
    world.table.page_rows = 1
    assert world.walk() == 2
    assert world.calls.counts["scan"] > 3


def test_a_sweep_counts_all_ends_of_a_timeline_whose_changes_are_stored_in_portions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("functions.timeout.progress.ROWS_AT_ONCE", 2)
    world = World()
    world.send(*(world.event(-1440 * day) for day in range(7)))
    world.set_clock(31)
    result = world.sweep()
    assert (result.evaluated, result.closed, result.sent) == (1, 7, 7)


@pytest.mark.slow
def test_an_event_that_comes_between_reading_and_deciding_keeps_its_sitting_open() -> None:
    """Whichever call of the sweep it comes before: the end is never sooner than its timeout."""
    calls_of_a_sweep = 0
    for number in range(1, 30):
        world = World()
        world.send(world.event(0))
        world.set_clock(30)
        before = world.calls.total
        late = world.event(29)
        world.calls.interrupt(before + number, lambda w=world, e=late: w.send(e))  # type: ignore[misc]
        world.sweep()
        if world.calls.interruptions:
            break
        calls_of_a_sweep = number
        queued = {event["eventTime"][11:16] for event in world.drain()}
        stored = [key for key in world.table.items if key[1].startswith(keys.EVENT)]
        if not queued:
            assert len(stored) == 2
            world.set_clock(61)
            world.sweep()
            assert {event["eventTime"][11:16] for event in world.drain()} == {"09:29"}
    assert calls_of_a_sweep > 3
