"""A column and a table of the lake as values: the one place from which everything about them is made.

The Iceberg schema, the comments in the Glue catalogue, the Parquet files, the flattener and `docs/lake.md` are all
made from these. A column may be added at the end of a table, or its type widened; a name is never used again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

type ColumnType = Literal["string", "boolean", "int", "long", "double", "date", "time", "strings", "numbers"]
type Row = dict[str, Any]

# As DuckDB names each type. A row holds a `time` as microseconds since 1970 (UTC), a `date` as `2026-01-27`.
DUCKDB_TYPES: dict[ColumnType, str] = {
    "string": "VARCHAR",
    "boolean": "BOOLEAN",
    "int": "INTEGER",
    "long": "BIGINT",
    "double": "DOUBLE",
    "date": "DATE",
    "time": "TIMESTAMPTZ",
    "strings": "VARCHAR[]",
    "numbers": "MAP(VARCHAR, DOUBLE)",
}
# As Athena shows it: what an analyst reads in the documentation.
ATHENA_TYPES: dict[ColumnType, str] = {
    "string": "varchar",
    "boolean": "boolean",
    "int": "integer",
    "long": "bigint",
    "double": "double",
    "date": "date",
    "time": "timestamp(6) with time zone",
    "strings": "array(varchar)",
    "numbers": "map(varchar, double)",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `read` takes its value off the source of the table's rows. `unit` is empty if it has none."""

    name: str
    type: ColumnType
    about: str
    read: Callable[[Any], object]
    unit: str = ""

    @property
    def comment(self) -> str:
        """What it means, with its unit."""
        return f"{self.about} Unit: {self.unit}." if self.unit else self.about


@dataclass(frozen=True, slots=True)
class TableDefinition:
    """A table. `key` tells its rows apart; of two rows with one key the one with the lower `precedence` is kept.

    `partition` is a date column or empty. `sort` is the order within a file. `scope`, if there is one, are the columns
    by which rows are replaced together. `personal` tables hold names or what was sent: they need a grant of their own.
    """

    name: str
    about: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    precedence: tuple[str, ...] = ()
    partition: str = "day"
    sort: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()
    personal: bool = False

    def column(self, name: str) -> Column:
        """The column of that name."""
        return next(column for column in self.columns if column.name == name)

    def row(self, source: object) -> Row:
        """The row that `source` makes."""
        return {column.name: column.read(source) for column in self.columns}

    def names(self) -> Sequence[str]:
        """The names of its columns, in order."""
        return [column.name for column in self.columns]


def key_of(definition: TableDefinition, row: Row) -> tuple[object, ...]:
    """What tells `row` from all others of its table."""
    return tuple(row[name] for name in definition.key)


def precedence_of(definition: TableDefinition, row: Row) -> tuple[Any, ...]:
    """What decides between two rows with one key: the lower one is kept. NULL counts as an empty text."""
    return tuple("" if row[name] is None else row[name] for name in definition.precedence)
