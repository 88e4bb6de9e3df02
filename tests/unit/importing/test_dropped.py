"""A file that is dropped into the bucket is imported as `make import` does, over as many runs as it takes."""

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest

from functions.core.apps import App
from functions.core.messages import unpack
from functions.core.times import parse_time
from functions.importer.dropped_import import MOST_BYTES, Doors
from functions.importer.handler import STOP_BEFORE_MS, Dependencies, NotSentAgain, clock_of, handler
from functions.importing.portions import PORTION_ITEMS
from functions.store import keys
from functions.store.imports.drop_folder import Dropped, dropped_files
from functions.store.registry import Registry
from tests.fakes import MemoryArchive, MemoryQueue, MemoryTable
from tests.payloads import APP, Payloads

NOW_US = parse_time("2026-03-02T12:00:00Z") or 0
OWN = App(app_id=APP, tenant=keys.tenant_of(APP), name="Reading & more", edapps=("*",))
DROPPED = Dropped(OWN.name, "history 2025.ndjson", 0)


class MemoryDropFolder:
    """The bucket as a dict."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def fetch(self, key: str, path: Path) -> bool:
        if key in self.objects:
            path.write_bytes(self.objects[key])
        return key in self.objects

    def put(self, key: str, path: Path) -> None:
        self.objects[key] = path.read_bytes()

    def answer(self, key: str, body: Mapping[str, Any]) -> None:
        self.objects[key] = json.dumps(body).encode()


class Remaining:
    """Lambda's context, whose time is over after so many portions."""

    def __init__(self, portions: int) -> None:
        self.portions = portions

    def get_remaining_time_in_millis(self) -> int:
        self.portions -= 1
        return STOP_BEFORE_MS + self.portions * 1000


class Importer:
    """The Lambda over what is in memory."""

    def __init__(self, scratch: Path) -> None:
        self.folder, self.queue, self.notifications = MemoryDropFolder(), MemoryQueue(), MemoryQueue()
        table = MemoryTable()
        self.registry = Registry(table)
        self.registry.add_app(OWN, now_us=NOW_US)
        doors = Doors(
            folder=self.folder,
            queue=self.queue,
            archive=MemoryArchive(),
            table=table,
            registry=self.registry,
            retention_days=400,
            scratch=scratch,
            clock=lambda: NOW_US,
            pause=lambda _seconds: None,
            tell=lambda _text: None,
        )
        self.dependencies = Dependencies(doors=doors, notifications=self.notifications)

    def drop(self, lines: list[bytes], dropped: Dropped = DROPPED) -> str:
        """Put the file; S3's notification of it."""
        self.folder.objects[dropped.key] = b"".join(line + b"\n" for line in lines)
        return notification(dropped)

    def run(self, body: str, portions: int | None = None) -> None:
        context = None if portions is None else Remaining(portions)
        handler({"Records": [{"body": body}]}, context, dependencies=self.dependencies)

    def answer(self, dropped: Dropped = DROPPED) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.folder.objects[dropped.beside("json")])
        return answer

    def queued(self) -> list[bytes]:
        return [item.raw for body in self.queue.take() for item in unpack(body).items]


@pytest.fixture
def importer(tmp_path: Path) -> Importer:
    return Importer(tmp_path)


def notification(dropped: Dropped) -> str:
    """As S3 writes it: the key is URL-encoded, a space as a plus."""
    stored = {"key": quote_plus(dropped.key, safe="/"), "size": dropped.size}
    return json.dumps({"Records": [{"eventName": "ObjectCreated:Put", "s3": {"object": stored}}]})


def events(count: int) -> list[bytes]:
    return [json.dumps(event).encode() for event in Payloads(5).events(count)]


def test_a_notification_names_the_app_and_the_file_whatever_characters_they_have() -> None:
    assert dropped_files(notification(DROPPED)) == [DROPPED]
    nested = Dropped("Reading", "2025/a+b.ndjson.gz", 3)
    assert dropped_files(notification(nested)) == [nested]


def test_the_notification_that_s3_sends_to_try_a_queue_names_no_file() -> None:
    assert dropped_files('{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b"}') == []


def test_every_good_line_is_queued_once_and_the_answer_counts_them(importer: Importer) -> None:
    lines = events(5)
    importer.run(importer.drop([*lines, b"not json"]))
    assert sorted(importer.queued()) == sorted(lines)
    answer = importer.answer()
    assert {name: answer[name] for name in ("status", "lines", "accepted", "rejected")} == {
        "status": "done",
        "lines": 6,
        "accepted": 5,
        "rejected": 1,
    }
    (rejected,) = importer.folder.objects[answer["rejects"]].splitlines()
    assert json.loads(rejected)["line"] == 6


def test_the_same_file_again_under_any_name_queues_nothing(importer: Importer) -> None:
    lines = events(3)
    importer.run(importer.drop(lines))
    importer.queue.take()
    for dropped in (DROPPED, Dropped(OWN.name, "again.ndjson", 0)):
        importer.run(importer.drop(lines, dropped))
        assert importer.queue.take() == []
        assert importer.answer(dropped)["accepted"] == 3


def test_a_file_that_takes_longer_than_a_run_goes_on_in_the_next_with_its_rejects(importer: Importer) -> None:
    lines = events(PORTION_ITEMS + 10)
    body = importer.drop([b"not json", *lines, b"nor this"])
    importer.run(body, portions=1)
    assert importer.answer()["status"] == "going on"
    (again,) = importer.notifications.take()
    assert again == body
    importer.run(again)
    assert sorted(importer.queued()) == sorted(lines)
    assert importer.answer()["status"] == "done"
    rejects = importer.folder.objects[DROPPED.beside("rejects")].splitlines()
    assert [json.loads(line)["line"] for line in rejects] == [1, PORTION_ITEMS + 12]
    assert importer.notifications.bodies == []


def test_a_run_that_cannot_tell_the_next_raises_so_that_sqs_delivers_the_message_again(importer: Importer) -> None:
    body = importer.drop(events(PORTION_ITEMS + 1))
    importer.notifications.refuse = {0}
    with pytest.raises(NotSentAgain):
        importer.run(body, portions=1)


@pytest.mark.parametrize("name", [OWN.app_id.replace("/", ""), OWN.tenant, "Reading & more"])
def test_the_folder_is_an_apps_name_or_id(importer: Importer, name: str) -> None:
    dropped = Dropped(name, "a.ndjson", 0)
    importer.run(importer.drop(events(1), dropped))
    assert importer.answer(dropped)["accepted"] == 1


@pytest.mark.parametrize(
    ("dropped", "sentence"),
    [
        (Dropped("Nobody", "a.ndjson", 0), "No app has the name or id 'Nobody'"),
        (Dropped(OWN.name, "a.ndjson", MOST_BYTES + 1), "split it at line ends"),
    ],
)
def test_a_file_that_cannot_be_imported_is_answered_with_what_to_do(
    importer: Importer, dropped: Dropped, sentence: str
) -> None:
    importer.run(importer.drop(events(1), dropped))
    assert importer.answer(dropped)["status"] == "refused"
    assert sentence in importer.answer(dropped)["message"]
    assert importer.queue.bodies == []


def test_a_file_that_is_gone_is_answered_so(importer: Importer) -> None:
    importer.run(notification(DROPPED))
    assert "no longer in the folder" in importer.answer()["message"]


def test_a_damaged_archive_is_refused_after_what_could_be_read_of_it(importer: Importer) -> None:
    body = importer.drop([b"\x1f\x8bthis is not gzip"])
    importer.run(body)
    assert "cut or damaged" in importer.answer()["message"]


def test_without_a_context_there_is_always_time() -> None:
    assert clock_of(None)()
    assert not clock_of(Remaining(0))()


def test_a_gzip_file_with_a_wrong_byte_is_refused(importer: Importer) -> None:
    packed = bytearray(gzip.compress(b"\n".join(events(50)), mtime=0))
    packed[len(packed) // 2] ^= 0xFF
    importer.folder.objects[DROPPED.key] = bytes(packed)
    importer.run(notification(DROPPED))
    assert "cut or damaged" in importer.answer()["message"]
