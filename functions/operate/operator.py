"""The operator: everything that a command works with, on one stack."""

import time
from collections.abc import Callable
from functools import cached_property
from typing import Any

from functions.operate.connection import StackConnection
from functions.operate.progress import Progress
from functions.store.dynamodb.table import DynamoTable
from functions.store.registry import Registry


def now_us() -> int:
    return time.time_ns() // 1000


class Operator:
    """One stack (`stack` is its name, None for the local one), the clock, and where progress is reported.

    The stack is looked up when a command first needs it, which raises StackError if there is none.
    """

    def __init__(
        self,
        *,
        stack: str | None,
        clock: Callable[[], int],
        progress: Progress,
        connection: StackConnection | None = None,
    ) -> None:
        self.stack = stack
        self.clock = clock
        self.progress = progress
        self._connection = connection

    @property
    def connection(self) -> StackConnection:
        if self._connection is None:
            self._connection = StackConnection.deployed(self.stack) if self.stack else StackConnection.local()
        return self._connection

    @property
    def audit_group(self) -> str:
        """The log group of audit lines; empty if no stack was looked up, or it has none."""
        return "" if self._connection is None else self._connection.audit_group

    @cached_property
    def registry(self) -> Registry:
        return Registry(self.registry_table)

    @cached_property
    def registry_table(self) -> DynamoTable:
        """The table of the registry."""
        return DynamoTable(self.connection.client("dynamodb"), self.connection.registry_table)

    @cached_property
    def events(self) -> DynamoTable:
        """The table of events and sessions."""
        return DynamoTable(self.connection.client("dynamodb"), self.connection.table)

    @cached_property
    def cognito(self) -> Any:
        return self.connection.client("cognito-idp")

    def describe_error(self, error: Exception) -> str:
        """What to tell a person whose command met this error of botocore."""
        if self._connection is None:
            return f"There is no account to ask: {error}"
        return self._connection.describe_error(error)

    def command_line(self, make: str) -> str:
        """A `make` command as it is typed for this stack."""
        return f"`make {make} STACK={self.stack}`" if self.stack else f"`make {make}`"
