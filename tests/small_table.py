"""A table of the lake with one column of each type, and few rows: for tests of what holds for every table."""

from copy import replace
from typing import Any

from functions.lake.iceberg.relations import declared_columns, listed, select_files
from functions.lake.iceberg.snapshots import live_files
from functions.lake.merging import apply, merge_by_key
from functions.lake.opened_lake import Lake
from functions.lake.tables.column import Column, ColumnType, Row, TableDefinition

COLUMNS: dict[str, ColumnType] = {
    "day": "date",
    "app": "string",
    "id": "string",
    "content": "string",
    "received": "time",
    "right": "boolean",
    "attempt": "int",
    "size": "long",
    "score": "double",
    "tags": "strings",
    "metrics": "numbers",
}


def _column(name: str, kind: ColumnType) -> Column:
    return Column(name, kind, f"The {name}.", lambda said: said.get(name), unit="points" if name == "score" else "")


SMALL = TableDefinition(
    name="small",
    about="Small rows.",
    columns=tuple(_column(name, kind) for name, kind in COLUMNS.items()),
    key=("app", "id"),
    precedence=("content", "received"),
    sort=("app", "id"),
    scope=("app",),
)
UNDIVIDED = replace(SMALL, name="undivided", partition="")
MONDAY, TUESDAY = "2026-03-02", "2026-03-03"


def row(identifier: str, content: str = "b", **said: Any) -> Row:
    """A row; what is not said is as in any other."""
    return SMALL.row({"day": MONDAY, "app": "a", "id": identifier, "content": content, "received": 5} | said)


def put(lake: Lake, *rows: Row, definition: TableDefinition = SMALL, **how: Any) -> int:
    """Merge rows by their keys and commit."""
    return apply(lake, merge_by_key(lake, definition, rows, **how))


def held(lake: Lake, *names: str, definition: TableDefinition = SMALL) -> list[tuple[Any, ...]]:
    """Columns of all rows, sorted."""
    table = lake.catalog.existing(definition)
    files = [file.file_path for file in live_files(table, definition)] if table else []
    select = f"SELECT {listed(names)} FROM {select_files(declared_columns(definition), files)}"
    return sorted(lake.connection.execute(select).fetchall(), key=repr)
