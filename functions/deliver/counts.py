"""What came of messages, for the log line of an invocation."""

from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Counts:
    """What came of messages: POSTs and the events in those that were delivered; messages that wait, or were left."""

    posts: int = 0
    failures: int = 0
    events: int = 0
    waiting: int = 0
    dropped: int = 0
    given_up: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, counter.name) + getattr(other, counter.name) for counter in fields(self)))

    def fields(self) -> dict[str, Any]:
        """For a log line."""
        return {counter.name: getattr(self, counter.name) for counter in fields(self)}
