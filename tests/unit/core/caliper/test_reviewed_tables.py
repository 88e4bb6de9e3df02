"""The tables of terms and rules that no other document of this checkout can be held against.

Each is a long list that somebody compared with what TimeBack or the standard says. Who changes one compares it again,
and writes the digest that the test shows.
"""

import pytest

from functions.core.caliper.house_rules.table import RULES
from functions.core.caliper.schema import timeback
from functions.core.caliper.schema.entities import DEPRECATED_PROPERTIES, NO_ID
from tests.unit.core.caliper.table_digest import digest_of_table

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


def test_no_table_is_empty() -> None:
    assert all(table for _, table, _ in TABLES)


@pytest.mark.parametrize(
    ("now", "reviewed"), [pytest.param(digest_of_table(table), digest, id=name) for name, table, digest in TABLES]
)
def test_a_table_is_the_one_that_was_reviewed(now: str, reviewed: str) -> None:
    assert now == reviewed
