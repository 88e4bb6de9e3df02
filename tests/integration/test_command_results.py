"""What the commands for mishaps say, in words and as JSON, down to each number."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from functions.core.messages import Item, pack
from functions.core.times import DAY_US, MINUTE_US, format_time
from functions.operate.__main__ import main
from functions.operate.connection import StackConnection
from tests.integration.mended import NOW_US, OTHER, OWN, V1P2, message, register, store, three_objects
from tests.payloads import Payloads

FINDING = {"code": "missing", "pointer": "/object"}
NOW = format_time(NOW_US)


class Terminal:
    """Types commands, and hands back what they print."""

    def __init__(self, connection: StackConnection, capsys: pytest.CaptureFixture[str]) -> None:
        self.connection, self.capsys = connection, capsys

    def type(self, *words: str, code: int = 0, now_us: int = NOW_US) -> list[str]:
        self.capsys.readouterr()
        assert main(words, connection=self.connection, clock=lambda: now_us) == code
        return self.capsys.readouterr().out.splitlines()

    def json(self, *words: str, code: int = 0, now_us: int = NOW_US) -> Any:
        (line,) = self.type(*words, "--json", code=code, now_us=now_us)
        return json.loads(line)


@pytest.fixture
def terminal(connection: StackConnection, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(connection, capsys)


def test_quarantine_is_told_with_its_numbers(terminal: Terminal) -> None:
    good = Payloads(2).lesson_started(Payloads(2).urn())
    rejected = [Item("rejection", json.dumps(row).encode(), [FINDING]) for row in (good, {"n": 1})]
    store(terminal.connection, message(items=rejected, data_version=V1P2))
    assert terminal.json("quarantine", "export", "Trainer", "out.ndjson") == {"file": "out.ndjson", "count": 2}
    with Path("out.ndjson").open("a") as file:
        file.write("{\n")
    said = terminal.json("quarantine", "resubmit", "Trainer", "out.ndjson", code=1)
    numbers = {name: said[name] for name in ("queued", "rejected", "passedOver")}
    assert numbers == {"queued": 1, "rejected": 1, "passedOver": 1}
    assert [(line["line"], bool(line["errors"])) for line in said["lines"]] == [(2, True), (3, True)]
    assert set(said) == {*numbers, "lines"}
    lines = Path("out.ndjson").read_text().splitlines(keepends=True)
    Path("good.ndjson").write_text(lines[0])
    assert terminal.type("quarantine", "resubmit", "Trainer", "good.ndjson") == [
        "1 items queued, 0 still rejected, 0 lines passed over"
    ]
    assert terminal.json("quarantine", "dismiss", "Trainer", "out.ndjson", code=1) == {
        "dismissed": 2, "passedOver": [3]
    }  # fmt: skip
    Path("bad.ndjson").write_text(lines[1])
    assert terminal.type("quarantine", "dismiss", "Trainer", "bad.ndjson") == [
        "1 rejected items of Trainer are dismissed: no export has them, until they are sent again."
    ]


def letters(terminal: Terminal, *bodies: str) -> None:
    for body in bodies:
        terminal.connection.client("sqs").send_message(QueueUrl=terminal.connection.dlq_url, MessageBody=body)


def test_dead_letters_are_told_with_their_numbers(terminal: Terminal) -> None:
    assert terminal.type("dlq", "list") == ["No dead letters."]
    assert terminal.json("dlq", "list") == {"deadLetters": []}
    assert terminal.type("redrive") == ["No dead letters."]
    items = [Item("entity", b"{}"), Item("rejection", b"{"), Item("rejection", b"[")]
    letters(terminal, pack(message(items=items)), "AAAA")
    said = terminal.json("dlq", "list")["deadLetters"]
    readable, other = sorted(said, key=lambda letter: not letter["redrivable"])
    assert {name: value for name, value in readable.items() if name not in ("id", "reason")} == {
        "received_at": NOW, "app_id": OWN.app_id, "job": "j" * 22, "items": {"entity": 1, "rejection": 2},
        "redrivable": True,
    }  # fmt: skip
    assert {name: value for name, value in other.items() if name not in ("id", "reason")} == {
        "received_at": "", "app_id": "", "job": "", "items": {}, "redrivable": False
    }  # fmt: skip
    lines = terminal.type("dlq", "list")
    assert f"{readable['id']}  received {NOW}  app {OWN.app_id}  1 entity, 2 rejection" in lines
    assert f"{other['id']}  received ?  app ?  nothing readable" in lines
    assert f"    {other['reason']}" in lines
    assert lines[-1] == "2 dead letters"
    assert terminal.json("dlq", "save", "all.ndjson") == {"file": "all.ndjson", "count": 2}
    saved = {line["id"]: line for line in map(json.loads, Path("all.ndjson").read_text().splitlines())}
    assert [item["kind"] for item in saved[readable["id"]]["items"]] == ["entity", "rejection", "rejection"]
    assert {name: value for name, value in saved[other["id"]].items() if name != "reason"} == {
        "id": other["id"], "receivedAt": "", "appId": "", "jobId": "", "body": "AAAA"
    }  # fmt: skip
    assert saved[readable["id"]]["receivedAt"] == NOW
    said = terminal.json("redrive", code=1)
    assert said == {"moved": [readable["id"]], "kept": {other["id"]: other["reason"]}}
    assert f"{other['id']} stays. {other['reason']}" in terminal.type("redrive", code=1)
    assert terminal.json("dlq", "delete", "--all") == {"deleted": [other["id"]]}


def test_several_dead_letters_are_named_in_one_argument_or_in_several(terminal: Terminal) -> None:
    letters(terminal, "AAAA", "BBBB", "CCCC", "DDDD")
    ids = [letter["id"] for letter in terminal.json("dlq", "list")["deadLetters"]]
    for words in ([f"{ids[0]},{ids[1]}"], [f" {ids[2]} "]):
        named = [name for word in words for name in word.replace(",", " ").split()]
        assert sorted(terminal.json("dlq", "delete", *words)["deleted"]) == sorted(named)
    for words in ([], ["--all", ids[3]]):
        terminal.type("dlq", "delete", *words, code=2)
    assert terminal.type("dlq", "delete", ids[3]) == ["1 dead letters deleted."]


def test_a_replay_and_a_rebuild_are_told_with_their_numbers(terminal: Terminal) -> None:
    three_objects(terminal.connection)
    store(terminal.connection, message(items=[Item("rejection", b"{]")], job="r" * 22, received_us=NOW_US + 1))
    counts = {"objects": 4, "events": 9, "rejections": 1}
    words = "4 archive objects replayed: 9 events, 1 rejections"
    assert terminal.json("replay", "2026-03-02", "2026-03-02") == counts
    assert terminal.type("replay", "2026-03-02", "2026-03-02") == [words]
    assert terminal.json("rebuild", "--into", "twin") == counts | {"table": "twin"}
    answer = "now answers as the archive says: compare, then let the stack use it."
    assert terminal.type("rebuild", "--into", "twin", "--resume") == [words, f"twin {answer}"]
    name = f"{terminal.connection.table}-rebuilt-20260302"
    assert terminal.json("rebuild")["table"] == name
    terminal.connection.client("dynamodb").delete_table(TableName=terminal.connection.table)
    own = f"{terminal.connection.table} now answers as the archive says."
    assert terminal.type("rebuild") == [words, own]
    for days in (["2026-03-03", "2026-03-02"], ["2026-3-2", "2026-03-02"], ["2026-03-02", "soon"]):
        terminal.type("replay", *days, code=2)


def stops(terminal: Terminal, event_id: str, *words: str, code: int = 0, **clock: int) -> dict[str, list[str]]:
    """What is said of each place: `+` if the event is there."""
    texts: dict[str, list[str]] = {}
    said = terminal.json("trace", event_id, *words, code=code, **clock)
    assert (said["id"], said["stored"]) == (event_id, not code)
    for stop in said["stops"]:
        texts.setdefault(stop["place"], []).append(f"{'+' if stop['reached'] else '-'} {stop['text']}")
    return texts


def test_each_stop_of_a_stored_event_is_told(terminal: Terminal) -> None:
    event = Payloads(1).lesson_started(Payloads(1).urn()) | {"session": "urn:uuid:00000000-0000-4000-8000-0000000000b1"}
    store(terminal.connection, message(event))
    texts = stops(terminal, event["id"])
    assert list(texts) == ["queue", "dead letter", "archive", "row", "session"]
    assert texts["queue"] == ["- about 0 messages wait or are being stored"]
    assert texts["dead letter"] == ["- in none that is visible and can be read"]
    (key,) = texts["archive"]
    assert key.startswith(f"+ archive/day=20260302/{NOW_US}-")
    (row,) = texts["row"]
    assert row.startswith(f"+ received {NOW} by app {OWN.app_id}, job {'j' * 22}, at E#")
    lines = terminal.type("trace", event["id"])
    assert [line[:18] for line in lines[:3]] == ["no   queue        ", "no   dead letter  ", "yes  archive      "]
    assert lines[-1] == "It is stored."


def test_an_event_of_no_session_and_one_whose_sitting_ended_are_told_apart(terminal: Terminal) -> None:
    alone = Payloads(1).lesson_started(Payloads(1).urn())
    del alone["session"]
    store(terminal.connection, message(alone))
    (said,) = stops(terminal, alone["id"])["session"]
    assert said.startswith("- it names none")


def test_an_event_of_several_apps_is_told_of_each_or_of_the_one_that_is_named(terminal: Terminal) -> None:
    register(terminal.connection, OTHER)
    event = Payloads(1).lesson_started(Payloads(1).urn())
    rejected = Item("rejection", json.dumps(event).encode(), [FINDING, {"code": "other", "pointer": ""}])
    theirs = message(items=[rejected], job="o" * 22, received_us=NOW_US + 1)
    for each in (message(items=[rejected]), copy.replace(theirs, tenant=OTHER.tenant, app_id=OTHER.app_id)):
        store(terminal.connection, each)
    both = stops(terminal, event["id"], code=1)["rejection"]
    codes = "missing at /object, other at /"
    assert sorted(both) == sorted([
        f"+ received {NOW} by app {OWN.app_id}, job {'j' * 22}: {codes}",
        f"+ received {format_time(NOW_US + 1)} by app {OTHER.app_id}, job {'o' * 22}: {codes}",
    ])  # fmt: skip
    assert len(stops(terminal, event["id"], "--app", "Another", code=1)["rejection"]) == 1


def test_a_dead_letter_with_the_event_is_named(terminal: Terminal) -> None:
    wanted, other = Payloads(1).events(2)
    letters(terminal, pack(message(wanted, other)), pack(message(other)), "AAAA")
    ids = {letter["id"]: letter["items"] for letter in terminal.json("dlq", "list")["deadLetters"]}
    (named,) = (letter_id for letter_id, items in ids.items() if items == {"event": 2})
    assert stops(terminal, wanted["id"], code=1)["dead letter"] == [f"+ in {named}"]


def test_the_archive_is_searched_from_a_day_before_or_from_the_time_that_is_named(terminal: Terminal) -> None:
    event = Payloads(1).lesson_started(Payloads(1).urn())
    store(terminal.connection, message(event))
    dynamodb = terminal.connection.client("dynamodb")
    for item in dynamodb.scan(TableName=terminal.connection.table)["Items"]:
        dynamodb.delete_item(TableName=terminal.connection.table, Key={name: item[name] for name in ("pk", "sk")})

    def reached(now_us: int, *words: str) -> bool:
        (said,) = stops(terminal, event["id"], *words, code=1, now_us=now_us)["archive"]
        if said.startswith("-"):
            since = words[1] if words else format_time(now_us - DAY_US)
            assert said == f"- in no object since {since}"
        return said.startswith("+")

    assert reached(NOW_US + DAY_US)
    assert not reached(NOW_US + DAY_US + 1000)
    assert reached(NOW_US + 9 * DAY_US, "--since", NOW)
    assert not reached(NOW_US + 9 * DAY_US, "--since", format_time(NOW_US + MINUTE_US))
