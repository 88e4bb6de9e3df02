"""`make import` over moto: from a pattern of files to the queue, and what is rejected to a file."""

import json
from pathlib import Path

import pytest

from functions.core.messages import unpack
from functions.operate.__main__ import main
from functions.operate.connection import StackConnection
from tests.integration.mended import NOW_US
from tests.payloads import Payloads


def queued(connection: StackConnection) -> list[bytes]:
    """The items in the queue, taken out of it."""
    client, items = connection.client("sqs"), []
    while received := client.receive_message(QueueUrl=connection.queue_url, MaxNumberOfMessages=10).get("Messages"):
        for message in received:
            items += [item.raw for item in unpack(message["Body"]).items]
            client.delete_message(QueueUrl=connection.queue_url, ReceiptHandle=message["ReceiptHandle"])
    return items


def test_files_are_queued_once_and_what_is_rejected_is_in_a_file_beside_them(
    connection: StackConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [json.dumps(event).encode() for event in Payloads(1).events(4)]
    Path("a.ndjson").write_bytes(b"\n".join(rows[:2]))
    Path("b.ndjson").write_bytes(b"\n".join([*rows[2:], b"not json"]))
    items = []
    for name, code in (("a.*", 0), ("b.*", 1)):  # of b a line is rejected
        assert main(["import", "Trainer", name], connection=connection, clock=lambda: NOW_US) == code
        items += queued(connection)
    assert sorted(items) == sorted(rows)
    assert len(Path("b.ndjson.rejects").read_text().splitlines()) == 1
    assert main(["import", "Trainer", "*.ndjson"], connection=connection, clock=lambda: NOW_US) == 1
    assert queued(connection) == []
    assert "imported already" in capsys.readouterr().out


def test_a_file_that_is_not_there_is_named(connection: StackConnection, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "Trainer", "missing.ndjson"], connection=connection) == 2
    assert "There is no file missing.ndjson" in capsys.readouterr().err
