"""`python -m tests.bench.bulk_import 1000000`: so many generated lines through the importer and `process`, in memory.

The import is killed at a third, after a portion was queued and before that was noted, and goes on in a second run. A
live event is sent before each batch of `process`. At the end every id is looked for in the table.
"""

import logging
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from functions.client.memory.queue import MemoryQueue
from functions.client.memory.table import MemoryTable
from functions.core.apps import App
from functions.core.ids import id_digest
from functions.core.jobs import job_key
from functions.core.messages import Item, Message, pack
from functions.core.times import parse_time
from functions.importing.importer import Destination, import_file
from functions.importing.mark import Mark, Progress
from functions.importing.pressure import Pressure
from functions.process.handler import Dependencies, handler
from functions.settings import ProcessSettings
from functions.store import keys
from functions.store.archive import lines
from functions.store.registrations import Registrations
from tests.bench.processing import delivered
from tests.payloads import APP, Payloads

LEARNERS = 2_000
BAD_EVERY = 1_000  # lines: one without its action
DAYS = 29
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
NOW_US = parse_time(NOW.isoformat()) or 0
SETTINGS = ProcessSettings(table_name="memory", bucket_name="memory")
OWN = App(app_id=APP, tenant=keys.tenant_of(APP), edapps=("*",))


class Killed(Exception):
    """The command is killed: after a portion was queued, before it was noted."""


class KilledMark(Mark):
    """A mark that is not written any more from a line on."""

    def __init__(self, path: Path, line: int) -> None:
        super().__init__(path)
        self._line = line

    def write(self, progress: Progress) -> None:
        if progress.line >= self._line:
            raise Killed
        super().write(progress)


class CountingArchive:
    """Counts the lines that it is handed."""

    def __init__(self) -> None:
        self.lines = 0

    def write(self, messages: Sequence[Message]) -> list[str]:
        self.lines += sum(1 for _ in lines(messages))
        return []


@dataclass(slots=True)
class Service:
    """Queue and `process`. `waited` counts the batches that were stored before a live event was."""

    queue: MemoryQueue = field(default_factory=MemoryQueue)
    table: MemoryTable = field(default_factory=MemoryTable)
    archive: CountingArchive = field(default_factory=CountingArchive)
    payloads: Payloads = field(default_factory=lambda: Payloads(2, start=NOW))
    live: list[str] = field(default_factory=list)
    most_messages_before: int = 0
    process_s: float = 0.0
    dependencies: Dependencies = field(init=False)

    def __post_init__(self) -> None:
        registrations = Registrations(self.table, SETTINGS.timeouts)
        self.dependencies = Dependencies(
            table=self.table,
            archive=self.archive,
            settings=SETTINGS,
            registrations=registrations,
        )

    def store(self, _seconds: float = 0) -> None:
        """A live event is sent; then one batch of `process`, of all that waits."""
        self.most_messages_before = max(self.most_messages_before, self.queue.waiting())
        self.payloads.clock = NOW
        event = self.payloads.resource_viewed(self.payloads.urn())
        self.live.append(id_digest(event["id"]))
        message = Message(
            tenant=OWN.tenant,
            app_id=OWN.app_id,
            job=job_key(NOW_US, len(self.live).to_bytes(8)),
            received_us=NOW_US,
            sensor="https://app.example.org/sensors/1",
            data_version="http://purl.imsglobal.org/ctx/caliper/v1p2",
            items=[Item("event", orjson.dumps(event))],
        )
        self.queue.send([pack(message)], group=OWN.tenant)
        began = time.process_time()
        answer = handler(delivered(self.queue.take()), None, dependencies=self.dependencies, now_us=NOW_US)
        self.process_s += time.process_time() - began
        if answer["batchItemFailures"]:
            raise RuntimeError(f"process did not store {answer['batchItemFailures']}")


def generate(path: Path, *, app: str, count: int, seed: int, until: datetime) -> tuple[set[str], int]:
    """Write that many events of the weeks before `until`; the digests of the good ones' ids, and how many are bad."""
    start, step = until - timedelta(days=DAYS + 1), timedelta(days=DAYS) / count
    payloads = Payloads(seed, app=app, start=start)
    students = [payloads.urn() for _ in range(LEARNERS)]
    makers = [make for name, make in payloads.mix().items() if not name.startswith(("Canvas", "Blackboard"))]
    good: set[str] = set()
    with path.open("wb") as file:
        for number in range(count):
            payloads.clock = start + number * step
            event = makers[number % len(makers)](students[number // len(makers) % LEARNERS])
            if number % BAD_EVERY == BAD_EVERY - 1:
                del event["action"]
            else:
                good.add(id_digest(event["id"]))
            file.write(orjson.dumps(event, option=orjson.OPT_APPEND_NEWLINE))
    return good, count - len(good)


def bulk_import(folder: Path, count: int) -> bool:
    """Import `count` lines, print what became of them; whether all is as it must be."""
    path = folder / "history.ndjson"
    good, bad = generate(path, app=APP, count=count, seed=1, until=NOW)
    service = Service()
    pressure = Pressure(service.queue, service.table, lambda: NOW_US, service.store, print)
    to = Destination(
        app=OWN,
        queue=service.queue,
        archive=service.archive,
        pressure=pressure,
        retention_days=400,
    )
    mark, killed_at = folder / "mark", 0
    began = time.process_time()
    for each in (KilledMark(mark, count // 3), Mark(mark)):
        try:
            import_file(path, each, to, file_digest="generated", now_us=NOW_US, tell=lambda _progress: None)
        except Killed:
            noted = Mark(mark).read()
            killed_at = 0 if noted is None else noted.line
    importer_s = time.process_time() - began - service.process_s
    service.store()
    stored = Counter(sk.split("#")[2] for _, sk in service.table.items if sk.startswith(keys.EVENT))
    rejects = path.with_name(f"{path.name}.rejects").read_bytes().count(b"\n") if bad else 0
    missing = sum(not stored[name] for name in (*good, *service.live))
    twice = sum(times > 1 for times in stored.values())
    print(f"{count:,} lines: {len(good):,} good, {rejects:,} in the file of rejects; killed at line {killed_at:,}")
    print(
        f"{len(service.live):,} live events, before one at most {service.most_messages_before} messages of the import"
    )
    print(f"{missing} ids missing, {twice} stored more than once, {service.archive.lines:,} lines archived")
    print(f"CPU: {count / importer_s:.0f} lines/s of the importer, {count / service.process_s:.0f} events/s of process")
    return not missing and not twice and rejects == bad and killed_at > 0


if __name__ == "__main__":
    logging.disable(logging.INFO)
    with tempfile.TemporaryDirectory() as name:
        sys.exit(0 if bulk_import(Path(name), int(sys.argv[1])) else 1)
