"""A file of rows: where it lies, in which order its rows are, and what the table's metadata says of it."""

from copy import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as parquet
import pytest
from pyiceberg.conversions import from_bytes
from pyiceberg.manifest import DataFile, DataFileContent, FileFormat
from pyiceberg.types import ListType, MapType

from functions.lake.iceberg.parquet import connect, write
from functions.lake.iceberg.relations import quoted, save_rows, select_rows
from functions.lake.opened_lake import Lake, opened
from functions.lake.tables.column import Column, Row, TableDefinition
from functions.lake.tables.events import EVENTS
from tests.lake_world import TABLES, LakeWorld
from tests.small_table import SMALL, UNDIVIDED, row

DAY = date(2026, 3, 2)


def written(lake: Lake, *rows: Row, definition: TableDefinition = SMALL, day: date | None = DAY) -> DataFile | None:
    select = select_rows(definition, save_rows(rows, lake.scratch / "rows"))
    table = lake.catalog.table(definition)
    return write(lake.connection, lake.store, table, definition, select, day=day, scratch=lake.scratch)


def file_of(lake: Lake, *rows: Row, **how: Any) -> DataFile:
    file = written(lake, *rows, **how)
    assert file is not None
    return file


def test_no_rows_make_no_file(lake: Lake, world: LakeWorld) -> None:
    lake.catalog.table(SMALL)
    before = dict(world.s3.objects)
    assert written(lake) is None
    assert world.s3.objects == before
    assert [path.name for path in lake.scratch.iterdir()] == ["rows"]


def test_a_question_that_cannot_be_read_is_what_is_said_of_it(lake: Lake) -> None:
    with pytest.raises(duckdb.ParserException):
        write(lake.connection, lake.store, lake.catalog.table(SMALL), SMALL, "(", day=DAY, scratch=lake.scratch)
    assert list(lake.scratch.iterdir()) == []


@pytest.mark.parametrize(("day", "folder"), [(DAY, "day=2026-03-02/"), (None, "day=none/")])
def test_a_file_lies_in_the_folder_of_its_day(lake: Lake, world: LakeWorld, day: date | None, folder: str) -> None:
    file, other = file_of(lake, row("x"), day=day), file_of(lake, row("x"), day=day)
    start = f"s3://{TABLES}/small/data/{folder}"
    assert file.file_path.startswith(start)
    assert file.file_path.removeprefix(start).endswith(".parquet")
    assert "/" not in file.file_path.removeprefix(start)
    assert file.file_path != other.file_path
    body = world.store.get(file.file_path)
    assert file.file_size_in_bytes == len(body) > 0
    assert [path.name for path in lake.scratch.iterdir()] == ["rows"]


def test_a_table_without_partitions_has_no_folders(lake: Lake) -> None:
    file = file_of(lake, row("x"), definition=UNDIVIDED)
    assert file.file_path.rpartition("/")[0] == f"s3://{TABLES}/undivided/data"
    assert len(file.partition) == 0


def test_the_metadata_says_what_is_in_a_file(lake: Lake) -> None:
    file = file_of(lake, row("x", app="b", received=9), row("y", app="a", received=5), row("z", app="c", received=None))
    assert (file.content, file.file_format, file.record_count) == (DataFileContent.DATA, FileFormat.PARQUET, 3)
    assert (len(file.partition), file.partition[0]) == (1, (DAY - date(1970, 1, 1)).days)
    assert file_of(lake, row("x"), day=None).partition[0] is None
    assert file.spec_id == lake.catalog.table(SMALL).spec().spec_id
    schema = lake.catalog.table(SMALL).schema()
    bounds = {}
    for side, values in (("lower", file.lower_bounds), ("upper", file.upper_bounds)):
        for number, value in values.items():
            field = schema.find_field(number)
            bounds[field.name, side] = from_bytes(field.field_type, value)  # type: ignore[arg-type]
    assert bounds == {
        ("app", "lower"): "a", ("app", "upper"): "c", ("received", "lower"): 5, ("received", "upper"): 9,
    }  # fmt: skip


def test_bounds_of_what_is_nowhere_said_are_left_out(lake: Lake) -> None:
    file = file_of(lake, row("x", received=None))
    assert list(file.lower_bounds) == list(file.upper_bounds) == [SMALL.names().index("app") + 1]


def test_files_of_events_have_the_bounds_of_both_times(lake: Lake) -> None:
    event = dict.fromkeys(EVENTS.names()) | {"app": "a", "id": "x", "event_time": 3, "received": 4}
    file = file_of(lake, event, definition=EVENTS)
    names = {lake.catalog.table(EVENTS).schema().find_field(number).name for number in file.lower_bounds}
    assert names == {"app", "event_time", "received"}


def read(lake: Lake, file: DataFile, path: Path) -> parquet.ParquetFile:
    path.write_bytes(lake.store.get(file.file_path))
    return parquet.ParquetFile(path)


def test_rows_are_sorted_with_those_first_that_say_nothing(lake: Lake, tmp_path: Path) -> None:
    rows = [row("y", app="b"), row("x", app="b"), row("z", app="a"), row("w", app=None)]
    table = read(lake, file_of(lake, *rows), tmp_path / "a").read()
    assert table["id"].to_pylist() == ["w", "z", "x", "y"]
    unsorted = replace(SMALL, sort=())
    assert sorted(read(lake, file_of(lake, *rows, definition=unsorted), tmp_path / "b").read()["id"].to_pylist()) == [
        "w", "x", "y", "z",
    ]  # fmt: skip


def field_id(field: Any) -> int:
    return int(field.metadata[b"PARQUET:field_id"])


def map_fields(kind: Any) -> tuple[Any, Any]:
    return kind.key_field, kind.item_field


def test_a_file_has_every_column_of_the_table_by_its_id_and_is_packed_by_zstandard(lake: Lake, tmp_path: Path) -> None:
    newer = replace(SMALL, columns=(*SMALL.columns, Column("planet", "string", "Where.", lambda _: None)))
    lake.catalog.table(newer)
    file = read(lake, file_of(lake, row("x")), tmp_path / "a")
    assert file.schema_arrow.names == list(newer.names())
    assert [field_id(field) for field in file.schema_arrow] == list(range(1, 13))
    ids = {field.name: field.field_type for field in lake.catalog.table(newer).schema().fields}
    tags, metrics = ids["tags"], ids["metrics"]
    assert isinstance(tags, ListType)
    assert isinstance(metrics, MapType)
    nested = file.schema_arrow.field("tags").type.value_field, *map_fields(file.schema_arrow.field("metrics").type)
    assert [field_id(field) for field in nested] == [tags.element_id, metrics.key_id, metrics.value_id]
    assert len({*map(field_id, nested)} - set(range(1, 13))) == 3
    assert file.metadata.row_group(0).column(1).compression == "ZSTD"


def settings(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    rows = connection.execute("SELECT name, value FROM duckdb_settings()").fetchall()
    return dict(rows)


def test_duckdb_counts_in_utc_and_fetches_nothing(world: LakeWorld, tmp_path: Path) -> None:
    with connect(world.store) as connection:
        said = settings(connection)
    assert (said["TimeZone"], said["threads"]) == ("UTC", "2")
    assert (said["autoinstall_known_extensions"], said["autoload_known_extensions"]) == ("false", "false")
    with connect(world.store, memory="300MiB", threads=1, scratch=tmp_path) as connection:
        said = settings(connection)
    assert (said["memory_limit"], said["threads"], said["temp_directory"]) == ("300.0 MiB", "1", str(tmp_path))


def test_an_open_lake_has_a_folder_that_is_gone_afterwards(world: LakeWorld) -> None:
    with opened(world.catalog, world.store, memory="300MiB", threads=1) as lake:
        said = settings(lake.connection)
        assert (said["memory_limit"], said["threads"], said["temp_directory"]) == ("300.0 MiB", "1", str(lake.scratch))
        assert lake.scratch.is_dir()
        assert (lake.catalog, lake.store) == (world.catalog, world.store)
        assert issubclass(duckdb.ParserException, lake.errors)
    assert not lake.scratch.exists()
    with pytest.raises(duckdb.ConnectionException):
        lake.connection.execute("SELECT 1")
    with opened(world.catalog, world.store) as lake:
        assert settings(lake.connection)["threads"] == "2"
        assert lake.connection.execute(f"SELECT {quoted('x')}").fetchall() == [("x",)]


def test_duckdb_reads_objects_of_the_store_by_ranges(lake: Lake, world: LakeWorld) -> None:
    file = file_of(lake, row("x", received=5))
    world.s3.calls.clear()
    select = f"SELECT id, received FROM read_parquet({quoted(file.file_path)})"
    assert lake.connection.execute(select).fetchall() == [("x", datetime(1970, 1, 1, 0, 0, 0, 5, UTC))]
    reads = [request for operation, request in world.s3.calls if operation == "GetObject"]
    assert reads
    assert all("Range" in request for request in reads)
