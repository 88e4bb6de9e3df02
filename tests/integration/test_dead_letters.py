"""Dead letters are listed, saved, deleted and sent again, over moto."""

import json
from copy import replace
from pathlib import Path
from typing import Any

import pytest

from functions.core.messages import pack, unpack
from functions.core.webhooks import delivery as deliveries
from functions.core.webhooks.delivery import Delivery
from functions.core.webhooks.webhook import Webhook
from functions.operate.__main__ import main
from functions.operate.connection import StackConnection
from functions.store.dynamodb.table import DynamoTable
from functions.store.webhooks.webhooks import change_webhooks
from tests.integration.mended import OWN, message
from tests.payloads import Payloads


def dead_letter(connection: StackConnection, body: str) -> None:
    connection.client("sqs").send_message(QueueUrl=connection.dlq_url, MessageBody=body)


def test_dead_letters_are_listed_with_their_reasons_and_stay(
    connection: StackConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    student = "urn:uuid:00000000-0000-4000-8000-00000000000f"
    dead_letter(connection, pack(message(Payloads(1).lesson_started(student))))
    dead_letter(connection, "AAAA")
    for _ in range(2):
        assert main(["dlq", "list"], connection=connection) == 0
        output = capsys.readouterr().out
        assert "1 event" in output
        assert "It can be stored" in output
        assert "It cannot be read" in output
        assert "2 dead letters" in output
        assert student not in output


def test_a_redrive_moves_every_dead_letter_back_into_the_queue(connection: StackConnection) -> None:
    sent = [message(Payloads(n).lesson_started(Payloads(n).urn())) for n in range(13)]
    for letter in sent:
        dead_letter(connection, pack(letter))
    assert main(["redrive"], connection=connection) == 0
    client, received = connection.client("sqs"), []
    while messages := client.receive_message(QueueUrl=connection.queue_url, MaxNumberOfMessages=10).get("Messages"):
        received += [unpack(letter["Body"]) for letter in messages]
    assert sorted(unpacked.items[0].raw for unpacked in received) == sorted(unpacked.items[0].raw for unpacked in sent)
    assert "Messages" not in client.receive_message(QueueUrl=connection.dlq_url)


def test_a_redrive_sends_no_more_at_once_than_sqs_takes(connection: StackConnection) -> None:
    payloads = Payloads(5)
    for number in range(12):
        whole = message(*payloads.events(40), job=f"{number:022d}")
        body = pack(whole)
        dead_letter(connection, body)
    assert main(["redrive"], connection=connection) == 0
    jobs = [unpack(letter["Body"]).job for letter in waiting(connection, connection.queue_url)]
    assert sorted(jobs) == [f"{number:022d}" for number in range(12)]


def waiting(connection: StackConnection, url: str) -> list[dict[str, Any]]:
    """The messages of a queue, which then hides them."""
    client, received = connection.client("sqs"), []
    while messages := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        received += messages
    return received


def ids(connection: StackConnection, capsys: pytest.CaptureFixture[str]) -> dict[bool, list[str]]:
    """Whether sending them again can help → ids of the dead letters."""
    assert main(["dlq", "list", "--json"], connection=connection) == 0
    letters = json.loads(capsys.readouterr().out)["deadLetters"]
    return {helps: [letter["id"] for letter in letters if letter["redrivable"] is helps] for helps in (True, False)}


def test_a_redrive_leaves_a_dead_letter_that_no_delivery_can_help(
    connection: StackConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    dead_letter(connection, pack(message(*Payloads(1).events(1))))
    dead_letter(connection, "AAAA")
    before = ids(connection, capsys)
    assert main(["redrive"], connection=connection) == 1
    assert "1 messages are back in the queue, 1 stay" in capsys.readouterr().out
    assert len(waiting(connection, connection.queue_url)) == 1
    assert ids(connection, capsys) == {True: [], False: before[False]}


def test_dead_letters_are_redriven_one_by_one(connection: StackConnection, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(3):
        dead_letter(connection, pack(message(*Payloads(number).events(1))))
    first, *others = ids(connection, capsys)[True]
    assert main(["redrive", first], connection=connection) == 0
    assert len(waiting(connection, connection.queue_url)) == 1
    capsys.readouterr()
    assert sorted(ids(connection, capsys)[True]) == sorted(others)
    assert main(["redrive", "no-such"], connection=connection) == 2
    assert "no-such" in capsys.readouterr().err


def test_a_dead_letter_that_sqs_refuses_in_a_redrive_stays(
    connection: StackConnection, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        dead_letter(connection, pack(message(*Payloads(number).events(1))))
    client = StackConnection.client

    def refusing(self: StackConnection, service: str) -> Any:
        sqs = client(self, service)
        if service == "sqs":
            send = sqs.send_message_batch

            def send_all_but_the_last(**request: Any) -> Any:
                *others, refused = request["Entries"]
                last = {"Id": refused["Id"], "Code": "InternalError", "SenderFault": False}
                answer = send(**request | {"Entries": others}) if others else {"Successful": []}
                return answer | {"Failed": [last]}

            sqs.send_message_batch = send_all_but_the_last
        return sqs

    monkeypatch.setattr(StackConnection, "client", refusing)
    assert main(["redrive"], connection=connection) == 1
    assert "SQS did not take it (InternalError)" in capsys.readouterr().out
    monkeypatch.undo()
    sent = len(waiting(connection, connection.queue_url))
    assert sent < 3
    assert len(ids(connection, capsys)[True]) == 3 - sent


def test_dead_letters_are_saved_to_a_file_of_its_owner_and_deleted_by_id_or_all(
    connection: StackConnection, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (event,) = Payloads(1).events(1)
    body = pack(message(event))
    dead_letter(connection, body)
    dead_letter(connection, "AAAA")
    file = tmp_path / "letters.ndjson"
    assert main(["dlq", "save", str(file)], connection=connection) == 0
    assert file.stat().st_mode & 0o777 == 0o600
    lines = {line["body"]: line for line in map(json.loads, file.read_text().splitlines())}
    assert set(lines) == {body, "AAAA"}
    assert json.loads(lines[body]["items"][0]["text"]) == event
    assert main(["dlq", "save", str(file)], connection=connection) == 2
    assert main(["dlq", "delete"], connection=connection) == 2
    assert main(["dlq", "delete", lines["AAAA"]["id"]], connection=connection) == 0
    capsys.readouterr()
    assert ids(connection, capsys) == {True: [lines[body]["id"]], False: []}
    assert main(["dlq", "delete", "--all"], connection=connection) == 0
    capsys.readouterr()
    assert ids(connection, capsys) == {True: [], False: []}


def given_up(connection: StackConnection, webhook: Webhook, **how: Any) -> Delivery:
    """A delivery for this webhook that was given up."""
    delivery = Delivery(tenant=OWN.tenant, webhook=webhook.id, key="archive/x", first=2, last=5, since_us=1, **how)
    connection.client("sqs").send_message(QueueUrl=connection.given_up_url, MessageBody=deliveries.pack(delivery))
    return delivery


def register_webhook(connection: StackConnection, name: str, *, active: bool) -> Webhook:
    webhook = Webhook(
        id=f"id-of-{name}", tenant=OWN.tenant, app_id=OWN.app_id, name=name, target_url="https://events.example.org/",
        secret="my-shared-secret", active=active, created_us=1, updated_us=1, disabled="" if active else "gone",
    )  # fmt: skip
    table = DynamoTable(connection.client("dynamodb"), connection.registry_table)
    change_webhooks(table, OWN.tenant, lambda known: ([known.placed(webhook)], None))
    return webhook


def test_a_given_up_delivery_is_sent_again_as_new_and_one_of_a_deactivated_webhook_stays(
    connection: StackConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    active = register_webhook(connection, "Warehouse", active=True)
    gone = register_webhook(connection, "Old warehouse", active=False)
    wanted = given_up(connection, active)
    given_up(connection, gone)
    given_up(connection, replace(gone, id="deleted"))
    connection.client("sqs").send_message(QueueUrl=connection.given_up_url, MessageBody="{}")
    assert main(["dlq", "list", "--queue", "deliveries"], connection=connection) == 0
    listed = capsys.readouterr().out
    for said in (
        "“Warehouse”, which is active",
        "“Old warehouse” is deactivated, because its target answered 410",
        "was deleted",
        "cannot be read",
        "4 dead letters",
    ):
        assert said in listed
    assert main(["redrive", "--queue", "deliveries"], connection=connection) == 1
    assert "1 messages are back in the queue, 3 stay" in capsys.readouterr().out
    (moved,) = waiting(connection, connection.deliveries_url)
    assert deliveries.unpack(moved["Body"]) == Delivery(
        tenant=wanted.tenant, webhook=wanted.webhook, key="archive/x", first=2, last=5
    )
    assert waiting(connection, connection.queue_url) == []
    assert main(["dlq", "delete", "--queue", "deliveries", "--all"], connection=connection) == 0
    assert waiting(connection, connection.given_up_url) == []
