"""A digest of a table of terms or rules, by which a test sees that it is not the one that was reviewed."""

from collections.abc import Mapping, Set
from typing import Any

import msgspec

from functions.core.ids import content_digest


def digest_of_table(table: object) -> str:
    """22 characters that are equal if two tables are."""
    return content_digest(_plain(table))


def _plain(value: object) -> Any:
    """A table as JSON, in an order of its own."""
    if isinstance(value, Mapping):
        return sorted(([_plain(key), _plain(each)] for key, each in value.items()), key=str)
    if isinstance(value, Set):
        return sorted(map(_plain, value), key=str)
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return _plain(msgspec.structs.asdict(value)) if isinstance(value, msgspec.Struct) else value
