"""Snapshots: which files are live on which days, one commit for all that changes, the end of old ones."""

from copy import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.table import Table

from functions.lake.iceberg.snapshots import commit, data_files, day_of, end_snapshots, expire, live_files, referenced
from functions.lake.opened_lake import Lake
from tests.lake_world import LakeWorld
from tests.small_table import MONDAY, SMALL, TUESDAY, UNDIVIDED, held, put, row

pytestmark = pytest.mark.slow

MON, TUE = date.fromisoformat(MONDAY), date.fromisoformat(TUESDAY)
SOON = timedelta(days=1)


@pytest.fixture
def table(lake: Lake) -> Table:
    """One file of each day and one of none, in one commit."""
    put(lake, row("m"), row("t", day=TUESDAY), row("n", day=None))
    return lake.catalog.table(SMALL)


def locations(table: Table) -> set[str]:
    return {file.file_path for file in live_files(table, SMALL)}


@pytest.mark.parametrize(
    "days", [None, set(), {MON}, {TUE}, {None}, {MON, TUE}, {MON, None}, {MON, TUE, None}, {date(2026, 3, 4)}]
)
def test_the_files_of_some_days_are_those_and_no_others(table: Table, days: set[date | None] | None) -> None:
    expected = {MON, TUE, None} if days is None else days & {MON, TUE, None}
    assert {day_of(file) for file in live_files(table, SMALL, days)} == expected


def test_of_a_table_without_partitions_all_files_are_live_on_any_day(lake: Lake) -> None:
    put(lake, row("x"), definition=UNDIVIDED)
    table = lake.catalog.table(UNDIVIDED)
    (file,) = live_files(table, UNDIVIDED)
    assert day_of(file) is None
    assert len(live_files(table, UNDIVIDED, {TUE})) == len(live_files(table, UNDIVIDED, set())) == 1


def test_one_commit_puts_files_in_place_of_others(lake: Lake, table: Table) -> None:
    files, snapshots = {day_of(file): file for file in live_files(table, SMALL)}, len(table.snapshots())
    commit(table, add=[], remove=[files[MON], files[None]])
    after = lake.catalog.table(SMALL)
    assert locations(after) == {files[TUE].file_path}
    assert len(after.snapshots()) == snapshots + 1
    commit(after, add=[files[MON]], remove=[files[TUE]])
    assert locations(lake.catalog.table(SMALL)) == {files[MON].file_path}
    commit(lake.catalog.table(SMALL), add=[files[TUE]], remove=[])
    assert locations(lake.catalog.table(SMALL)) == {files[MON].file_path, files[TUE].file_path}
    assert held(lake, "id") == [("m",), ("t",)]


def test_nothing_to_change_is_no_commit(lake: Lake, table: Table) -> None:
    commit(table, add=[], remove=[])
    assert lake.catalog.table(SMALL).metadata_location == table.metadata_location


def test_a_commit_that_was_overtaken_is_refused(lake: Lake, table: Table) -> None:
    put(lake, row("x"))
    with pytest.raises(CommitFailedException):
        commit(table, add=[], remove=live_files(table, SMALL))
    assert len(held(lake, "id")) == 4


def three_commits(lake: Lake) -> Table:
    for name in "abc":
        put(lake, row(name))
    return lake.catalog.table(SMALL)


def test_old_snapshots_are_forgotten_and_the_current_one_never(lake: Lake) -> None:
    table = three_commits(lake)
    current = table.current_snapshot()
    assert current is not None
    now = datetime.fromtimestamp(current.timestamp_ms / 1000, UTC)
    assert expire(table, before=now - SOON) == 0
    assert len(lake.catalog.table(SMALL).snapshots()) == 3
    assert expire(lake.catalog.table(SMALL), before=now + SOON) == 2
    assert [snapshot.snapshot_id for snapshot in lake.catalog.table(SMALL).snapshots()] == [current.snapshot_id]
    assert expire(lake.catalog.table(SMALL), before=now + SOON) == 0
    assert len(held(lake, "id")) == 3


def test_a_snapshot_of_the_very_instant_is_kept(lake: Lake) -> None:
    table = three_commits(lake)
    second = sorted(table.snapshots(), key=lambda snapshot: snapshot.sequence_number or 0)[1]
    earlier = sum(snapshot.timestamp_ms < second.timestamp_ms for snapshot in table.snapshots())
    assert expire(table, before=datetime.fromtimestamp(second.timestamp_ms / 1000, UTC)) == earlier
    assert second.snapshot_id in {snapshot.snapshot_id for snapshot in lake.catalog.table(SMALL).snapshots()}


def test_a_table_that_has_no_snapshot_has_none_to_forget(lake: Lake) -> None:
    table = lake.catalog.table(SMALL)
    assert expire(table, before=datetime.now(UTC) + SOON) == 0
    end_snapshots(table, [])
    assert lake.catalog.table(SMALL).metadata_location == table.metadata_location
    assert referenced(table) == {table.metadata_location}


def test_the_files_of_snapshots_are_those_that_each_of_them_reads(lake: Lake) -> None:
    put(lake, row("a", "b"))
    first = lake.catalog.table(SMALL)
    put(lake, row("a", "a"))  # in its place
    table = lake.catalog.table(SMALL)
    earlier, current = first.current_snapshot(), table.current_snapshot()
    assert earlier is not None
    assert current is not None
    assert data_files(table, [earlier]) == locations(first) != locations(table) == data_files(table, [current])
    assert data_files(table, [earlier, current]) == locations(first) | locations(table)
    assert data_files(table, []) == set()


def test_everything_that_a_reader_may_need_is_referred_to(lake: Lake, world: LakeWorld) -> None:
    put(lake, row("a", "b"))
    put(lake, row("a", "a"))
    objects = {f"s3://{bucket}/{key}" for bucket, key in world.s3.objects}
    assert referenced(lake.catalog.table(SMALL)) == objects  # earlier snapshots and metadata too
    world.store.put(f"{lake.catalog.location_of('small')}/data/x.parquet", b"of a run that died")
    assert referenced(lake.catalog.table(SMALL)) == objects


def test_of_many_earlier_metadata_files_the_last_twenty_are_kept(lake: Lake, world: LakeWorld) -> None:
    narrow = replace(SMALL, columns=SMALL.columns[:5])
    for number in range(23):
        newer = replace(narrow.columns[0], about=f"Of {number}.")
        lake.catalog.table(replace(narrow, columns=(newer, *narrow.columns[1:])))
    files = [key for _, key in world.s3.objects if key.endswith(".metadata.json")]
    assert len(files) == 21
