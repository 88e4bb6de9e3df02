"""What came of messages, for the log line of an invocation."""

from operator import add
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict, astuple


class Counts(Struct, frozen=True):
    """What came of messages: POSTs and the events in those that were delivered; messages that wait, or were left."""

    posts: int = 0
    failures: int = 0
    events: int = 0
    waiting: int = 0
    dropped: int = 0
    given_up: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*map(add, astuple(self), astuple(other)))

    def fields(self) -> dict[str, Any]:
        """For a log line."""
        return asdict(self)
