"""An event is followed from the queue to its row, over moto."""

import json

import pytest

from functions.core.messages import Item, pack
from functions.operate.__main__ import main
from functions.operate.connection import StackConnection
from tests.integration.mended import NOW_US, message, store
from tests.payloads import Json, Payloads


def traced(
    connection: StackConnection, capsys: pytest.CaptureFixture[str], event: Json, *more: str
) -> tuple[int, str, dict[str, bool]]:
    """The exit code, the conclusion, and the places with whether the event is there."""
    capsys.readouterr()
    status = main(["trace", event["id"], "--json", *more], connection=connection, clock=lambda: NOW_US)
    answer = json.loads(capsys.readouterr().out)
    return status, answer["conclusion"], {stop["place"]: stop["reached"] for stop in answer["stops"]}


@pytest.fixture
def event() -> Json:
    return Payloads(1).lesson_started("urn:uuid:00000000-0000-4000-8000-00000000000f")


def test_a_stored_event_is_seen_in_archive_and_table(
    connection: StackConnection, capsys: pytest.CaptureFixture[str], event: Json
) -> None:
    store(connection, message(event))
    status, ends, places = traced(connection, capsys, event)
    assert (status, ends) == (0, "It is stored.")
    assert (places["archive"], places["row"], places["dead letter"]) == (True, True, False)
    assert main(["trace", event["id"], "--app", "Trainer"], connection=connection, clock=lambda: NOW_US) == 0
    assert "00000000000f" not in capsys.readouterr().out, "nothing of the learner is shown"


def test_the_session_that_an_event_names_is_told(
    connection: StackConnection, capsys: pytest.CaptureFixture[str], event: Json
) -> None:
    session = "urn:uuid:00000000-0000-4000-8000-0000000000b1"
    store(connection, message(event | {"session": {"id": session, "type": "Session"}}))
    assert traced(connection, capsys, event)[2]["session"]
    assert main(["trace", event["id"]], connection=connection, clock=lambda: NOW_US) == 0
    assert (
        f"{session} has no row yet: no sitting of it has ended; the session timer is there" in capsys.readouterr().out
    )


def test_an_event_that_is_nowhere_leaves_no_trace(
    connection: StackConnection, capsys: pytest.CaptureFixture[str], event: Json
) -> None:
    status, ends, places = traced(connection, capsys, event)
    assert status == 1
    assert "no trace of it" in ends
    assert not any(places.values())


def test_a_rejected_event_is_told_with_its_codes(
    connection: StackConnection, capsys: pytest.CaptureFixture[str], event: Json
) -> None:
    rejected = Item("rejection", json.dumps(event).encode(), [{"code": "missing", "pointer": "/object"}])
    store(connection, message(items=[rejected]))
    status, ends, places = traced(connection, capsys, event)
    assert status == 1
    assert "It was rejected" in ends
    assert places["rejection"]
    assert main(["trace", event["id"]], connection=connection, clock=lambda: NOW_US) == 1
    assert "missing at /object" in capsys.readouterr().out


def test_a_dead_letter_and_a_waiting_message_are_told_apart(
    connection: StackConnection, capsys: pytest.CaptureFixture[str], event: Json
) -> None:
    sqs = connection.client("sqs")
    sqs.send_message(QueueUrl=connection.queue_url, MessageBody=pack(message(event)))
    assert "wait in the queue" in traced(connection, capsys, event)[1]
    sqs.purge_queue(QueueUrl=connection.queue_url)
    sqs.send_message(QueueUrl=connection.dlq_url, MessageBody=pack(message(event)))
    for _ in range(2):
        status, ends, places = traced(connection, capsys, event)
        assert (status, places["dead letter"], places["queue"]) == (1, True, False)
        assert "make redrive" in ends


def test_an_event_whose_row_is_lost_is_found_in_the_archive(
    connection: StackConnection, capsys: pytest.CaptureFixture[str], event: Json
) -> None:
    store(connection, message(event))
    assert main(["trace", event["id"]], connection=connection, clock=lambda: NOW_US) == 0
    dynamodb = connection.client("dynamodb")
    for item in dynamodb.scan(TableName=connection.table)["Items"]:
        dynamodb.delete_item(TableName=connection.table, Key={name: item[name] for name in ("pk", "sk")})
    status, ends, places = traced(connection, capsys, event)
    assert (status, places["archive"], places["row"]) == (1, True, False)
    assert "make replay" in ends
