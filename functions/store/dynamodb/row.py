"""A row of the table: a plain dict of str, int, bytes, bool and lists of str, and the typed attributes of DynamoDB."""

import base64
from collections.abc import Mapping
from typing import Any

from functions.store import keys

type Value = str | int | bytes | bool | list[str]
type Row = dict[str, Value]
type Key = tuple[str, str]


def key_of(row: Mapping[str, Value]) -> Key:
    """Where a row lies."""
    return str(row[keys.PK]), str(row[keys.SK])


def encode(row: Mapping[str, Value]) -> dict[str, Any]:
    """`row` with the type of each value; bytes stay bytes."""
    # Nearly all are strings and numbers: a call less for each.
    return {
        name: {"S": value} if (kind := type(value)) is str else {"N": str(value)} if kind is int else _encode(value)
        for name, value in row.items()
    }


def _encode(value: Value) -> dict[str, Any]:
    if isinstance(value, bytes):
        return {"B": value}
    if isinstance(value, bool):
        return {"BOOL": value}
    assert isinstance(value, list)
    return {"L": [{"S": text} for text in value]}


def decode(item: Mapping[str, Any]) -> Row:
    """The row that `encode` typed; its bytes may have come as base64 text (functions.store.dynamodb.wire)."""
    return {name: _decode(typed) for name, typed in item.items()}


def _decode(typed: Mapping[str, Any]) -> Value:
    ((kind, value),) = typed.items()
    if kind == "N":
        return int(value)
    if kind == "L":
        return [element["S"] for element in value]
    if kind == "B":
        return value if isinstance(value, bytes) else base64.b64decode(value)
    return value  # type: ignore[no-any-return]  # S and BOOL are what they are
