"""The tables of terms and rules that no other document of this checkout can be held against.

Each is a long list that somebody compared with what TimeBack or the standard says. Who changes one compares it again,
and writes the digest that the test shows.
"""

from collections.abc import Mapping, Set
from typing import Any

import msgspec
import pytest

from functions.core.caliper.house_rules.table import RULES
from functions.core.caliper.schema import timeback
from functions.core.caliper.schema.entities import DEPRECATED_PROPERTIES, NO_ID
from functions.core.ids import content_digest

TABLES: list[tuple[str, object, str]] = [
    ("the house rules", RULES, "4AL5eNQf6Q8KFmWLd8jJVQ"),
    (
        "the terms that TimeBack adds",
        (timeback.PROFILES, timeback.ACTIONS, timeback.EVENTS, timeback.ENTITIES, timeback.ACTION_OF_EVENT),
        "izrckUXrgq7hzrny5cf3fg",
    ),
    (
        "the properties that 1.1 deprecates, and the entities without an id",
        (DEPRECATED_PROPERTIES, NO_ID),
        "C7NVQGzRxTrWiXe_OvqtFg",
    ),
]


def plain(value: object) -> Any:
    """A table as JSON, in an order of its own if it has none."""
    if isinstance(value, Mapping):
        return sorted(([plain(key), plain(each)] for key, each in value.items()), key=str)
    if isinstance(value, Set):
        return sorted(map(plain, value), key=str)
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return plain(msgspec.structs.asdict(value)) if isinstance(value, msgspec.Struct) else value


@pytest.mark.parametrize(("table", "digest"), [pytest.param(table, digest, id=name) for name, table, digest in TABLES])
def test_a_table_is_the_one_that_was_reviewed(table: object, digest: str) -> None:
    assert content_digest(plain(table)) == digest
