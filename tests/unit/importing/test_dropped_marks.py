"""What is kept of a dropped file between two runs, what is answered about it, and where its items go."""

import json
import time
from copy import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from functions.core.apps import App
from functions.core.ids import id_digest
from functions.core.privacy.erased import Erasure
from functions.core.times import DAY_US, MINUTE_US, format_time
from functions.importer import dropped_import
from functions.importer import handler as lambda_handler
from functions.importer.dropped_import import MOST_BYTES, Doors, import_dropped
from functions.importer.handler import STOP_BEFORE_MS, NotSentAgain, clock_of, handler
from functions.importing.files import digest_of
from functions.importing.importer import Destination
from functions.importing.mark import Progress
from functions.importing.portions import PORTION_ITEMS
from functions.store import keys
from functions.store.erasure.rows import add_erasures
from functions.store.imports.drop_folder import Dropped
from tests.aws_rules.client import RefusingClient
from tests.log_records import records_of
from tests.payloads import Payloads
from tests.unit.importing.test_dropped import DROPPED, NOW_US, OWN, Importer, events, notification
from tests.unit.importing.test_import import STUDENT

pytestmark = pytest.mark.slow

OTHER = App(app_id="urn:other", tenant=keys.tenant_of("urn:other"), name="Other", edapps=("*",))


@pytest.fixture
def importer(tmp_path: Path) -> Importer:
    return Importer(tmp_path)


def doors_of(importer: Importer, **changes: Any) -> Doors:
    return replace(importer.dependencies.doors, **changes)


def take(importer: Importer, dropped: Dropped = DROPPED, *, portions: int = 10**6, **changes: Any) -> bool:
    """One run over a file, which stops after so many portions."""
    left = [portions]

    def time_left() -> bool:
        left[0] -= 1
        return left[0] > 0

    return import_dropped(dropped, doors_of(importer, **changes), time_left=time_left)


def mark_key(importer: Importer, dropped: Dropped = DROPPED) -> str:
    path = importer.dependencies.doors.scratch / "copy"
    path.write_bytes(importer.folder.objects[dropped.key])
    return f"imported/{dropped.app}/{digest_of(path)}.mark"


def test_the_answer_has_every_number_and_names_rejects_only_if_there_are_any(importer: Importer) -> None:
    importer.run(importer.drop(events(2)))
    done = {
        "status": "done",
        "received": format_time(NOW_US),
        "lines": 2,
        "accepted": 2,
        "rejected": 0,
        "archiveOnly": 0,
    }
    assert importer.answer() == done
    assert set(importer.folder.objects) == {DROPPED.key, DROPPED.beside("json"), mark_key(importer)}
    bad = Dropped(OWN.name, "bad.ndjson", 0)
    importer.run(importer.drop([b"not json"], bad))
    assert importer.answer(bad) == done | {
        "lines": 1, "accepted": 0, "rejected": 1, "rejects": "imported/Reading & more/bad.ndjson.rejects"
    }  # fmt: skip


def test_a_refusal_is_answered_with_its_sentence_and_is_done_with(importer: Importer) -> None:
    importer.drop(events(1))
    assert take(importer, Dropped("Nobody", "a.ndjson", 0))
    answer = importer.answer(Dropped("Nobody", "a.ndjson", 0))
    assert set(answer) == {"status", "message"}
    assert answer["message"].startswith("No app has the name or id 'Nobody'. Drop the file under import/<name>/")
    assert take(importer, replace(DROPPED, size=MOST_BYTES)), "the most is taken"
    assert importer.answer()["status"] == "done"
    assert MOST_BYTES == 268_435_456


def test_a_run_that_stops_says_so_and_the_next_ends_it(importer: Importer) -> None:
    importer.drop([b"no", *events(2 * PORTION_ITEMS)])
    assert not take(importer, portions=1)
    first = importer.answer()
    assert (first["status"], first["lines"], first["rejected"]) == ("going on", PORTION_ITEMS, 1)
    assert not take(importer, portions=1)
    assert take(importer, portions=2, clock=lambda: NOW_US + MINUTE_US)
    last = importer.answer()
    assert (last["status"], last["accepted"], last["received"]) == ("done", 2 * PORTION_ITEMS, format_time(NOW_US))


class Stopped(Exception):
    """What ends a run in a test."""


@pytest.mark.parametrize(("saved_portions", "is_saved"), [(2, True), (3, False)])
def test_a_run_that_dies_has_left_its_mark_and_its_rejects_every_so_many_portions(
    importer: Importer, monkeypatch: pytest.MonkeyPatch, saved_portions: int, is_saved: bool
) -> None:
    monkeypatch.setattr(dropped_import, "SAVED_PORTIONS", saved_portions)
    importer.drop([b"no", *events(2 * PORTION_ITEMS)])
    left = iter([True, None])

    def die() -> bool:
        if next(left) is None:
            raise Stopped
        return True

    with pytest.raises(Stopped):
        import_dropped(DROPPED, importer.dependencies.doors, time_left=die)
    assert (mark_key(importer) in importer.folder.objects) is is_saved
    assert (DROPPED.beside("rejects") in importer.folder.objects) is is_saved
    assert DROPPED.beside("json") not in importer.folder.objects
    importer.queue.take()
    assert take(importer)
    assert importer.answer()["accepted"] == 2 * PORTION_ITEMS
    rejects = importer.folder.objects[DROPPED.beside("rejects")].splitlines()
    assert [json.loads(line)["line"] for line in rejects] == [1]
    assert len(importer.queued()) == (1 if is_saved else 2 * PORTION_ITEMS)


def test_what_another_file_left_on_the_disk_is_nothing_to_this_one(importer: Importer) -> None:
    scratch = importer.dependencies.doors.scratch
    for first in (b"not json", b"nor this"):
        importer.run(importer.drop([first, *events(1)]))
    (scratch / "dropped.rejects").write_bytes(b"of another\n")
    clean = Dropped(OWN.name, "clean.ndjson", 0)
    importer.run(importer.drop(events(3), clean))
    assert importer.answer(clean)["accepted"] == 3
    assert clean.beside("rejects") not in importer.folder.objects


def test_the_same_file_for_another_app_is_imported_for_that_one(importer: Importer) -> None:
    importer.registry.add_app(OTHER, now_us=NOW_US)
    for name in (OWN.name, OTHER.name, OTHER.app_id, OTHER.tenant):
        importer.run(importer.drop(events(1), Dropped(name, "a.ndjson", 0)))
    assert set(importer.queue.groups) == {f"{OWN.tenant}#import", f"{OTHER.tenant}#import"}


def test_a_file_goes_where_the_doors_lead(importer: Importer, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[Path, Destination, dict[str, Any]]] = []

    def noted(path: Path, mark: Any, to: Destination, **how: Any) -> Progress:
        mark.write(Progress(received_us=NOW_US))
        calls.append((path, to, how))
        return Progress(received_us=NOW_US, done=True)

    monkeypatch.setattr(dropped_import, "import_file", noted)
    paused, lines = list[float](), list[str]()
    importer.drop(events(1))
    doors = doors_of(importer, retention_days=7, pause=paused.append, tell=lines.append, clock=lambda: NOW_US + 1)
    import_dropped(DROPPED, doors, time_left=lambda: False)
    ((path, to, how),) = calls
    assert path.read_bytes() == importer.folder.objects[DROPPED.key]
    assert (to.app, to.queue, to.archive, to.retention_days, to.archive_only) == (
        OWN, doors.queue, doors.archive, 7, False
    )  # fmt: skip
    assert (how["file_digest"], how["now_us"], how["time_left"]()) == (digest_of(path), NOW_US + 1, False)
    pressure = to.pressure
    pressure.pause(3)
    pressure.tell("waiting")
    assert (pressure.queue, pressure.table, pressure.clock(), paused, lines) == (
        doors.queue, doors.table, NOW_US + 1, [3], ["waiting"]
    )  # fmt: skip
    assert not to.erased


def test_what_is_old_goes_to_the_archive_and_what_is_erased_stays_away(importer: Importer) -> None:
    gone = Payloads(6).question_started(STUDENT) | {"eventTime": format_time(NOW_US - DAY_US)}
    old, kept = Payloads(5).events(2)
    old["eventTime"] = format_time(NOW_US - 401 * DAY_US)
    kept["eventTime"] = format_time(NOW_US - 399 * DAY_US)
    digest = id_digest(STUDENT)
    erasure = Erasure(digest=digest, role="learner", alias="urn:erased:1", before_us=NOW_US, request="r")
    add_erasures(importer.registry.table, OWN.tenant, [erasure])
    importer.run(importer.drop([json.dumps(event).encode() for event in (old, gone, kept)]))
    answer = importer.answer()
    assert (answer["accepted"], answer["archiveOnly"], answer["rejected"]) == (2, 1, 0)
    assert [json.loads(raw)["id"] for raw in importer.queued()] == [kept["id"]]


def test_each_file_of_each_message_is_imported_and_only_what_goes_on_is_told_again(
    importer: Importer,
) -> None:
    long, short = Dropped(OWN.name, "long.ndjson", 0), Dropped(OWN.name, "short.ndjson", 0)
    bodies = [importer.drop(events(count), dropped) for count, dropped in ((2 * PORTION_ITEMS, long), (1, short))]
    left = iter([STOP_BEFORE_MS, *[STOP_BEFORE_MS + 1] * 9])
    context = SimpleNamespace(get_remaining_time_in_millis=lambda: next(left))
    with records_of("importer") as logged:
        handler({"Records": [{"body": body} for body in bodies]}, context, dependencies=importer.dependencies)
    assert [importer.answer(dropped)["status"] for dropped in (long, short)] == ["going on", "done"]
    assert importer.notifications.groups == ["import"]
    assert importer.notifications.take() == [bodies[0]]
    assert [(record.getMessage(), record.files, record.going_on) for record in logged.records] == [
        ("imported", 1, 1), ("imported", 1, 0)
    ]  # fmt: skip


def test_a_message_of_two_files_is_told_again_if_one_of_them_goes_on(importer: Importer) -> None:
    both: dict[str, list[Any]] = {"Records": []}
    for dropped in (DROPPED, Dropped(OWN.name, "b.ndjson", 0)):
        importer.drop(events(PORTION_ITEMS + 1), dropped)
        both["Records"] += json.loads(notification(dropped))["Records"]
    left = iter([STOP_BEFORE_MS, *[STOP_BEFORE_MS + 1] * 9])
    context = SimpleNamespace(get_remaining_time_in_millis=lambda: next(left))
    event = {"Records": [{"body": json.dumps(both)}]}
    importer.notifications.refuse = {0}
    with pytest.raises(NotSentAgain):
        handler(event, context, dependencies=importer.dependencies)
    importer.notifications.refuse = set()
    handler(event, None, dependencies=importer.dependencies)
    assert importer.notifications.bodies == []
    assert importer.answer()["status"] == "done"


@pytest.mark.parametrize(("left_ms", "has_time"), [(60_001, True), (60_000, False), (0, False)])
def test_a_run_stops_a_minute_before_its_end(left_ms: int, has_time: bool) -> None:
    assert clock_of(SimpleNamespace(get_remaining_time_in_millis=lambda: left_ms))() is has_time


def test_the_doors_of_an_instance_have_its_clock_its_pause_and_its_log(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {
        "TABLE_NAME": "t",
        "REGISTRY_TABLE_NAME": "r",
        "QUEUE_URL": "https://q",
        "NOTIFICATIONS_URL": "https://n",
        "BUCKET_NAME": "b",
        "RETENTION_DAYS": "7",
    }
    for name, value in names.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(lambda_handler, "open_client", lambda *_, **__: RefusingClient())
    monkeypatch.setattr(time, "time_ns", lambda: 1_769_508_180_000_000_999)
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    lambda_handler.open_dependencies.cache_clear()
    try:
        doors = lambda_handler.open_dependencies().doors
    finally:
        lambda_handler.open_dependencies.cache_clear()
    assert (doors.clock(), doors.retention_days, str(doors.scratch)) == (1_769_508_180_000_000, 7, "/tmp")
    doors.pause(2)
    assert slept == [2]
    with records_of("importer") as logged:
        doors.tell("waiting")
    assert logged.levels_and_texts() == [("WARNING", "waiting")]
