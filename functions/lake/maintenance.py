"""The nightly work on the tables: small files become one, old snapshots end, files that nothing refers to are deleted.

Iceberg leaves all three to the owner of a table. Merging files changes no row; deleting takes only what no snapshot,
manifest or metadata refers to and what is older than the longest run, so that a run under way keeps its files.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from pyiceberg.manifest import DataFile

from functions.lake.iceberg.parquet import write
from functions.lake.iceberg.relations import select_files, stored_columns
from functions.lake.iceberg.snapshots import commit, day_of, expire, live_files, referenced
from functions.lake.opened_lake import Lake
from functions.lake.tables.column import TableDefinition

SMALL_BYTES = 64 << 20  # a file that is worth merging
MERGED_BYTES = 256 << 20  # of the small files that become one: what a Lambda sorts with 1.2 GB
KEPT_HOURS = 24  # of an old snapshot: a query that runs meanwhile still reads it


@dataclass(slots=True)
class Maintained:
    """What was done: files merged away, snapshots ended, unreferenced files deleted."""

    merged: int = 0
    expired: int = 0
    deleted: int = 0

    def as_dict(self) -> dict[str, int]:
        """For a log line."""
        return asdict(self)


def maintain(
    lake: Lake, definitions: Iterable[TableDefinition], *, now: datetime, time_left: Callable[[], bool]
) -> Maintained:
    """Look after every table that is there, as far as the time goes; the next night goes on with the rest."""
    done = Maintained()
    before = now - timedelta(hours=KEPT_HOURS)
    for definition in definitions:
        if lake.catalog.existing(definition) is None:
            continue
        done.merged += merge_files(lake, definition, time_left=time_left)
        done.expired += expire(lake.catalog.table(definition), before=before)
        done.deleted += delete_unreferenced(lake, definition, before=before)
    return done


def merge_files(lake: Lake, definition: TableDefinition, *, time_left: Callable[[], bool]) -> int:
    """Make one file of the small files of each partition; how many files are gone. A commit for each partition."""
    small: dict[date | None, list[DataFile]] = defaultdict(list)
    for file in live_files(lake.catalog.table(definition), definition):
        if file.file_size_in_bytes < SMALL_BYTES:
            small[day_of(file)].append(file)
    gone = 0
    for day, files in small.items():
        chosen = _fitting(files)
        if len(chosen) < 2 or not time_left():
            continue
        table = lake.catalog.table(definition)
        merged = write(
            lake.connection,
            lake.store,
            table,
            definition,
            select_files(stored_columns(table), [file.file_path for file in chosen]),
            day=day,
            scratch=lake.scratch,
        )
        commit(table, add=[merged] if merged else [], remove=chosen)
        gone += len(chosen)
    return gone


def _fitting(files: list[DataFile]) -> list[DataFile]:
    """As many as can be sorted at once, smallest first."""
    chosen: list[DataFile] = []
    size = 0
    for file in sorted(files, key=lambda file: file.file_size_in_bytes):
        size += file.file_size_in_bytes
        if size > MERGED_BYTES:
            break
        chosen.append(file)
    return chosen


def delete_unreferenced(lake: Lake, definition: TableDefinition, *, before: datetime) -> int:
    """Delete the table's files that nothing refers to and that are older than `before`; how many.

    What is there is listed before what is referred to is read, so a file that is committed meanwhile is kept.
    """
    old = [
        location
        for location, changed in lake.store.listed(f"{lake.catalog.location_of(definition.name)}/")
        if changed < before
    ]
    if not old:
        return 0
    table = lake.catalog.existing(definition)
    if table is None:
        return 0
    needed = referenced(table)
    unneeded = [location for location in old if location not in needed]
    for location in unneeded:
        lake.store.delete(location)
    return len(unneeded)
