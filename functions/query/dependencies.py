"""The dependencies of `query`, handed to it by its handler or by a test."""

from collections.abc import Callable
from dataclasses import dataclass

from functions.settings import QuerySettings
from functions.store.dynamodb.table import Table
from functions.store.queue import QueueReader


def no_queues() -> QueueReader:
    """For a test of what reads no queue."""
    raise LookupError("no queue was given")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependencies:
    """Where it reads, and by which settings."""

    table: Table
    registry_table: Table
    settings: QuerySettings
    open_queues: Callable[[], QueueReader] = no_queues  # a client that only operators' requests need
