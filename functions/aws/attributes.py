"""Attributes of a row, read back as the types they were written with: DynamoDB holds each row to no schema."""

from functions.aws.row import Row


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
