"""`python -m tests.bench.lake.scanning [EVENTS]`: bytes that each question reads, of the lake and of gz JSON.

The events are those of 20,000 that were really loaded, copied with other ids and learners to so many days that EVENTS
are there (10 M by default). What a question reads are the column chunks that it names, as Athena is billed; of gz JSON
it reads everything.
"""

import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest
import sqlglot
from sqlglot import exp
from sqlglot.optimizer.qualify import qualify

from functions.lake.iceberg.relations import declared_columns
from functions.lake.iceberg.snapshots import live_files
from functions.lake.questions.named import questions
from functions.lake.tables.all_tables import TABLES
from functions.lake.tables.column import DUCKDB_TYPES
from functions.store.archive import packed
from tests.bench.files import keep
from tests.bench.lake.loading import LEARNERS
from tests.bench.measure import Figure
from tests.bench.samples import NOW_US, School
from tests.lake_world import TABLES as BUCKET
from tests.lake_world import LakeWorld, lake_world

LOADED, SCHEMA_DIALECT = 20_000, "duckdb"
ASKED = ("events", "sessions", "runs", "daily", "rejections")
IDS = ("id", "session", "run", "content", "learner_key", "actor_key", "version", "object", "target", "generated")

type Sizes = dict[tuple[str, str], int]  # compressed bytes by table and column


def figures(events: int = 10_000_000) -> Iterator[Figure]:
    """Bytes of each question, and of the same over the archive."""
    with pytest.MonkeyPatch.context() as patch, lake_world(patch) as world, TemporaryDirectory() as folder:
        school = School(1, LEARNERS)
        for _ in range(20):
            world.send(*(school.event() for _ in range(LOADED // 20)), received_us=NOW_US)
        world.feed()
        sizes = _sizes(world, Path(folder), copies=events // LOADED)
    archive = len(packed([School(5, LEARNERS).message(1000)])) / 1000 * events
    yield Figure("lake.scan_events", events, "events")
    yield Figure("lake.scan_bytes:archive", archive, "bytes of gz JSON, for any question")
    for name, columns in ((question.name, columns_of(question.sql)) for question in questions().values()):
        yield Figure(f"lake.scan_bytes:{name}", sum(sizes.get(place, 0) for place in columns), "bytes")


def columns_of(sql: str) -> set[tuple[str, str]]:
    """Tables and columns that a question names."""
    schema: dict[str, object] = {
        definition.name: {column.name: DUCKDB_TYPES[column.type] for column in definition.columns}
        for definition in TABLES
    }
    tree = qualify(sqlglot.parse_one(sql, read=SCHEMA_DIALECT), schema=schema, dialect=SCHEMA_DIALECT)
    tables = {table.alias_or_name: table.name for table in tree.find_all(exp.Table)}
    named = {(tables.get(column.table, ""), column.name) for column in tree.find_all(exp.Column)}
    stored = {(definition.name, column.name) for definition in TABLES for column in definition.columns}
    return named & stored


def _sizes(world: LakeWorld, folder: Path, *, copies: int) -> Sizes:
    sizes: Sizes = {}
    for name in ASKED:
        definition = next(table for table in TABLES if table.name == name)
        table = world.catalog.existing(definition)
        files = [file.file_path for file in live_files(table, definition)] if table else []
        for number, location in enumerate(files):
            bucket, _, key = location.removeprefix("s3://").partition("/")
            assert bucket == BUCKET
            world.s3.download_file(bucket, key, str(folder / f"{name}-{number}.parquet"))
        if files:
            columns = list(declared_columns(definition))
            for column, size in _copied(folder, name, columns, definition.sort, copies):
                sizes[name, column] = size
    return sizes


def _copied(
    folder: Path, name: str, columns: list[str], sort: tuple[str, ...], copies: int
) -> Iterator[tuple[str, int]]:
    """The table with `copies` times its rows, a file a copy (a day); bytes by column."""
    connection = duckdb.connect(config={"threads": 1, "memory_limit": "600MB", "temp_directory": str(folder)})
    total: dict[str, int] = dict.fromkeys(columns, 0)
    order = ", ".join(sort)
    for number in range(copies):
        # Another copy has other ids, learners and sessions: what repeats would be compressed away.
        changed = ", ".join(
            f"md5({column} || '{number}') AS {column}" if column in IDS else column for column in columns
        )
        file = folder / f"{uuid.uuid4()}.parquet"
        connection.execute(
            f"COPY (SELECT {changed} FROM '{folder}/{name}-*.parquet' ORDER BY {order}) TO '{file}' "
            "(FORMAT parquet, COMPRESSION zstd)"
        )
        measured = connection.execute(
            "SELECT split_part(path_in_schema, ',', 1), sum(total_compressed_size) "
            f"FROM parquet_metadata('{file}') GROUP BY 1"
        )
        for column, size in measured.fetchall():
            total[column.strip()] = total.get(column.strip(), 0) + int(size)
        file.unlink()
    connection.close()
    yield from total.items()


if __name__ == "__main__":
    for figure in figures(*(int(argument) for argument in sys.argv[1:])):
        print(figure.line(), flush=True)
        keep([figure])
