"""What was rejected is taken out, corrected and submitted again, over moto."""

import json
from pathlib import Path

import pytest

from functions.core.messages import Item, unpack
from functions.operate.__main__ import main
from functions.operate.connection import StackConnection
from tests.integration.mended import NOW_US, V1P2, FailingConnection, message, store
from tests.payloads import Json, Payloads


def test_an_item_that_was_rejected_several_times_is_taken_out_once_as_it_came_last(connection: StackConnection) -> None:
    twice, once = (json.dumps(Payloads(n).lesson_started(Payloads(n).urn())).encode() for n in (1, 2))
    for received_us, raws in ((NOW_US, (twice, once)), (NOW_US + 1_000_000, (twice,))):
        items = [Item("rejection", raw, [{"code": "missing", "pointer": "/object"}]) for raw in raws]
        store(connection, message(items=items, received_us=received_us))
    assert main(["quarantine", "export", "Trainer", "out.ndjson"], connection=connection) == 0
    lines = {line["item"]["id"]: line for line in map(json.loads, Path("out.ndjson").read_text().splitlines())}
    assert len(Path("out.ndjson").read_text().splitlines()) == 2
    assert lines[json.loads(twice)["id"]]["receivedAt"] > lines[json.loads(once)["id"]]["receivedAt"]


def test_a_quarantined_item_is_corrected_and_submitted_again(
    connection: StackConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = Payloads(2).lesson_started(Payloads(2).urn())
    removed = broken.pop("object")
    rejected = Item("rejection", json.dumps(broken).encode(), [{"code": "missing", "pointer": "/object"}])
    store(connection, message(items=[rejected, Item("rejection", b"[")], data_version=broken["@context"]))
    assert main(["quarantine", "export", "Trainer", "out.ndjson"], connection=connection) == 0
    lines = [json.loads(line) for line in Path("out.ndjson").read_text().splitlines()]
    (line,) = [line for line in lines if "item" in line]
    assert line["item"] == broken
    assert line["reasons"][0]["pointer"] == "/object"
    Path("still-bad.ndjson").write_text(json.dumps(line))
    assert main(["quarantine", "resubmit", "Trainer", "still-bad.ndjson"], connection=connection) == 0
    assert "0 items queued, 1 still rejected" in capsys.readouterr().out
    line["item"]["object"] = removed
    Path("in.ndjson").write_text(json.dumps(line))
    assert main(["quarantine", "resubmit", "Trainer", "in.ndjson"], connection=connection, clock=lambda: NOW_US) == 0
    (sent,) = connection.client("sqs").receive_message(QueueUrl=connection.queue_url)["Messages"]
    assert json.loads(unpack(sent["Body"]).items[0].raw) == line["item"]


def taken_out(connection: StackConnection, *items: Item) -> list[Json]:
    """The lines of quarantine after these were rejected."""
    store(connection, message(items=list(items), data_version=V1P2))
    assert main(["quarantine", "export", "Trainer", "out.ndjson"], connection=connection) == 0
    return [json.loads(line) for line in Path("out.ndjson").read_text().splitlines()]


def queued(connection: StackConnection) -> list[bytes]:
    """The items in the queue."""
    client, items = connection.client("sqs"), []
    while received := client.receive_message(QueueUrl=connection.queue_url, MaxNumberOfMessages=10).get("Messages"):
        items += [item.raw for one in received for item in unpack(one["Body"]).items]
    return items


def test_lines_without_an_item_keep_no_other_from_being_submitted(
    connection: StackConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    good = Payloads(2).lesson_started(Payloads(2).urn())
    (cut,) = taken_out(connection, Item("rejection", json.dumps(good).encode()[:200]))
    assert cut["text"] == json.dumps(good)[:200]
    assert "A line with `text` in place of `item`" in capsys.readouterr().out
    line = {"version": V1P2, "item": good}
    bad = [cut, 7, {"item": good}, {"version": 1, "item": good}, {"version": V1P2}]
    Path("in.ndjson").write_text("\n".join(["", *map(json.dumps, bad), "{", " \r", json.dumps(line), "", ""]))
    assert main(["quarantine", "resubmit", "Trainer", "in.ndjson"], connection=connection) == 1
    shown = capsys.readouterr()
    assert [text.split()[1] for text in shown.out.splitlines()[:-2]] == ["2", "3", "4", "5", "6", "7"]
    assert "1 items queued, 0 still rejected, 6 lines passed over" in shown.out
    assert "submit in.ndjson again" in shown.out
    assert [json.loads(raw) for raw in queued(connection)] == [good]
    Path("in.ndjson").write_text(json.dumps(cut | {"item": good}) + "\n\n")
    assert main(["quarantine", "resubmit", "Trainer", "in.ndjson"], connection=connection) == 0
    assert [json.loads(raw) for raw in queued(connection)] == [good]


def test_what_was_not_corrected_is_submitted_byte_for_byte(connection: StackConnection) -> None:
    number = b'{"a": 1234567890123456789012345678901, "b" : 1.0, "c": 1e2, "d": "\\u00e9"}'
    event = Payloads(2).lesson_started(Payloads(2).urn()) | {"extensions": 0}
    raw = json.dumps(event).encode().replace(b'"extensions": 0', b'"extensions": ' + number)
    taken_out(connection, Item("rejection", raw))
    assert main(["quarantine", "resubmit", "Trainer", "out.ndjson"], connection=connection) == 0
    assert queued(connection) == [raw]


def test_an_item_that_was_sent_on_many_lines_is_one_line_of_quarantine(connection: StackConnection) -> None:
    event = Payloads(2).lesson_started(Payloads(2).urn())
    (line,) = taken_out(connection, Item("rejection", json.dumps(event, indent=2).replace("\n", "\r\n").encode()))
    assert line["item"] == event
    assert main(["quarantine", "resubmit", "Trainer", "out.ndjson"], connection=connection) == 0
    assert [json.loads(raw) for raw in queued(connection)] == [event]


def test_corrections_are_not_overwritten_by_taking_out_again(
    connection: StackConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("out.ndjson").write_text("corrected")
    assert main(["quarantine", "export", "Trainer", "out.ndjson"], connection=connection) == 2
    assert "out.ndjson exists already" in capsys.readouterr().err
    assert Path("out.ndjson").read_text() == "corrected"


def test_a_file_of_half_the_rejections_is_not_left_behind(connection: StackConnection) -> None:
    refusing = FailingConnection.of(connection, "dynamodb", number=4)
    assert main(["quarantine", "export", "Trainer", "out.ndjson"], connection=refusing) == 2
    assert not Path("out.ndjson").exists()


@pytest.mark.parametrize("command", ["export", "resubmit"])
@pytest.mark.parametrize("file", ["no/such", "."])
def test_a_file_that_cannot_be_opened_is_said_in_a_line(
    connection: StackConnection, command: str, file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["quarantine", command, "Trainer", file], connection=connection) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
