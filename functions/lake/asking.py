"""Questions to the tables in DuckDB: the same SQL as in Athena, over the files of the current snapshots."""

import re
from collections.abc import Sequence
from typing import Any

from functions.lake.iceberg.relations import declared_columns, select_files
from functions.lake.iceberg.snapshots import live_files
from functions.lake.opened_lake import Lake
from functions.lake.tables.all_tables import TABLES


def make_views(lake: Lake) -> list[str]:
    """Give each table its name in DuckDB, as it stands now; the names. One without rows yet has none."""
    for definition in TABLES:
        table = lake.catalog.existing(definition)
        files = [file.file_path for file in live_files(table, definition)] if table else []
        select = select_files(declared_columns(definition), files)
        lake.connection.execute(f'CREATE OR REPLACE VIEW "{definition.name}" AS SELECT * FROM {select}')  # noqa: S608
    return [definition.name for definition in TABLES]


def answer(lake: Lake, sql: str) -> tuple[Sequence[str], list[tuple[Any, ...]]]:
    """Names of columns, and rows. Raises duckdb.Error if the question cannot be read."""
    result = lake.connection.execute(sql)
    return [column[0] for column in result.description or ()], result.fetchall()


def bytes_at_most(lake: Lake, sql: str) -> int:
    """How many bytes a query can read at most: all files of the tables that it names, with all their columns."""
    words = set(re.findall(r"\w+", sql.lower()))
    total = 0
    for definition in TABLES:
        table = lake.catalog.existing(definition) if definition.name in words else None
        if table is not None:
            total += sum(file.file_size_in_bytes for file in live_files(table, definition))
    return total
