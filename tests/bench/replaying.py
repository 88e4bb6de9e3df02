"""What a replay costs: calls an event however small the objects are, waits with more workers, events a second.

`python -m tests.bench.replaying 1000000` rebuilds as many generated events through real clients of a loopback.
"""

import gzip
import itertools
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from copy import replace
from pathlib import Path

import orjson

from functions.client.memory.archive import MemoryArchive
from functions.core.messages import Item, Message
from functions.core.times import DAY_US, LAST_US, MINUTE_US, day_of
from functions.operate.progress import Progress
from functions.operate.replaying.checkpoints import Checkpoints
from functions.operate.replaying.groups import Archive, Group
from functions.operate.replaying.workers import WORKERS, Replay
from functions.process.handler import CLIENTS
from functions.store.archive import DAYS, lines, messages_of
from functions.store.dynamodb.table import DynamoTable, Table
from functions.store.registrations import Registrations
from functions.storing.event_index_cache import EventIndexCache
from functions.storing.replaying import store_again
from tests.bench.loopback import client, served
from tests.bench.measure import Figure
from tests.bench.processing import SETTINGS
from tests.bench.samples import NOW_US, School
from tests.bench.sweeping import Waits
from tests.fakes import MemoryTable

SMALL = 1_000  # objects of one event, in one hour
DAYS_REPLAYED, DAY_EVENTS = 8, 2_000
OBJECT_EVENTS = 100


def archived(objects: int, events: int, *, days: int = 1, learners: int = 25) -> MemoryArchive:
    """So many objects a day of so many events each, of learners in open sessions."""
    archive = MemoryArchive()
    school = School(41, learners)
    step_us = 60 * MINUTE_US // objects
    for day, number in itertools.product(range(days), range(objects)):
        received_us = NOW_US + day * DAY_US + number * step_us
        message = school.message(events)
        archive.write([replace(message, received_us=received_us)])
    return archive


def rebuild(
    archive: Archive, open_table: Callable[[], Table], *, workers: int, progress: Progress | None = None
) -> int:
    """Rebuild everything; how many events."""

    def open_store() -> Callable[[Group], tuple[int, int]]:
        table = open_table()
        cache, registrations = EventIndexCache(), Registrations(table, SETTINGS.timeouts)

        def store(group: Group) -> tuple[int, int]:
            stored = store_again(
                group.batches,
                table=table,
                settings=SETTINGS,
                now_us=NOW_US,
                event_index_cache=cache,
                registrations=registrations,
                held=False,
            )
            return stored.events, stored.rejections

        return store

    days = archive.days(from_day="", to_day="~")
    events = 0
    with tempfile.TemporaryDirectory() as folder:
        replay = Replay(
            archive=archive,
            checkpoints=Checkpoints(Path(folder) / "days"),
            open_store=open_store,
            joined_until_us=LAST_US,
            workers=workers,
        )
        with (progress or Progress(quiet=True)).steps("archive objects", replay.objects(days)) as advance:
            for step in replay.run(days):
                events += step.events
                advance(f"{events} events", step.objects)
    return events


def calls_per_event() -> float:
    """Calls of DynamoDB, an event, where each archive object holds one."""
    table = MemoryTable()
    events = rebuild(archived(SMALL, 1), lambda: table, workers=WORKERS)
    assert events == SMALL
    return table.calls.total / events


def waits(workers: int) -> int:
    """Calls of DynamoDB of the worker that makes most, over days of equal size: it is waited for."""
    calls = Waits()
    table = MemoryTable(calls)
    archive = archived(DAY_EVENTS // 10, 10, days=DAYS_REPLAYED)
    begun = threading.Barrier(workers)

    def open_table() -> Table:
        begun.wait()  # nothing waits in memory: without this one worker would take several days before another begins
        return table

    assert rebuild(archive, open_table, workers=workers) == DAYS_REPLAYED * DAY_EVENTS
    return max(calls.by_thread.values())


class Generated:
    """An archive of any size: the objects of a few templates over and over, each event with an id of its own."""

    def __init__(self, events: int, *, days: int = DAYS_REPLAYED, templates: int = 20) -> None:
        self._objects_a_day = events // OBJECT_EVENTS // days
        self._days = [day_of(NOW_US - day * DAY_US) for day in range(days)]
        school = School(42, 100)
        messages = [school.message(OBJECT_EVENTS) for _ in range(templates)]
        self._packed = [gzip.compress(b"".join(lines([message])), 1) for message in messages]
        self._ids = [[str(orjson.loads(item.raw)["id"]).encode() for item in message.items] for message in messages]

    def days(self, *, from_day: str, to_day: str) -> list[str]:
        return sorted(day for day in self._days if from_day <= day <= to_day)

    def keys(self, *, from_day: str, to_day: str, after: str = "") -> Iterator[str]:
        for day in self.days(from_day=from_day, to_day=to_day):
            first_us = NOW_US - self._days.index(day) * DAY_US
            for number in range(self._objects_a_day):
                key = f"{DAYS}{day}/{first_us + number * 1_000_000:016d}-{number:016x}.ndjson.gz"
                if key > after:
                    yield key

    def read(self, key: str) -> list[Message]:
        name = key.rpartition("/")[2]
        template = int(name[17:33], 16) % len(self._packed)
        (message,) = messages_of(gzip.decompress(self._packed[template]).splitlines())
        message.items[:] = [
            Item(item.kind, item.raw.replace(own, b"urn:uuid:" + str(uuid.uuid4()).encode()), item.findings)
            for item, own in zip(message.items, self._ids[template], strict=True)
        ]
        return [replace(message, job=name[:33], received_us=int(name[:16]))]


def figures() -> Iterator[Figure]:
    yield Figure("replay_calls_per_event", calls_per_event(), "calls of DynamoDB, 1,000 objects of one event")
    yield Figure("replay_waits_8_workers_vs_1", waits(1) / waits(8), "× fewer calls in sequence")


def main(events: int) -> None:
    """Rebuild `events` through real clients of a loopback, and say how long that took on this machine."""
    with served() as url:
        began, began_cpu = time.monotonic(), time.process_time()
        stored = rebuild(
            Generated(events),
            lambda: DynamoTable(client("dynamodb", url, **CLIENTS), SETTINGS.table_name),
            workers=WORKERS,
            progress=Progress(),
        )
        seconds, cpu_s = time.monotonic() - began, time.process_time() - began_cpu
    print(f"{stored} events in {seconds:.0f} s, {cpu_s:.0f} s of CPU: {stored / cpu_s:.0f} events a core and second")


if __name__ == "__main__":
    main(int(sys.argv[1]))
