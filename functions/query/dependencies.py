"""The dependencies of `query`, handed to it by its handler or by a test."""

from dataclasses import dataclass

from functions.settings import QuerySettings
from functions.store.dynamodb.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependencies:
    """Where it reads, and by which settings."""

    table: Table
    registry_table: Table
    settings: QuerySettings
