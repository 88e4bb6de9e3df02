"""What DynamoDB counts: the size of an item by its documented rule, and the units that reads and writes of it cost."""

import math
from collections.abc import Iterable

from functions.store import keys
from functions.store.dynamodb.row import Key, Row, Value

WRITE_UNIT = 1024
READ_UNIT = 4096
PAGE_BYTES = 1_048_576  # that one query reads at most
KINDS = {
    "E#": "event",
    "M#": "index row",
    "S#": "session",
    "S~": "session",
    "L#": "session",
    "Q#": "totals",
    "T": "timer",
}


def value_bytes(value: Value) -> int:
    """Text as UTF-8; a number about one byte per two digits, and one; a list three bytes and one an element."""
    if isinstance(value, bool):
        return 1
    if isinstance(value, str):
        return len(value.encode())
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, int):
        return math.ceil(len(str(abs(value)).rstrip("0")) / 2) + 1
    return 3 + sum(1 + len(text.encode()) for text in value)


def item_bytes(row: Row) -> int:
    """The size of an item: its attributes' names and values (DynamoDB developer guide, "item sizes and formats")."""
    return sum(len(name.encode()) + value_bytes(value) for name, value in row.items())


def write_units(row: Row) -> int:
    return math.ceil(item_bytes(row) / WRITE_UNIT)


def read_units(rows: Iterable[Row], *, consistent: bool) -> float:
    """What one query that returns these rows costs: they are summed up before they are rounded."""
    return _units(sum(map(item_bytes, rows)), consistent=consistent)


def get_units(rows: Iterable[Row], *, missing: int, consistent: bool) -> float:
    """What a BatchGetItem costs: each item is rounded by itself, and one that is not there costs the least."""
    units = sum(_units(item_bytes(row), consistent=consistent) for row in rows)
    return units + missing * _units(0, consistent=consistent)


def _units(size: int, *, consistent: bool) -> float:
    units = max(1, math.ceil(size / READ_UNIT))
    return units if consistent else units / 2


def rows_of_a_page(rows: Iterable[Row]) -> int:
    """How many of the rows one query returns, whatever its limit: those that fit, at least one."""
    count = size = 0
    for row in rows:
        size += item_bytes(row)
        if count and size > PAGE_BYTES:
            break
        count += 1
    return count


def index_row(row: Row, *names: str) -> Row:
    """What a KEYS_ONLY index holds of a row."""
    return {name: row[name] for name in (keys.PK, keys.SK, *names)}


def put_units(old: Row | None, new: Row) -> int:
    """What a put costs in the table and in both indexes."""
    units = max(write_units(new), write_units(old) if old else 1)
    return units + index_units(old, new, keys.BY_ID_PK) + index_units(old, new, keys.DUE_PK, keys.DUE_SK)


def index_units(old: Row | None, new: Row, *names: str) -> int:
    """Writes to one index: none if its keys stay, one where a row comes or goes, two where it moves."""
    before = old and all(name in old for name in names) and index_row(old, *names)
    after = all(name in new for name in names) and index_row(new, *names)
    if before == after:
        return 0
    return sum(write_units(row) for row in (before, after) if row)


def kind_of(key: Key) -> str:
    """event, index row, session, totals or timer by the sort key; everything else is bookkeeping of the batch."""
    return KINDS.get(key[1][:2], "batch")
