"""Attributes of a row, read back as the types they were written with: DynamoDB holds each row to no schema."""

import orjson

from functions.core import packing
from functions.store.dynamodb.row import Row


def text(row: Row, name: str) -> str:
    """The string at `name`."""
    return str(row[name])


def number(row: Row, name: str) -> int:
    """The whole number at `name`."""
    value = row[name]
    assert isinstance(value, int)
    return value


def texts(row: Row, name: str) -> tuple[str, ...]:
    """The list of strings at `name`."""
    value = row[name]
    assert isinstance(value, list)
    return tuple(value)


def packed(row: Row, name: str) -> bytes:
    """The bytes that were compressed into `name`."""
    value = row[name]
    assert isinstance(value, bytes)
    return packing.decompress(value)


def packed_ids(row: Row, name: str) -> list[str | None]:
    """The ids that were packed into `name`; none if there is no such attribute."""
    ids: list[str | None] = orjson.loads(packed(row, name)) if name in row else []
    return ids
