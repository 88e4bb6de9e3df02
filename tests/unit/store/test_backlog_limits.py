"""How long a report of a worker counts, and that the newest reports are read."""

from typing import Any

import pytest

from functions.core.times import DAY_US, MINUTE_US
from functions.store import keys
from functions.store.backlog import HIDDEN_US, KEPT_US, LAG, NOTE_EVERY_US, BacklogReporter, lag_us
from functions.store.dynamodb.table import Page
from tests.fakes import MemoryQueue, MemoryTable
from tests.world import NINE_US

WEEK_US = 7 * DAY_US


def reported(table: MemoryTable, *, now_us: int = NINE_US, oldest_us: int = NINE_US) -> None:
    BacklogReporter().stored(table, now_us=now_us, oldest_us=oldest_us)


def lag(table: MemoryTable, now_us: int) -> int:
    queue = MemoryQueue()
    queue.backlog = 1
    return lag_us(table, queue, now_us=now_us)


def until_us(table: MemoryTable) -> set[Any]:
    return {row["until"] for (pk, _), row in table.items.items() if pk == LAG}


@pytest.mark.parametrize(
    ("age_us", "counts_us"),
    [
        (0, NOTE_EVERY_US),
        (NOTE_EVERY_US + 1, NOTE_EVERY_US + 1),
        (HIDDEN_US, HIDDEN_US),
        (HIDDEN_US + 1, HIDDEN_US),
        (WEEK_US, HIDDEN_US),
    ],
)
def test_a_report_counts_for_as_long_as_its_messages_are_old_and_for_ten_minutes_at_most(
    age_us: int, counts_us: int
) -> None:
    table = MemoryTable()
    reported(table, oldest_us=NINE_US - age_us)
    assert until_us(table) == {NINE_US + counts_us}
    assert HIDDEN_US == 10 * MINUTE_US


def test_a_dead_letter_of_days_ago_delays_the_sweep_for_ten_minutes_and_not_for_days() -> None:
    table = MemoryTable()
    reported(table, oldest_us=NINE_US - 2 * DAY_US)
    at_once, later = NINE_US + HIDDEN_US, NINE_US + HIDDEN_US + 1
    reported(table, now_us=at_once, oldest_us=at_once)
    assert lag(table, at_once) == 2 * DAY_US + HIDDEN_US
    reported(table, now_us=later, oldest_us=later)
    assert lag(table, later) < MINUTE_US


def test_reports_expire_a_day_after_the_queue_keeps_nothing_that_was_older() -> None:
    table = MemoryTable()
    reported(table)
    (row,) = [row for (pk, _), row in table.items.items() if pk == LAG]
    assert row[keys.TTL] == (NINE_US + KEPT_US) // 1_000_000
    assert KEPT_US == 8 * DAY_US


def test_the_sweep_reads_reports_consistently() -> None:
    """One that is a moment old may be the only one that tells of a backlog."""

    consistencies: set[bool] = set()

    class Recording(MemoryTable):
        def query(self, pk: str, **options: Any) -> Page:
            consistencies.add(options["consistent"])
            return super().query(pk, **options)

    table = Recording()
    reported(table)
    assert lag(table, NINE_US) == 0
    assert consistencies == {True}
