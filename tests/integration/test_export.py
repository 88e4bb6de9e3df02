"""`make export` over moto: what an app sent between two days, each event once, as GET /events answers it."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from functions.core.times import DAY_US, parse_time
from functions.operate.__main__ import main
from functions.operate.connection import StackConnection
from functions.store.sent import walk
from tests.integration.mended import NOW_US, OTHER, message, register, store
from tests.payloads import Json, Payloads

FROM, TO = "2026-03-01", "2026-03-03"


def events(count: int, *, seed: int = 1, day: int = 2) -> list[Json]:
    times = [f"2026-03-{day:02d}T10:{number // 60:02d}:{number % 60:02d}.000Z" for number in range(count)]
    return [event | {"eventTime": time} for event, time in zip(Payloads(seed).events(count), times, strict=True)]


def export(connection: StackConnection, capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    """The result of the command, or why it is refused."""
    command = ["export", "--json", *words]
    assert main(command, connection=connection, clock=lambda: NOW_US) == code
    return json.loads(capsys.readouterr().out)


def test_every_event_of_the_days_is_a_line_and_no_other(
    connection: StackConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted, outside = events(250), events(3, seed=2, day=3)
    for start in range(0, 250, 50):
        store(connection, message(*wanted[start : start + 50], job=f"{start:022d}"))
    store(connection, message(*outside, *wanted[:5], received_us=NOW_US + DAY_US, job="k" * 22))
    done = export(connection, capsys, "Trainer", FROM, TO)
    assert done == {"file": f"events-{FROM}-{TO}.ndjson", "events": 250}
    file = Path(done["file"])
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    times = [parse_time(row["event"]["eventTime"]) for row in rows]
    assert times == sorted(times, key=lambda us: -(us or 0))
    assert {row["event"]["id"]: row["event"] for row in rows} == {event["id"]: event for event in wanted}
    assert len(rows) == 250
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_walk_that_ends_early_is_gone_on_with(
    connection: StackConnection, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, event in enumerate(events(12)):
        store(connection, message(event, job=f"{number:022d}"))
    monkeypatch.setattr(walk, "MANIFESTS", 2)
    assert export(connection, capsys, "Trainer", FROM, TO)["events"] == 12


def test_csv_has_the_same_rows(connection: StackConnection, capsys: pytest.CaptureFixture[str]) -> None:
    wanted = events(130)
    store(connection, message(*wanted))
    export(connection, capsys, "Trainer", FROM, TO, "--format=csv", "--file=out.csv")
    with Path("out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert sorted(row["id"] for row in rows) == sorted(event["id"] for event in wanted)
    assert {row["type"] for row in rows} == {event["type"] for event in wanted}
    assert json.loads(rows[0]["event"])["id"] == rows[0]["id"]


def test_another_apps_events_are_not_in_it(connection: StackConnection, capsys: pytest.CaptureFixture[str]) -> None:
    register(connection, OTHER)
    store(connection, message(*events(3)))
    assert export(connection, capsys, "Another", FROM, TO)["events"] == 0


def test_a_file_is_never_overwritten_and_none_is_left_after_a_failure(
    connection: StackConnection, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store(connection, message(*events(3)))
    Path("mine.csv").write_text("mine")
    assert "exists already" in export(connection, capsys, "Trainer", FROM, TO, "--file=mine.csv", code=2)["error"]
    assert Path("mine.csv").read_text() == "mine"

    def broken(*_: Any) -> Any:
        raise ConnectionError("the table is gone")

    monkeypatch.setattr("functions.operate.export.exporting.event_json", broken)
    export(connection, capsys, "Trainer", FROM, TO, "--file=new.ndjson", code=2)
    assert not Path("new.ndjson").exists()


def test_a_span_without_an_instant_is_refused(connection: StackConnection, capsys: pytest.CaptureFixture[str]) -> None:
    assert "FROM must be before TO" in export(connection, capsys, "Trainer", TO, FROM, code=2)["error"]
