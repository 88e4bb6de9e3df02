"""The dependencies of `deliver`, handed to it by its handler or by a test."""

from collections.abc import Callable, Iterator
from typing import Protocol

from msgspec import Struct

from functions.core.messages import Message
from functions.store.bus import Bus
from functions.store.dynamodb.table import Table
from functions.store.outbound.poster import Poster
from functions.store.webhooks.delivery_queue import DeliveryQueue, GivenUp


class ArchiveReader(Protocol):
    def read(self, key: str, *, tenant: str = "") -> list[Message]: ...
    def keys(self, *, from_day: str, to_day: str) -> Iterator[str]: ...


class Dependencies(Struct, frozen=True, kw_only=True):
    """What it reads and writes, and how it sends. `random` gives numbers from 0 to 1, for the jitter of retries."""

    table: Table
    registry_table: Table
    archive: ArchiveReader
    deliveries: DeliveryQueue
    given_up: GivenUp
    poster: Poster
    random: Callable[[], float]
    bus: Bus | None = None
