"""The dependencies of `query`, handed to it by its handler or by a test."""

from collections.abc import Callable
from typing import Protocol

from msgspec import Struct

from functions.query.settings import QuerySettings
from functions.store.audit import AuditLog
from functions.store.dynamodb.table import Table
from functions.store.queue import QueueReader


def no_queues() -> QueueReader:
    """For a test of what reads no queue."""
    raise LookupError("no queue was given")


class Links(Protocol):
    def link(self, key: str) -> str: ...


def no_exports() -> Links:
    """For a test of what asks about no person."""
    raise LookupError("no bucket was given")


class Dependencies(Struct, frozen=True, kw_only=True):
    """Where it reads, and by which settings."""

    table: Table
    registry_table: Table
    settings: QuerySettings
    audit: AuditLog | None = None  # of the reads that name people
    open_queues: Callable[[], QueueReader] = no_queues  # a client that only operators' requests need
    open_exports: Callable[[], Links] = no_exports  # a client that only requests about people need
