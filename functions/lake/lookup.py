"""What a table holds already, read off the key columns of the files in question."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from functions.lake.iceberg.relations import declared_columns, save_rows, select_files, select_rows
from functions.lake.opened_lake import Lake
from functions.lake.tables.column import Row, TableDefinition


def same(names: Sequence[str], first: str, other: str) -> str:
    """The condition that two relations agree in some columns; NULL agrees with NULL."""
    return " AND ".join(f'{first}."{name}" IS NOT DISTINCT FROM {other}."{name}"' for name in names)


def _read(definition: TableDefinition, names: Sequence[str], table: str) -> str:
    """Columns as a row of Python holds them: instants in microseconds, days as text."""
    columns = []
    for name in names:
        kind = definition.column(name).type
        cell = f'{table}."{name}"'
        columns.append({"time": f"epoch_us({cell})", "date": f"strftime({cell}, '%Y-%m-%d')"}.get(kind, cell))
    return ", ".join(columns)


def with_same_key(
    lake: Lake, definition: TableDefinition, rows: Iterable[Row], files: Collection[str]
) -> Iterator[tuple[Row, str]]:
    """What the files hold under the keys of `rows`: key and precedence columns, and the file."""
    if not files:
        return
    names = list(dict.fromkeys((*definition.key, *definition.precedence)))
    wanted = save_rows(({name: row[name] for name in definition.key} for row in rows), lake.scratch / "wanted.ndjson")
    result = lake.connection.execute(
        f"SELECT {_read(definition, names, 'held')}, held.filename "  # noqa: S608
        f"FROM {select_files(declared_columns(definition), files, with_file=True)} AS held "
        f"SEMI JOIN {select_rows(definition, wanted, definition.key)} AS wanted "
        f"ON {same(definition.key, 'held', 'wanted')}"
    )
    for row in result.fetchall():
        yield dict(zip(names, row, strict=False)), row[-1]


def all_keys(
    lake: Lake,
    definition: TableDefinition,
    files: Collection[str],
    condition: str = "true",
    parameters: Sequence[object] = (),
) -> list[tuple[Row, str]]:
    """Scope, key and precedence columns of every row of the files that meets a condition, and the file."""
    if not files:
        return []
    names = list(dict.fromkeys((*definition.scope, *definition.key, *definition.precedence)))
    result = lake.connection.execute(
        f"SELECT {_read(definition, names, 'held')}, held.filename "  # noqa: S608
        f"FROM {select_files(declared_columns(definition), files, with_file=True)} AS held WHERE {condition}",
        parameters,
    )
    return [(dict(zip(names, row, strict=False)), row[-1]) for row in result.fetchall()]
