"""The nightly work, table by table: which files are merged, as many as the time allows; what is deleted."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from functions.lake import maintenance
from functions.lake.iceberg.snapshots import day_of, live_files
from functions.lake.maintenance import Maintained, delete_unreferenced, maintain, merge_files
from functions.lake.opened_lake import Lake
from functions.lake.tables.column import TableDefinition
from tests.lake_world import LakeWorld, always
from tests.small_table import MONDAY, SMALL, TUESDAY, UNDIVIDED, held, put, row

pytestmark = pytest.mark.slow


def loaded(lake: Lake, *, times: int = 3, definition: TableDefinition = SMALL) -> None:
    """Some files of a day and one of another; in a table without partitions, all of one."""
    for number in range(times):
        put(lake, row(f"{number}", "b" * (1 + 100 * number)), definition=definition)
    put(lake, row("alone", day=TUESDAY), definition=definition)


def sizes(lake: Lake) -> list[int]:
    files = live_files(lake.catalog.table(SMALL), SMALL)
    return sorted(file.file_size_in_bytes for file in files if str(day_of(file)) == MONDAY)


def test_the_small_files_of_a_day_become_one_and_no_row_changes(lake: Lake) -> None:
    loaded(lake)
    before = held(lake, *SMALL.names())
    assert merge_files(lake, SMALL, time_left=always) == 3
    assert len(sizes(lake)) == 1
    assert len(live_files(lake.catalog.table(SMALL), SMALL)) == 2
    assert held(lake, *SMALL.names()) == before
    assert merge_files(lake, SMALL, time_left=always) == 0


def test_a_file_as_large_as_is_worth_it_is_left(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded(lake)
    *_, largest = sizes(lake)
    monkeypatch.setattr(maintenance, "SMALL_BYTES", largest)
    assert merge_files(lake, SMALL, time_left=always) == 2
    assert largest in sizes(lake)


@pytest.mark.parametrize(("more", "merged"), [(0, 2), (-1, 0)])
def test_as_many_are_merged_as_can_be_sorted_at_once_the_smallest_first(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, more: int, merged: int
) -> None:
    loaded(lake)
    first, second, third = sizes(lake)
    assert first < second < third
    monkeypatch.setattr(maintenance, "MERGED_BYTES", first + second + more)
    assert merge_files(lake, SMALL, time_left=always) == merged
    assert third in sizes(lake)


def partitions(count: int) -> Callable[[], bool]:
    """Time for so many partitions."""
    left = iter([True] * count)
    return lambda: next(left, False)


def test_without_time_the_rest_is_left_to_the_next_night(lake: Lake) -> None:
    for number in range(2):
        put(lake, row(f"m{number}"), row(f"t{number}", day=TUESDAY))
    assert merge_files(lake, SMALL, time_left=partitions(0)) == 0
    assert merge_files(lake, SMALL, time_left=partitions(1)) == 2
    assert merge_files(lake, SMALL, time_left=partitions(1)) == 2
    assert len(live_files(lake.catalog.table(SMALL), SMALL)) == 2


def test_a_night_looks_after_each_table_that_is_there_and_says_what_it_did(lake: Lake, world: LakeWorld) -> None:
    loaded(lake)
    loaded(lake, times=2, definition=UNDIVIDED)
    now = datetime.now(UTC)
    done = maintain(lake, [SMALL], now=now + timedelta(hours=23), time_left=always)
    assert done == Maintained(merged=3)
    done = maintain(lake, [SMALL, UNDIVIDED], now=now + timedelta(hours=25), time_left=always)
    assert done == Maintained(merged=3, expired=7, deleted=done.deleted)
    assert done.as_dict() == {"merged": 3, "expired": 7, "deleted": done.deleted}
    assert done.deleted >= 6
    assert len(held(lake, "id")) == 4
    parquet = [key for _, key in world.s3.objects if key.endswith(".parquet")]
    assert len(parquet) == 3
    assert maintain(lake, [], now=now, time_left=always) == Maintained()


def test_a_table_that_is_not_there_is_not_made(lake: Lake, world: LakeWorld) -> None:
    assert maintain(lake, [SMALL], now=datetime.now(UTC), time_left=always) == Maintained()
    assert world.glue.tables == {}


def test_only_what_nothing_refers_to_and_is_old_is_deleted_of_this_table(lake: Lake, world: LakeWorld) -> None:
    put(lake, row("x"))
    put(lake, row("x"), definition=UNDIVIDED)
    for name in ("small/data/orphan", "small/y", "smaller/data/orphan"):
        world.store.put(f"{lake.catalog.warehouse}/{name}", b"")
    now = datetime.now(UTC)
    assert delete_unreferenced(lake, SMALL, before=now - timedelta(minutes=5)) == 0
    assert delete_unreferenced(lake, SMALL, before=now + timedelta(minutes=5)) == 2
    keys = {key for _, key in world.s3.objects}
    assert "smaller/data/orphan" in keys
    assert not {"small/data/orphan", "small/y"} & keys
    assert held(lake, "id") == held(lake, "id", definition=UNDIVIDED) == [("x",)]


def test_files_of_a_table_that_is_not_there_are_left(lake: Lake, world: LakeWorld) -> None:
    later = datetime.now(UTC) + timedelta(minutes=5)
    assert delete_unreferenced(lake, SMALL, before=later) == 0
    world.store.put(f"{lake.catalog.warehouse}/small/data/orphan", b"")
    assert delete_unreferenced(lake, SMALL, before=later) == 0
    assert len(world.s3.objects) == 1
