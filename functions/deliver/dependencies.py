"""The dependencies of `deliver`, handed to it by its handler or by a test."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from functions.core.messages import Message
from functions.store.bus import Bus
from functions.store.dynamodb.table import Table
from functions.store.outbound.poster import Poster
from functions.store.webhooks.delivery_queue import DeliveryQueue, GivenUp


class ArchiveReader(Protocol):
    def read(self, key: str, *, tenant: str = "") -> list[Message]: ...
    def keys(self, *, from_day: str, to_day: str) -> Iterator[str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependencies:
    """What it reads and writes, and how it sends. `random` gives numbers from 0 to 1, for the jitter of retries."""

    table: Table
    registry_table: Table
    archive: ArchiveReader
    deliveries: DeliveryQueue
    given_up: GivenUp
    poster: Poster
    random: Callable[[], float]
    bus: Bus | None = None
