"""What was rejected is taken out, corrected and submitted again, over moto."""

import json
from pathlib import Path

import pytest

from functions.core.messages import Item, unpack
from functions.core.times import format_time
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
    assert main(["quarantine", "resubmit", "Trainer", "still-bad.ndjson"], connection=connection) == 1
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
        items += [item.raw for letter in received for item in unpack(letter["Body"]).items]
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
    output = capsys.readouterr()
    assert [text.split()[1] for text in output.out.splitlines()[:-2]] == ["2", "3", "4", "5", "6", "7"]
    assert "1 items queued, 0 still rejected, 6 lines passed over" in output.out
    assert "submit in.ndjson again" in output.out
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


FINDING = {"code": "missing", "pointer": "/object"}


def exported(connection: StackConnection, *options: str, file: str = "exported.ndjson") -> list[Json]:
    """The lines of an export, whose file is deleted."""
    assert main(["quarantine", "export", *options, "Trainer", file], connection=connection) == 0
    lines = [json.loads(line) for line in Path(file).read_text().splitlines()]
    Path(file).unlink()
    return lines


def items_of(lines: list[Json]) -> list[int]:
    return sorted(line["item"]["n"] for line in lines)


def numbered(*numbers: int, code: str = "missing") -> list[Item]:
    return [Item("rejection", json.dumps({"n": n}).encode(), [FINDING | {"code": code}]) for n in numbers]


def test_what_was_exported_does_not_come_again_unless_it_is_sent_again(connection: StackConnection) -> None:
    store(connection, message(items=numbered(1, 2)))
    assert items_of(exported(connection)) == [1, 2]
    assert exported(connection) == []
    assert items_of(exported(connection, "--state", "exported")) == [1, 2]
    store(connection, message(items=numbered(2), job="k" * 22, received_us=NOW_US + 1_000_000))
    assert items_of(exported(connection)) == [2]


def test_an_export_that_fails_marks_nothing(connection: StackConnection) -> None:
    store(connection, message(items=numbered(1)))
    refusing = FailingConnection.of(connection, "dynamodb", number=4)
    assert main(["quarantine", "export", "Trainer", "out.ndjson"], connection=refusing) == 2
    assert items_of(exported(connection)) == [1]


def test_an_export_may_be_of_a_code_and_of_a_time(connection: StackConnection) -> None:
    store(connection, message(items=[*numbered(1), *numbered(2, code="other")]))
    store(connection, message(items=numbered(3, code="other"), job="k" * 22, received_us=NOW_US + 86_400_000_000))
    assert items_of(exported(connection, "--code", "other", "--to", format_time(NOW_US + 1_000))) == [2]
    assert items_of(exported(connection, "--from", format_time(NOW_US + 1_000))) == [3]
    assert items_of(exported(connection)) == [1]


def test_what_was_resubmitted_or_dismissed_says_so_and_does_not_come_back(connection: StackConnection) -> None:
    good = json.dumps(Payloads(2).lesson_started(Payloads(2).urn())).encode()
    store(connection, message(items=[Item("rejection", good, [FINDING]), *numbered(1)], data_version=V1P2))
    assert main(["quarantine", "export", "Trainer", "out.ndjson"], connection=connection) == 0
    assert main(["quarantine", "resubmit", "Trainer", "out.ndjson"], connection=connection) == 1
    assert len(queued(connection)) == 1
    (line,) = exported(connection, "--state", "resubmitted")
    assert line["item"]["id"] == json.loads(good)["id"]
    rest = [line for line in Path("out.ndjson").read_text().splitlines() if json.loads(line)["item"].get("n") == 1]
    Path("rest.ndjson").write_text("\n".join(rest))
    assert main(["quarantine", "dismiss", "Trainer", "rest.ndjson"], connection=connection) == 0
    assert items_of(exported(connection, "--state", "dismissed")) == [1]
    assert exported(connection, "--state", "exported") == []
    assert exported(connection) == []


def test_a_line_that_names_no_exported_item_cannot_be_dismissed(
    connection: StackConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("in.ndjson").write_text('{"version": "v", "item": {}}\n{\n')
    assert main(["quarantine", "dismiss", "Trainer", "in.ndjson"], connection=connection) == 1
    assert "Lines that name no item of an export: 1, 2." in capsys.readouterr().out


def test_a_resubmitted_item_keeps_sensor_and_send_time_of_its_envelope(connection: StackConnection) -> None:
    good = [json.dumps(Payloads(n).lesson_started(Payloads(n).urn())).encode() for n in (2, 3)]
    for sensor, raw in zip(("https://a.example/sensor", "https://b.example/sensor"), good, strict=True):
        items = [Item("rejection", raw, [FINDING])]
        sent = {"sensor": sensor, "send_time": f"{sensor}-time"}
        store(connection, message(items=items, **sent, job=sensor[8] * 22, data_version=V1P2))
    assert main(["quarantine", "export", "Trainer", "out.ndjson"], connection=connection) == 0
    assert main(["quarantine", "resubmit", "Trainer", "out.ndjson"], connection=connection) == 0
    received = connection.client("sqs").receive_message(QueueUrl=connection.queue_url, MaxNumberOfMessages=10)
    messages = [unpack(received_message["Body"]) for received_message in received["Messages"]]
    assert {(message.sensor, message.send_time, item.raw) for message in messages for item in message.items} == {
        ("https://a.example/sensor", "https://a.example/sensor-time", good[0]),
        ("https://b.example/sensor", "https://b.example/sensor-time", good[1]),
    }
