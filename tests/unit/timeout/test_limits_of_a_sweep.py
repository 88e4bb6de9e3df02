"""How long a sweep waits before it tries again, how much it does at once, and that its counts are those of all."""

from dataclasses import fields
from typing import Any

import pytest

from functions.core.sessions.sitting import Sitting
from functions.core.times import DAY_US, MINUTE_US
from functions.timeout.context import SweepResult, back_off_us
from functions.timeout.evaluation import Ending, Evaluation
from functions.timeout.ids.walk import STEP_MINUTES, is_step
from functions.timeout.mark import BACK_OFF_US, LONGEST_BUS_US
from functions.timeout.outbox import ENDING_BYTES, ENDINGS_AT_ONCE, outbox_entry, portions
from functions.timeout.progress import ROWS_AT_ONCE, Progress
from functions.timeout.turns import TIMERS_EACH, shares
from tests.world import NINE_US


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
    assert len(fields(SweepResult)) == 10


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


def test_the_ids_are_walked_through_a_step_at_a_time() -> None:
    steps = [minute for minute in range(4 * STEP_MINUTES) if is_step(minute * MINUTE_US)]
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
