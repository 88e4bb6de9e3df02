"""Relations for DuckDB: rows of Python and of Parquet files, each column with the type that the table says."""

from copy import replace
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from functions.lake.iceberg.relations import (
    declared_columns,
    listed,
    nothing,
    quoted,
    save_rows,
    select_files,
    select_rows,
    stored_columns,
)
from functions.lake.opened_lake import Lake
from functions.lake.tables.column import ATHENA_TYPES, DUCKDB_TYPES, Column
from tests.small_table import COLUMNS, SMALL, row

FULL = row('it\'s "one"', right=True, attempt=3, size=1 << 40, score=1.5, tags=["x", "y"], metrics={"xp": 2.0})
READ = (
    date(2026, 3, 2), "a", "it's \"one\"", "b", datetime(1970, 1, 1, 0, 0, 0, 5, UTC),
    True, 3, 1 << 40, 1.5, ["x", "y"], {"xp": 2.0},
)  # fmt: skip
TYPES = {name: DUCKDB_TYPES[kind] for name, kind in COLUMNS.items()}


def types_of(select: str) -> dict[str, str]:
    return {name: str(kind) for name, kind, *_ in duckdb.execute(f"DESCRIBE {select}").fetchall()}


def as_shown(types: dict[str, str]) -> dict[str, str]:
    return {name: kind.replace("TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE") for name, kind in types.items()}


def test_every_type_has_a_name_in_duckdb_and_in_athena() -> None:
    assert DUCKDB_TYPES.keys() == ATHENA_TYPES.keys() == set(COLUMNS.values())
    assert as_shown(DUCKDB_TYPES) == {  # type: ignore[arg-type]
        "string": "VARCHAR", "boolean": "BOOLEAN", "int": "INTEGER", "long": "BIGINT", "double": "DOUBLE",
        "date": "DATE", "time": "TIMESTAMP WITH TIME ZONE", "strings": "VARCHAR[]", "numbers": "MAP(VARCHAR, DOUBLE)",
    }  # fmt: skip
    assert ATHENA_TYPES == {
        "string": "varchar", "boolean": "boolean", "int": "integer", "long": "bigint", "double": "double",
        "date": "date", "time": "timestamp(6) with time zone", "strings": "array(varchar)",
        "numbers": "map(varchar, double)",
    }  # fmt: skip


def test_no_rows_have_the_columns_too() -> None:
    assert declared_columns(SMALL) == TYPES
    assert types_of(nothing(TYPES)) == as_shown(TYPES)
    assert duckdb.execute(nothing(TYPES)).fetchall() == []
    assert types_of(f"FROM {select_files(TYPES, [])}") == as_shown(TYPES)
    assert types_of(f"FROM {select_files(TYPES, [], with_file=True)}") == as_shown(TYPES | {"filename": "VARCHAR"})


def test_the_columns_that_a_table_has_are_those_that_it_was_made_with(lake: Lake) -> None:
    table = lake.catalog.table(replace(SMALL, columns=(*SMALL.columns, Column("new", "long", "New.", lambda _: 1))))
    assert stored_columns(table) == TYPES | {"new": "BIGINT"}


def test_text_is_a_literal_and_names_are_quoted() -> None:
    for text in ("plain", "it's", "''", 'a"b'):
        assert duckdb.execute(f"SELECT {quoted(text)}").fetchall() == [(text,)]
    assert listed(["a", "select"]) == '"a", "select"'


def test_rows_of_python_are_read_with_their_types(tmp_path: Path) -> None:
    empty = SMALL.row({})
    file = save_rows([FULL, empty], tmp_path / "it's.ndjson")
    assert file == tmp_path / "it's.ndjson"
    duckdb.execute("SET TimeZone = 'UTC'")
    assert duckdb.execute(f"FROM {select_rows(SMALL, file)}").fetchall() == [READ, (None,) * len(READ)]
    assert types_of(f"FROM {select_rows(SMALL, file)}") == as_shown(TYPES)
    assert duckdb.execute(f"FROM {select_rows(SMALL, file, ['id', 'day'])}").fetchall() == [
        (date(2026, 3, 2), FULL["id"]),
        (None, None),
    ]


def test_a_row_may_be_as_large_as_an_item_with_every_byte_escaped(tmp_path: Path) -> None:
    file = save_rows([row("\x01" * 4_000_000)], tmp_path / "rows")
    assert duckdb.execute(f"SELECT length(id) FROM {select_rows(SMALL, file)}").fetchall() == [(4_000_000,)]


@pytest.mark.parametrize("with_file", [False, True])
def test_files_are_read_by_the_names_of_columns_and_a_folder_s_name_is_none(tmp_path: Path, with_file: bool) -> None:
    folder = tmp_path / "app=of-the-folder"
    folder.mkdir()
    first, second = folder / "it's 1.parquet", folder / "2.parquet"
    duckdb.execute(f"COPY (SELECT 'x' AS id, 'b' AS content) TO {quoted(str(first))} (FORMAT parquet)")
    duckdb.execute(f"COPY (SELECT 'c' AS content, 'y' AS id, 7 AS extra, 'z' AS app) TO {quoted(str(second))}")
    columns = {"app": "VARCHAR", "id": "VARCHAR", "content": "VARCHAR"}
    select = select_files(columns, [str(first), str(second)], with_file=with_file)
    rows = duckdb.execute(f"FROM {select} ORDER BY id").fetchall()
    assert [row[:3] for row in rows] == [(None, "x", "b"), ("z", "y", "c")]
    assert [row[3:] for row in rows] == ([(str(first),), (str(second),)] if with_file else [(), ()])
