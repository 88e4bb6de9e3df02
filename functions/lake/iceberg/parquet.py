"""Parquet files of the lake: written and read by DuckDB, put by boto3, described as Iceberg wants it."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import orjson
from duckdb import DuckDBPyConnection
from pyiceberg.conversions import to_bytes
from pyiceberg.manifest import DataFile, DataFileContent, FileFormat
from pyiceberg.table import Table
from pyiceberg.typedef import Record
from pyiceberg.types import PrimitiveType

from functions.lake.iceberg.object_store import ObjectStore, RangeReads
from functions.lake.iceberg.schema import field_ids
from functions.lake.tables.column import DUCKDB_TYPES, ColumnType, Row, TableDefinition

EPOCH = date(1970, 1, 1)
LARGEST_ROW_BYTES = 64 << 20  # of a row as JSON; an item is at most 256 KiB, six times that with every byte escaped
ROW_GROUP_ROWS = 100_000
SETTINGS = {
    # Everything that is needed is linked into the wheel: nothing may be fetched at run time.
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


def connect(store: ObjectStore, *, memory: str = "", scratch: Path | None = None) -> DuckDBPyConnection:
    """A DuckDB in memory that reads `s3://` through `store`."""
    chosen: dict[str, Any] = SETTINGS | ({"memory_limit": memory} if memory else {})
    chosen |= {"temp_directory": str(scratch)} if scratch else {}
    connection = duckdb.connect(config=chosen)
    connection.execute("SET TimeZone = 'UTC'")
    connection.register_filesystem(RangeReads(store))
    return connection


def quoted(text: str) -> str:
    """A string as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def columns_of(definition: TableDefinition) -> str:
    """Its columns for a SELECT, in order."""
    return ", ".join(f'"{name}"' for name in definition.names())


def select_files(definition: TableDefinition, locations: Iterable[str], *, with_file: bool = False) -> str:
    """All rows of Parquet files with every column of the definition: NULL if a file is older than the column."""
    typed = ", ".join(f'NULL::{DUCKDB_TYPES[column.type]} AS "{column.name}"' for column in definition.columns)
    file = ", filename" if with_file else ""
    nothing = f"SELECT {typed}{', NULL::VARCHAR AS filename' if with_file else ''} WHERE false"
    listed = ", ".join(map(quoted, locations))
    if not listed:
        return f"({nothing})"
    options = "union_by_name = true, hive_partitioning = false" + (", filename = true" if with_file else "")
    read = f"read_parquet([{listed}], {options})"
    return f"(SELECT {columns_of(definition)}{file} FROM ({nothing} UNION ALL BY NAME SELECT * FROM {read}))"  # noqa: S608  as above


def select_rows(definition: TableDefinition, file: Path, names: Sequence[str] = ()) -> str:
    """The rows that `save_rows` wrote, or the named columns of them."""
    columns = [column for column in definition.columns if not names or column.name in names]
    stored = ", ".join(f'"{column.name}": {quoted(_as_json(column.type))}' for column in columns)
    read = ", ".join(
        f'make_timestamptz("{it.name}") AS "{it.name}"' if it.type == "time" else f'"{it.name}"' for it in columns
    )
    return (
        f"(SELECT {read} FROM read_json({quoted(str(file))}, format = 'newline_delimited', compression = 'none', "  # noqa: S608  names are ours
        f"maximum_object_size = {LARGEST_ROW_BYTES}, columns = {{{stored}}}))"
    )


def _as_json(name: ColumnType) -> str:
    return "BIGINT" if name == "time" else DUCKDB_TYPES[name]


def save_rows(rows: Iterable[Row], file: Path) -> Path:
    """Write rows as NDJSON, which DuckDB reads faster than it takes them one by one."""
    with file.open("wb") as out:
        for row in rows:
            out.write(orjson.dumps(row))
            out.write(b"\n")
    return file


def write(
    connection: DuckDBPyConnection,
    store: ObjectStore,
    table: Table,
    definition: TableDefinition,
    select: str,
    *,
    day: date | None,
    scratch: Path,
) -> DataFile | None:
    """Put the rows of `select`, which all lie in the partition `day`, as one file. None if there are no rows."""
    file = scratch / f"{uuid.uuid4()}.parquet"
    order = ", ".join(f'"{name}" NULLS FIRST' for name in definition.sort) or "1"
    schema = table.schema()
    names = ", ".join(f'"{field.name}"' for field in schema.fields if field.name in set(definition.names()))
    ids = field_ids(schema.select(*definition.names()))
    try:
        connection.execute(
            f"COPY (SELECT {names} FROM {select} ORDER BY {order}) TO {quoted(str(file))} "  # noqa: S608  no input in it
            f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP_ROWS}, FIELD_IDS {ids})"
        )
        ranges = _ranges(connection, definition, file)
        if not ranges[0]:
            return None
        folder = f"day={day.isoformat() if day else 'none'}/" if definition.partition else ""
        location = f"{table.location()}/data/{folder}{file.name}"
        body = file.read_bytes()
    finally:
        file.unlink(missing_ok=True)
    store.put(location, body, only_new=True)
    return _described(table, definition, location, len(body), ranges, day)


def _bounded(definition: TableDefinition) -> list[str]:
    """Columns whose lowest and highest value is told to engines, so that they can leave files out."""
    return [name for name in ("event_time", "received", "app") if name in definition.names()]


def _ranges(connection: DuckDBPyConnection, definition: TableDefinition, file: Path) -> tuple[Any, ...]:
    wanted = ", ".join(f', min("{name}"), max("{name}")' for name in _bounded(definition)).replace(", ,", ",")
    epoch = wanted
    for name in ("event_time", "received"):
        epoch = epoch.replace(f'("{name}")', f'(epoch_us("{name}"))')
    found = connection.execute(f"SELECT count(*){epoch} FROM read_parquet({quoted(str(file))})").fetchone()  # noqa: S608
    assert found is not None
    return found


def _described(
    table: Table, definition: TableDefinition, location: str, size: int, ranges: tuple[Any, ...], day: date | None
) -> DataFile:
    lower: dict[int, bytes] = {}
    upper: dict[int, bytes] = {}
    for position, name in enumerate(_bounded(definition)):
        field = table.schema().find_field(name)
        assert isinstance(field.field_type, PrimitiveType)
        for bounds, value in ((lower, ranges[1 + 2 * position]), (upper, ranges[2 + 2 * position])):
            if value is not None:
                bounds[field.field_id] = to_bytes(field.field_type, value)
    described = DataFile.from_args(
        _table_format_version=2,
        content=DataFileContent.DATA,
        file_path=location,
        file_format=FileFormat.PARQUET,
        partition=Record((day - EPOCH).days if day else None) if definition.partition else Record(),
        record_count=ranges[0],
        file_size_in_bytes=size,
        column_sizes={},
        value_counts={},
        null_value_counts={},
        nan_value_counts={},
        lower_bounds=lower,
        upper_bounds=upper,
        key_metadata=None,
        split_offsets=None,
        equality_ids=None,
        sort_order_id=None,
    )
    described.spec_id = table.spec().spec_id
    return described
