"""Archive objects in groups of thousands of events: what is stored in one go costs a few calls, however many objects.

How an object's events were listed must stay as it is, because a replay may be run over a table that holds them. In a
table that `process` filled, each object is a batch of its own. In a table that a rebuild filled, all objects of a group
were one batch; so a group ends with its hour, and a later replay of the same days makes the same groups.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import Protocol

from functions.core.messages import Message
from functions.core.times import MINUTE_US
from functions.store.archive import received_us_of

HOUR_US = 60 * MINUTE_US
GROUP_EVENTS = 5_000  # some 17 MB of messages, and 300 calls
READ_AHEAD = 8  # objects: small ones are waited for together, large ones fit into memory


class Archive(Protocol):
    def days(self, *, from_day: str, to_day: str) -> list[str]: ...
    def keys(self, *, from_day: str, to_day: str, after: str = "") -> Iterator[str]: ...
    def read(self, key: str) -> list[Message]: ...


@dataclass(slots=True)
class Group:
    """Objects that are stored in one go. `batches` are their messages, as they were or will be stored together."""

    batches: list[list[Message]] = field(default_factory=list)
    objects: int = 0
    items: int = 0
    last_key: str = ""
    joined_hour: int | None = None  # in which the objects of one batch were received; None: each is its own
    _seen: dict[tuple[str, str, int], list[Message]] = field(default_factory=dict)

    def add(self, key: str, messages: list[Message], joined_hour: int | None) -> None:
        """One more object. A message that was delivered twice may be in two."""
        if joined_hour is None or not self.batches:
            self.batches.append([])
        for message in messages:
            seen = self._seen.setdefault((message.tenant, message.job, message.part), [])
            if joined_hour is None or message not in seen:
                self.batches[-1].append(message)
                seen.append(message)
        self.joined_hour = joined_hour
        self.objects += 1
        self.items += sum(len(message.items) for message in messages)
        self.last_key = key


def groups(objects: Iterable[tuple[str, list[Message]]], *, joined_until_us: int) -> Iterator[Group]:
    """Archive objects, in key order, by groups. `joined_until_us`: a rebuild has stored what was received before."""
    group = Group()
    for key, messages in objects:
        received_us = received_us_of(key)
        joined_hour = received_us // HOUR_US if received_us < joined_until_us else None
        if group.objects and joined_hour != group.joined_hour:
            yield group
            group = Group()
        group.add(key, messages, joined_hour)
        if group.items >= GROUP_EVENTS:
            yield group
            group = Group()
    if group.objects:
        yield group


def read_ahead(
    keys: Iterable[str], read: Callable[[str], list[Message]], readers: Executor
) -> Iterator[tuple[str, list[Message]]]:
    """Each object with its messages, in order, while the next ones are being read."""
    left = iter(keys)
    waiting: deque[tuple[str, Future[list[Message]]]] = deque()
    while True:
        while len(waiting) < READ_AHEAD and (key := next(left, None)) is not None:
            waiting.append((key, readers.submit(read, key)))
        if not waiting:
            return
        key, reading = waiting.popleft()
        yield key, reading.result()
