"""Parquet files of the lake: written and read by DuckDB, put by boto3, described as Iceberg wants it."""

import uuid
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
from duckdb import DuckDBPyConnection
from pyiceberg.conversions import to_bytes
from pyiceberg.manifest import DataFile, DataFileContent, FileFormat
from pyiceberg.table import Table
from pyiceberg.typedef import Record
from pyiceberg.types import PrimitiveType

from functions.lake.iceberg.object_store import ObjectStore
from functions.lake.iceberg.range_reads import RangeReads
from functions.lake.iceberg.relations import listed, nothing, quoted, stored_columns
from functions.lake.iceberg.schema import field_ids
from functions.lake.tables.column import TableDefinition

EPOCH = date(1970, 1, 1)
ROW_GROUP_ROWS = 100_000
SETTINGS = {
    # Everything that is needed is linked into the wheel: nothing may be fetched at run time.
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


def connect(
    store: ObjectStore, *, memory: str = "", threads: int = 2, scratch: Path | None = None
) -> DuckDBPyConnection:
    """A DuckDB in memory that reads `s3://` through `store`."""
    chosen: dict[str, Any] = SETTINGS | {"threads": threads} | ({"memory_limit": memory} if memory else {})
    chosen |= {"temp_directory": str(scratch)} if scratch else {}
    connection = duckdb.connect(config=chosen)
    connection.execute("SET TimeZone = 'UTC'")
    connection.register_filesystem(RangeReads(store))
    return connection


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
    """Put the rows of `select`, which all lie in the partition `day`, as one file. None if there are no rows.

    It has every column of the table, also those that a newer version of this code has added.
    """
    file = scratch / f"{uuid.uuid4()}.parquet"
    order = ", ".join(f'"{name}" NULLS FIRST' for name in definition.sort) or "1"
    columns = stored_columns(table)
    try:
        connection.execute(
            f"COPY (SELECT {listed(columns)} FROM ({nothing(columns)} UNION ALL BY NAME SELECT * FROM {select}) "  # noqa: S608
            f"ORDER BY {order}) TO {quoted(str(file))} (FORMAT parquet, COMPRESSION zstd, "
            f"ROW_GROUP_SIZE {ROW_GROUP_ROWS}, FIELD_IDS {field_ids(table.schema())})"
        )
        ranges = _ranges(connection, definition, file)
        if not ranges[0]:
            return None
        folder = f"day={day.isoformat() if day else 'none'}/" if definition.partition else ""
        location = f"{table.location()}/data/{folder}{file.name}"
        body = file.read_bytes()
    finally:
        file.unlink(missing_ok=True)
    store.put(location, body)
    return _described(table, definition, location, len(body), ranges, day)


def _bounded(definition: TableDefinition) -> list[str]:
    """Columns whose lowest and highest value is recorded for engines, so that they can leave files out."""
    return [name for name in ("event_time", "received", "app") if name in definition.names()]


def _ranges(connection: DuckDBPyConnection, definition: TableDefinition, file: Path) -> tuple[Any, ...]:
    kinds = {name: definition.column(name).type for name in _bounded(definition)}
    cells = [f'epoch_us("{name}")' if kind == "time" else f'"{name}"' for name, kind in kinds.items()]
    wanted = ", ".join(["count(*)", *(f"min({cell}), max({cell})" for cell in cells)])
    row = connection.execute(f"SELECT {wanted} FROM read_parquet({quoted(str(file))})").fetchone()  # noqa: S608
    assert row is not None
    return row


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
