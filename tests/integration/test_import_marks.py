"""An import as it is told, and how it is known again: by its file, its app and where it went."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from functions.importing.importer import Destination
from functions.importing.mark import Mark, Progress
from functions.operate import import_command
from functions.operate.__main__ import main
from functions.operate.connection import StackConnection
from tests.aws import BUCKET
from tests.integration.mended import NOW_US, OTHER, OWN, register
from tests.integration.test_import import queued
from tests.payloads import Payloads


@pytest.fixture
def rows(connection: StackConnection) -> list[bytes]:
    """Four lines in a.ndjson: three events of last year, and one that is not JSON."""
    rows = [json.dumps(event).encode() + b"\n" for event in Payloads(1).events(3)]
    Path("a.ndjson").write_bytes(b"".join([*rows, b"not json"]))
    return rows


def imported(
    connection: StackConnection, capsys: pytest.CaptureFixture[str], *words: str, app: str = "Trainer"
) -> tuple[str, str]:
    """What is printed: the result, and the words beside."""
    capsys.readouterr()
    main(["import", app, *words], connection=connection, clock=lambda: NOW_US)
    printed = capsys.readouterr()
    return printed.out, printed.err


REJECTED = "1 rejected: correct a.ndjson.rejects and submit it with `make quarantine SUBMIT=1`"


def test_each_file_is_told_with_its_numbers_and_again_with_its_day(
    connection: StackConnection, rows: list[bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("b.ndjson").write_bytes(rows[0])
    assert imported(connection, capsys, "a.ndjson") == (f"a.ndjson: 3 accepted; {REJECTED}\n", "")
    queued(connection)  # it waits for what is old in the queue
    assert imported(connection, capsys, "b.ndjson") == ("b.ndjson: 1 accepted\n", "")
    again = imported(connection, capsys, "a.ndjson", "b.ndjson")[0].splitlines()
    when = "imported already, 2026-03-02T12:00:00.000Z"
    assert again == [f"a.ndjson: {when}; 3 accepted; {REJECTED}", f"b.ndjson: {when}; 1 accepted"]
    assert json.loads(imported(connection, capsys, "?.ndjson", "--json")[0]) == {
        "files": [
            {"file": "a.ndjson", "accepted": 3, "rejected": 1},
            {"file": "b.ndjson", "accepted": 1, "rejected": 0},
        ]
    }


def test_a_file_whose_content_was_imported_goes_another_way_only_to_another_place(
    connection: StackConnection, rows: list[bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    register(connection, OTHER)
    imported(connection, capsys, "a.ndjson")
    Path("same.ndjson").write_bytes(Path("a.ndjson").read_bytes())
    assert "imported already" in imported(connection, capsys, "same.ndjson")[0]
    assert len(queued(connection)) == 3
    archived = imported(connection, capsys, "a.ndjson", "--archive-only")[0]
    assert archived.startswith("a.ndjson: 3 accepted, 3 of them into the archive alone; 1 rejected")
    assert queued(connection) == []
    assert connection.client("s3").list_objects_v2(Bucket=BUCKET, Prefix="archive/")["KeyCount"] == 1
    for stack, app in ((connection, "Another"), (replace(connection, url="https://other"), "Trainer")):
        assert "already" not in imported(stack, capsys, "a.ndjson", app=app)[0]
        queued(connection)
    assert len(list(Path(".local").glob("import-*"))) == 4


def test_an_import_that_was_stopped_goes_on_after_the_line_that_is_noted(
    connection: StackConnection, rows: list[bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    imported(connection, capsys, "a.ndjson")
    queued(connection)
    (path,) = Path(".local").glob("import-*")
    Mark(path).write(Progress(received_us=NOW_US - 5, offset=len(rows[0] + rows[1]), line=2, accepted=2, portions=1))
    said, beside = imported(connection, capsys, "a.ndjson")
    assert beside == "a.ndjson: going on after line 2, where it was stopped\n"
    assert said.startswith("a.ndjson: 3 accepted; 1 rejected")
    assert queued(connection) == [rows[2].strip()]
    progress = Mark(path).read()
    assert progress is not None
    assert (progress.received_us, progress.done) == (NOW_US - 5, True)
    Mark(path).write(Progress(received_us=NOW_US))
    assert imported(connection, capsys, "a.ndjson")[1] == "", "it was stopped before its first portion"


@pytest.mark.parametrize(("portions", "notes"), [(1, ["a.ndjson: 3 accepted, 1 rejected"]), (2, [])])
def test_a_long_import_tells_how_far_it_is(
    connection: StackConnection,
    rows: list[bytes],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    portions: int,
    notes: list[str],
) -> None:
    assert rows
    monkeypatch.setattr(import_command, "NOTED_PORTIONS", portions)
    assert imported(connection, capsys, "a.ndjson")[1].splitlines() == notes


@pytest.mark.parametrize(
    ("words", "archive_only", "ahead"), [([], False, 40), (["--archive-only", "--ahead", "7"], True, 7)]
)
def test_an_import_goes_where_the_stack_and_the_options_say(
    connection: StackConnection,
    rows: list[bytes],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    archive_only: bool,
    ahead: int,
) -> None:
    assert rows
    calls: list[tuple[Destination, dict[str, Any]]] = []

    def noted(path: Path, mark: Mark, to: Destination, **how: Any) -> Progress:
        assert (path, mark.read()) == (Path("a.ndjson"), None)
        calls.append((to, how))
        return Progress(received_us=1, rejected=1)

    monkeypatch.setattr(import_command, "import_file", noted)
    assert main(["import", "Trainer", "a.ndjson", *words], connection=connection, clock=lambda: NOW_US) == 1
    ((to, how),) = calls
    assert (to.app, to.retention_days, to.archive_only) == (OWN, connection.retention_days, archive_only)
    pressure = to.pressure
    assert (pressure.most_waiting, pressure.clock(), pressure.queue) == (ahead, NOW_US, to.queue)
    pressure.tell("waiting")
    assert capsys.readouterr().err == "waiting\n"
    assert not to.erased
    assert how["now_us"] == NOW_US
