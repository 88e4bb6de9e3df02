"""Snapshots of a table: the data files it consists of, one commit that changes them, and the end of old ones.

Uses what pyiceberg's snapshot producers offer for single files; so the exact version is pinned.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from pyiceberg.expressions import AlwaysTrue, BooleanExpression, In, IsNull, Or
from pyiceberg.io import FileIO
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Snapshot

from functions.lake.iceberg.parquet import EPOCH
from functions.lake.tables.column import TableDefinition


def day_of(file: DataFile) -> date | None:
    """The partition of a data file; None if its events have no possible day, or the table has no partitions."""
    days = file.partition[0] if len(file.partition) else None
    return None if days is None else EPOCH + timedelta(days=days)


def live_files(
    table: Table, definition: TableDefinition, days: Collection[date | None] | None = None
) -> list[DataFile]:
    """The data files of the current snapshot; of some days only if they are given and the table is partitioned."""
    chosen: BooleanExpression = AlwaysTrue()
    if definition.partition and days is not None:
        chosen = _in(definition.partition, [day.isoformat() for day in days if day is not None])
        if None in days:
            chosen = Or(chosen, _is_null(definition.partition))
    return [task.file for task in table.scan(row_filter=chosen).plan_files()]


# The models take their fields by position, which mypy's plugin for them denies.
_in_class: Any = In
_is_null_class: Any = IsNull


def _in(name: str, values: Sequence[str]) -> BooleanExpression:
    expression: BooleanExpression = _in_class(name, values)
    return expression


def _is_null(name: str) -> BooleanExpression:
    expression: BooleanExpression = _is_null_class(name)
    return expression


def commit(table: Table, *, add: Sequence[DataFile], remove: Sequence[DataFile]) -> None:
    """One snapshot with `add` in place of `remove`; all of it or nothing.

    Raises CommitFailedException if another commit came between `table` and this one.
    """
    if not add and not remove:
        return
    with table.transaction() as transaction:
        update = transaction.update_snapshot()
        with update.overwrite() if remove else update.fast_append() as snapshot:
            for file in remove:
                snapshot.delete_data_file(file)
            for file in add:
                snapshot.append_data_file(file)


def expire(table: Table, *, before: datetime) -> int:
    """Forget the snapshots that were replaced before an instant; how many. Their files stay (see `referenced`)."""
    current = table.current_snapshot()
    before_ms = round(before.timestamp() * 1000)
    old = [
        snapshot
        for snapshot in table.snapshots()
        if snapshot.timestamp_ms < before_ms and (current is None or snapshot.snapshot_id != current.snapshot_id)
    ]
    end_snapshots(table, old)
    return len(old)


def end_snapshots(table: Table, snapshots: Sequence[Snapshot]) -> None:
    """Forget snapshots, in one commit."""
    if snapshots:
        table.maintenance.expire_snapshots().by_ids([snapshot.snapshot_id for snapshot in snapshots]).commit()


def data_files(table: Table, snapshots: Iterable[Snapshot]) -> set[str]:
    """The location of every data file of some snapshots."""
    manifests = {
        manifest.manifest_path: manifest for snapshot in snapshots for manifest in snapshot.manifests(table.io)
    }
    return {location for manifest in manifests.values() for location in _data_files(manifest, table.io)}


def referenced(table: Table) -> set[str]:
    """The location of every file that the table's metadata, manifests and kept snapshots refer to."""
    metadata = table.metadata
    known = {table.metadata_location, *(entry.metadata_file for entry in metadata.metadata_log)}
    known |= {statistics.statistics_path for statistics in metadata.statistics}
    for snapshot in metadata.snapshots:
        known.add(snapshot.manifest_list)
    seen: set[str] = set()
    for snapshot in metadata.snapshots:
        for manifest in snapshot.manifests(table.io):
            if manifest.manifest_path in seen:
                continue
            seen.add(manifest.manifest_path)
            known |= set(_data_files(manifest, table.io))
    return known | seen


def _data_files(manifest: object, io: FileIO) -> Iterator[str]:
    entries: Iterable[object] = manifest.fetch_manifest_entry(io, discard_deleted=True)  # type: ignore[attr-defined]
    for entry in entries:
        yield entry.data_file.file_path  # type: ignore[attr-defined]
