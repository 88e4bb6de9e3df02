"""New rows into a table: looked up by key, so that each key is there once, whatever is repeated; one commit a table.

Looked up, never sorted out of everything: only the files of the days in question are read, and only their key columns.
What must change is in a file that is written again; nothing is ever changed in place, so a run that dies leaves at most
files that no snapshot refers to.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from pyiceberg.manifest import DataFile
from pyiceberg.table import Table

from functions.lake.iceberg.parquet import write
from functions.lake.iceberg.relations import listed, save_rows, select_files, select_rows, stored_columns
from functions.lake.iceberg.snapshots import commit, day_of, live_files
from functions.lake.lookup import all_keys, same, with_same_key
from functions.lake.opened_lake import Lake
from functions.lake.tables.column import Row, TableDefinition, key_of, precedence_of

type Key = tuple[object, ...]


@dataclass(slots=True)
class Merge:
    """What is to change in one table: rows to add, and keys to drop by the file that they lie in.

    `further` are rows with the key of another one that is kept: arrivals of what is there already. `kept` has the key
    and precedence columns of those that are kept.
    """

    definition: TableDefinition
    table: Table
    files: dict[str, DataFile]
    add: list[Row] = field(default_factory=list)
    drop: dict[str, set[Key]] = field(default_factory=lambda: defaultdict(set))
    further: list[Row] = field(default_factory=list)
    kept: dict[Key, Row] = field(default_factory=dict)


def merge_by_key(
    lake: Lake, definition: TableDefinition, rows: Iterable[Row], *, rewrite: bool = False, days: Collection[str] = ()
) -> Merge:
    """Work out what `rows` change. Of one key the row with the lowest precedence is kept, old or new.

    `rewrite` lets a new row replace an equal one: its content is the same, but the code that made it may be newer.
    `days` are further partitions in which a key of `rows` may lie.
    """
    fresh: dict[Key, Row] = {}
    further: list[Row] = []
    for row in rows:
        key = key_of(definition, row)
        known = fresh.get(key)
        if known is None:
            fresh[key] = row
        elif precedence_of(definition, row) < precedence_of(definition, known):
            fresh[key] = row
            further.append(known)
        else:
            further.append(row)
    table = lake.catalog.table(definition)
    partitions: set[str | None] = {None, *days}
    if definition.partition:
        partitions |= {row[definition.partition] for row in fresh.values()}
    files = {file.file_path: file for file in live_files(table, definition, _dates(partitions))}
    merge = Merge(definition, table, files, further=further, kept=dict(fresh))
    add = dict(fresh)
    for held, file in with_same_key(lake, definition, fresh.values(), files):
        key = key_of(definition, held)
        new = fresh[key]
        lower = precedence_of(definition, new) < precedence_of(definition, held)
        if lower or (rewrite and precedence_of(definition, new) == precedence_of(definition, held)):
            merge.drop[file].add(key)
            if lower:
                merge.further.append({**new, **held})
        else:
            add.pop(key, None)
            merge.kept[key] = held
            merge.further.append(new)
    merge.add = list(add.values())
    return merge


def replace_in_scope(
    lake: Lake, definition: TableDefinition, rows: Iterable[Row], *, scopes: Collection[Key], days: Collection[str]
) -> Merge:
    """Work out what it takes that of `scopes` (values of the definition's scope columns) exactly `rows` are there.

    Only the partitions `days` are touched; every one of `rows` lies in one of them. A row that is there as it is stays.
    """
    fresh = {key_of(definition, row): row for row in rows}
    table = lake.catalog.table(definition)
    files = {file.file_path: file for file in live_files(table, definition, _dates(set(days)))}
    merge = Merge(definition, table, files, add=[])
    unchanged: set[Key] = set()
    wanted = set(scopes)
    for held, file in all_keys(lake, definition, files):
        if tuple(held[name] for name in definition.scope) not in wanted:
            continue
        key = key_of(definition, held)
        new = fresh.get(key)
        if (
            new is not None
            and precedence_of(definition, new) == precedence_of(definition, held)
            and key not in unchanged
        ):
            unchanged.add(key)
        else:
            merge.drop[file].add((*key, *precedence_of(definition, held)))
    merge.add = [row for key, row in fresh.items() if key not in unchanged]
    return merge


def apply(lake: Lake, merge: Merge) -> int:
    """Write and commit; how many rows were added. Raises CommitFailedException if another commit came between."""
    definition, scratch = merge.definition, lake.scratch
    add: list[DataFile] = []
    remove: list[DataFile] = []
    columns = stored_columns(merge.table)
    for location, keys in merge.drop.items():
        file = merge.files[location]
        remove.append(file)
        names = _dropped_by(definition, keys)
        gone = _keys_file(lake, names, keys)
        rest = (
            f"(SELECT {listed(columns)} FROM {select_files(columns, [location])} AS held "  # noqa: S608
            f"ANTI JOIN {select_rows(definition, gone, names)} AS gone ON {same(names, 'held', 'gone')})"
        )
        written = write(lake.connection, lake.store, merge.table, definition, rest, day=day_of(file), scratch=scratch)
        add += [written] if written else []
    for day, rows in _by_partition(definition, merge.add).items():
        staged = save_rows(rows, scratch / "staged.ndjson")
        written = write(
            lake.connection,
            lake.store,
            merge.table,
            definition,
            select_rows(definition, staged),
            day=date.fromisoformat(day) if day else None,
            scratch=scratch,
        )
        add += [written] if written else []
    commit(merge.table, add=add, remove=remove)
    return len(merge.add)


def _dropped_by(definition: TableDefinition, keys: Collection[Key]) -> Sequence[str]:
    """The columns that tell what is dropped: the key, and the precedence if two rows may have the key."""
    return definition.key if len(next(iter(keys))) == len(definition.key) else (*definition.key, *definition.precedence)


def _keys_file(lake: Lake, names: Sequence[str], keys: Iterable[Key]) -> Path:
    rows = [dict(zip(names, key, strict=True)) for key in keys]
    return save_rows(rows, lake.scratch / "gone.ndjson")


def _by_partition(definition: TableDefinition, rows: Iterable[Row]) -> dict[str | None, list[Row]]:
    parts: dict[str | None, list[Row]] = defaultdict(list)
    for row in rows:
        parts[row[definition.partition] if definition.partition else None].append(row)
    return parts


def _dates(days: Collection[str | None]) -> set[date | None]:
    return {None if day is None else date.fromisoformat(day) for day in days}
