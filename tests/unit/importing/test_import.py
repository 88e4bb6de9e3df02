"""An import: every id once, whatever it is stopped by, behind live events, and what is rejected in a file."""

import base64
import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from functions.core.apps import App
from functions.core.caliper.findings import Refusal
from functions.core.ids import id_digest
from functions.core.messages import unpack
from functions.core.privacy.erased import Erased, Erasure
from functions.core.times import DAY_US, MINUTE_US, format_time, parse_time
from functions.importing.files import ImportRefused, digest_of
from functions.importing.importer import Destination, import_file
from functions.importing.lines import envelopes_of
from functions.importing.mark import Mark, Progress
from functions.importing.portions import NO_ONE, PORTION_ITEMS
from functions.importing.pressure import Pressure
from functions.operate.recovery import quarantine
from functions.settings import ProcessSettings
from functions.store import keys
from functions.store.archive import lines as archive_lines
from functions.store.dynamodb.key_parts import time_key
from functions.store.dynamodb.table import Row
from functions.storing.pipeline import process
from tests.fakes import MemoryArchive, MemoryBus, MemoryQueue, MemoryTable
from tests.payloads import APP, V1P2, Json, Payloads
from tests.world import World

pytestmark = pytest.mark.slow

NOW_US = parse_time("2026-03-02T12:00:00Z") or 0
THE_APP = App(app_id=APP, tenant=keys.tenant_of(APP), edapps=("*",))
STUDENT = "urn:uuid:0a0a0a0a-0000-4000-8000-000000000001"
GOOD = Payloads(3).question_started(STUDENT) | {"eventTime": "2025-10-01T10:00:00.000Z"}


class Killed(Exception):
    """What stops an import in a test."""


class School:
    """A queue, a table and an archive, and a file to import."""

    def __init__(self, folder: Path) -> None:
        self.table, self.queue, self.archive = MemoryTable(), MemoryQueue(), MemoryArchive()
        self.mark = Mark(folder / "mark")
        self.path = folder / "events.ndjson"
        self.paused: list[float] = []

    def write(self, rows: Iterable[Json | bytes], *, packed: bool = False) -> None:
        text = b"".join((row if isinstance(row, bytes) else json.dumps(row).encode()) + b"\n" for row in rows)
        self.path.write_bytes(gzip.compress(text) if packed else text)

    def run(
        self,
        *,
        kill_after: int | None = None,
        retention_days: int = 400,
        archive_only: bool = False,
        erased: Erased = NO_ONE,
    ) -> Progress:
        done = 0

        def tell(_progress: Progress) -> None:
            nonlocal done
            done += 1
            if done == kill_after:
                raise Killed

        to = Destination(
            app=THE_APP,
            queue=self.queue,
            archive=self.archive,
            pressure=Pressure(self.queue, self.table, lambda: NOW_US, self.paused.append, print),
            retention_days=retention_days,
            archive_only=archive_only,
            erased=erased,
        )
        return import_file(self.path, self.mark, to, file_digest=digest_of(self.path), now_us=NOW_US, tell=tell)

    def store(self) -> None:
        settings = ProcessSettings(table_name="t", bucket_name="b")
        messages = [unpack(body) for body in self.queue.take()]
        if messages:
            process(messages, table=self.table, archive=self.archive, settings=settings, now_us=NOW_US)

    def stored_ids(self) -> list[str]:
        return sorted(sk for _, sk in self.table.items if sk.startswith(keys.EVENT))

    @property
    def rejects(self) -> Path:
        return self.path.with_name("events.ndjson.rejects")


@pytest.fixture
def school(tmp_path: Path) -> School:
    return School(tmp_path)


def events(count: int) -> list[Json]:
    payloads = Payloads(5)
    first_us = parse_time("2025-10-01T08:00:00Z") or 0
    return [
        payloads.question_started(STUDENT) | {"eventTime": format_time(first_us + number * 1_000_000)}
        for number in range(count)
    ]


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_every_event_of_a_file_is_stored_once_under_the_imports_own_group(school: School, packed: bool) -> None:
    school.write(events(PORTION_ITEMS + 10), packed=packed)
    progress = school.run()
    assert (progress.accepted, progress.rejected, progress.done) == (PORTION_ITEMS + 10, 0, True)
    assert set(school.queue.groups) == {f"{THE_APP.tenant}#import"}
    school.store()
    assert len(school.stored_ids()) == PORTION_ITEMS + 10


@pytest.mark.slow
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_an_import_that_was_killed_goes_on_and_every_id_is_there_once(school: School, packed: bool) -> None:
    bad = GOOD | {"object": 7}
    school.write([*events(PORTION_ITEMS), bad, *events(2 * PORTION_ITEMS)[PORTION_ITEMS:], bad], packed=packed)
    with pytest.raises(Killed):
        school.run(kill_after=1)
    school.rejects.write_bytes(b"half a line that no mark knows of")
    progress = school.run()
    assert (progress.accepted, progress.rejected) == (2 * PORTION_ITEMS, 2)
    assert [json.loads(line)["line"] for line in school.rejects.read_bytes().splitlines()] == [
        PORTION_ITEMS + 1,
        2 * PORTION_ITEMS + 2,
    ]
    queued = sum(len(unpack(body).items) for body in school.queue.bodies)
    assert queued == 2 * PORTION_ITEMS, "nothing was queued twice"
    school.store()
    assert len(school.stored_ids()) == 2 * PORTION_ITEMS


def test_a_portion_that_was_queued_and_not_noted_is_queued_again_as_the_same_messages(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    school.write(events(300))
    with monkeypatch.context() as patch:
        patch.setattr(Mark, "write", lambda *_: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            school.run()
    school.run()
    half = len(school.queue.bodies) // 2
    assert school.queue.bodies[:half] == school.queue.bodies[half:]
    school.store()
    assert len(school.stored_ids()) == 300


def test_the_same_file_again_queues_nothing(school: School) -> None:
    school.write(events(3))
    first = school.run()
    school.queue.take()
    assert school.run() == first
    assert school.queue.bodies == []


def test_it_waits_while_more_than_a_batch_waits_in_the_queue(school: School) -> None:
    school.write(events(3))
    school.queue.backlog = 1000

    def process_some(seconds: float) -> None:
        school.paused.append(seconds)
        school.queue.backlog = max(0, school.queue.backlog - 400)

    pressure = Pressure(school.queue, school.table, lambda: NOW_US, process_some, print)
    pressure.wait(portion=10)
    assert len(school.paused) == 3
    assert pressure.paused_s == sum(school.paused)


def test_it_waits_while_what_waits_is_old(school: School) -> None:
    school.queue.backlog = 1
    now = [NOW_US]
    note: Row = {keys.PK: "LAG", keys.SK: f"{time_key(NOW_US)}#w", "at": NOW_US, "oldest": NOW_US - 5 * MINUTE_US}
    school.table.put_all([note | {"until": NOW_US + MINUTE_US}])

    def drain(_seconds: float) -> None:
        school.queue.backlog = 0

    pressure = Pressure(school.queue, school.table, lambda: now[0], drain, print)
    pressure.wait(portion=1)
    assert pressure.paused_s > 0


def test_a_long_wait_is_told(school: School) -> None:
    school.queue.backlog = 1000
    lines: list[str] = []

    def pause(_seconds: float) -> None:
        school.queue.backlog = 0 if len(lines) == 2 else 1000

    Pressure(school.queue, school.table, lambda: NOW_US, pause, lines.append).wait(portion=10)
    assert [text.partition(":")[0] for text in lines] == ["waiting for 30 s", "waiting for 60 s"]


def test_what_is_rejected_is_submitted_clean_once_it_is_corrected(school: School) -> None:
    school.write([GOOD | {"object": 7}, b"not json"])
    assert school.run().rejected == 2
    (row, broken) = map(json.loads, school.rejects.read_bytes().splitlines())
    assert row["reasons"][0]["pointer"] == "/object"
    assert broken["text"] == "not json"
    corrected = json.dumps(row | {"item": GOOD}).encode()
    (line,) = quarantine.resubmit(school.queue, school.table, THE_APP, [corrected], now_us=NOW_US, nonce=b"12345678")
    assert not line.errors


def test_what_is_older_than_the_table_keeps_goes_to_the_archive_alone(school: School) -> None:
    old = GOOD | {"id": "urn:uuid:7f3c1f2e-5d0a-4d44-9a2b-1c6e8f0b3a11", "eventTime": "2019-10-01T10:00:00.000Z"}
    school.write([GOOD, old])
    progress = school.run()
    assert (progress.accepted, progress.archived) == (2, 1)
    assert [item.raw for message in school.archive.messages() for item in message.items] == [json.dumps(old).encode()]
    school.store()
    assert len(school.stored_ids()) == 1


def test_archive_only_queues_nothing(school: School) -> None:
    school.write(events(3))
    school.run(archive_only=True)
    assert school.queue.bodies == []
    assert sum(len(message.items) for message in school.archive.messages()) == 3


def test_a_file_that_is_cut_is_told_and_what_came_before_is_kept(school: School) -> None:
    school.write(events(PORTION_ITEMS + 500), packed=True)
    school.path.write_bytes(school.path.read_bytes()[:-2000])
    with pytest.raises(ImportRefused, match="cut or damaged"):
        school.run()
    progress = school.mark.read()
    assert progress is not None
    assert not progress.done


def raws(line: Any) -> list[bytes] | Refusal:
    envelopes = envelopes_of(line if isinstance(line, bytes) else json.dumps(line).encode(), THE_APP)
    return envelopes if isinstance(envelopes, Refusal) else [raw for envelope in envelopes for raw in envelope.items]


def test_each_known_format_gives_the_events_bytes() -> None:
    text = json.dumps(GOOD).encode()
    envelope = {"sensor": "s", "sendTime": "2026-01-27T10:00:00Z", "dataVersion": V1P2, "data": [GOOD, GOOD]}
    openlrw: dict[str, Any] = {"_id": {"$oid": "5f"}, "userId": "u", "tenantId": "t", "event": GOOD}
    rejected = {"line": 3, "version": V1P2, "reasons": [], "item": GOOD}
    assert raws(GOOD) == [text]
    assert raws(envelope) == [text, text]
    assert raws([envelope]) == [text, text]
    assert raws(openlrw) == [text]
    assert raws(rejected) == [text]
    assert isinstance(raws(b"{oops"), Refusal)


def test_an_archive_line_of_this_service_gives_what_the_app_sent(school: School) -> None:
    school.write([GOOD])
    school.run()
    (message,) = map(unpack, school.queue.take())
    (line,) = archive_lines([message])
    assert raws(line) == [json.dumps(GOOD).encode()]
    row = json.loads(line)
    raw64 = base64.b64encode(row.pop("raw").encode()).decode()
    assert raws(row | {"raw64": raw64}) == [json.dumps(GOOD).encode()]
    assert raws(json.loads(line) | {"system": True}) == []


def test_mongodbs_types_are_undone() -> None:
    typed = GOOD | {
        "_id": {"$oid": "5f"},
        "eventTime": {"$date": "2025-10-01T10:00:00.000Z"},
        "extensions": {"n": {"$numberLong": "7"}, "at": {"$date": {"$numberLong": "1759312800000"}}},
    }
    opened = raws({"userId": "u", "event": typed})
    assert isinstance(opened, list)
    (raw,) = opened
    assert json.loads(raw) == GOOD | {"extensions": {"n": 7, "at": "2025-10-01T10:00:00.000Z"}}


def test_subscribers_hear_nothing_of_sessions_that_were_long_over_when_they_came() -> None:
    world = World()
    world.bus = MemoryBus()
    received_us = world.now_us
    world.send(world.event(-2 * 24 * 60), received_us=received_us)
    world.now_us = received_us + DAY_US
    world.sweep()
    world.drain()
    assert len(world.timed_out()) == 1, "the fact is there"
    assert world.bus.notices == []


def test_subscribers_hear_of_a_session_that_came_a_little_late() -> None:
    world = World()
    world.send(world.event(-60))
    world.set_clock(24 * 60)
    world.sweep()
    assert {"SessionStarted", "SessionEnded", "TimedOut"} <= {kind for kind, _ in world.bus.notices}


@pytest.mark.parametrize("archive_only", [False, True])
def test_what_happened_before_a_person_was_erased_does_not_come_back_by_a_file(
    school: School, archive_only: bool
) -> None:
    erasure = Erasure(
        digest=id_digest(STUDENT), role="learner", alias="urn:erased:1", before_us=NOW_US - 1, request="r"
    )
    later = GOOD | {"id": "urn:uuid:0a0a0a0a-0000-4000-8000-0000000000ff", "eventTime": format_time(NOW_US)}
    rejected = GOOD | {"action": 5}
    school.write([GOOD, later, rejected])
    school.run(erased=Erased({erasure.digest: erasure}), archive_only=archive_only)
    school.store()
    kept = [json.loads(item.raw)["id"] for message in school.archive.messages() for item in message.items]
    assert kept == [later["id"]]
    assert not school.rejects.exists()
