"""Relations for DuckDB: the rows of Parquet files, and rows of Python, with the columns that a table has."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import orjson
from pyiceberg.table import Table

from functions.lake.iceberg.schema import column_type
from functions.lake.tables.column import DUCKDB_TYPES, ColumnType, Row, TableDefinition

LARGEST_ROW_BYTES = 64 << 20  # of a row as JSON; an item is at most 256 KiB, six times that with every byte escaped

type Columns = Mapping[str, str]  # name → type as DuckDB names it


def declared_columns(definition: TableDefinition) -> Columns:
    """The columns that this version of the code knows."""
    return {column.name: DUCKDB_TYPES[column.type] for column in definition.columns}


def stored_columns(table: Table) -> Columns:
    """The columns that the table has now: perhaps more, if a newer version has written to it."""
    return {field.name: DUCKDB_TYPES[column_type(field.field_type)] for field in table.schema().fields}


def listed(columns: Iterable[str]) -> str:
    """Columns for a SELECT, in order."""
    return ", ".join(f'"{name}"' for name in columns)


def nothing(columns: Columns) -> str:
    """A query of no rows with columns of the right types."""
    typed = ", ".join(f'NULL::{kind} AS "{name}"' for name, kind in columns.items())
    return f"SELECT {typed} WHERE false"


def select_files(columns: Columns, locations: Iterable[str], *, with_file: bool = False) -> str:
    """All rows of Parquet files with these columns: NULL if a file is older than the column."""
    wanted = {**columns, "filename": "VARCHAR"} if with_file else columns
    files = ", ".join(map(quoted, locations))
    if not files:
        return f"({nothing(wanted)})"
    options = "union_by_name = true, hive_partitioning = false" + (", filename = true" if with_file else "")
    read = f"SELECT * FROM read_parquet([{files}], {options})"  # noqa: S608  quoted
    return f"(SELECT {listed(wanted)} FROM ({nothing(wanted)} UNION ALL BY NAME {read}))"  # noqa: S608  names of columns


def quoted(text: str) -> str:
    """A string as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def select_rows(definition: TableDefinition, file: Path, names: Sequence[str] = ()) -> str:
    """The rows that `save_rows` wrote, or the named columns of them."""
    columns = [column for column in definition.columns if not names or column.name in names]
    stored = ", ".join(f'"{column.name}": {quoted(_as_json(column.type))}' for column in columns)
    read = ", ".join(
        f'make_timestamptz("{it.name}") AS "{it.name}"' if it.type == "time" else f'"{it.name}"' for it in columns
    )
    options = f"format = 'newline_delimited', compression = 'none', maximum_object_size = {LARGEST_ROW_BYTES}"
    return f"(SELECT {read} FROM read_json({quoted(str(file))}, {options}, columns = {{{stored}}}))"  # noqa: S608  as above


def _as_json(name: ColumnType) -> str:
    return "BIGINT" if name == "time" else DUCKDB_TYPES[name]


def save_rows(rows: Iterable[Row], file: Path) -> Path:
    """Write rows as NDJSON, which DuckDB reads faster than it takes them one by one."""
    with file.open("wb") as out:
        for row in rows:
            out.write(orjson.dumps(row))
            out.write(b"\n")
    return file
