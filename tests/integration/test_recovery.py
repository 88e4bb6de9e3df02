"""What went wrong can be put right: dead letters, and a table that is gone, over moto."""

from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from functions.core.messages import Item, pack, unpack
from functions.core.times import DAY_US
from functions.operate.connection import StackConnection
from functions.operate.recovery import commands as recovery
from functions.operate.recovery.table_copy import empty_twin, keep_alike
from functions.store import keys
from functions.store.dynamodb.table import DynamoTable
from functions.store.registry import Registry
from functions.store.rows.courses import Course
from tests.aws import TABLE
from tests.integration.mended import (
    NOW_US,
    OWN,
    WatchedConnection,
    everything,
    interrupt,
    message,
    stopping,
    store,
    sweep_is_held,
    three_objects,
)
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
        assert recovery.main(["dlq"], connection=connection) == 0
        shown = capsys.readouterr().out
        assert "1 event" in shown
        assert "It can be stored" in shown
        assert "It cannot be read" in shown
        assert "2 dead letters" in shown
        assert student not in shown


def test_a_redrive_moves_every_dead_letter_back_into_the_queue(connection: StackConnection) -> None:
    sent = [message(Payloads(n).lesson_started(Payloads(n).urn())) for n in range(13)]
    for one in sent:
        dead_letter(connection, pack(one))
    assert recovery.main(["redrive"], connection=connection) == 0
    client, received = connection.client("sqs"), []
    while found := client.receive_message(QueueUrl=connection.queue_url, MaxNumberOfMessages=10).get("Messages"):
        received += [unpack(one["Body"]) for one in found]
    assert sorted(one.items[0].raw for one in received) == sorted(one.items[0].raw for one in sent)
    assert "Messages" not in client.receive_message(QueueUrl=connection.dlq_url)


def test_a_redrive_sends_no_more_at_once_than_sqs_takes(connection: StackConnection) -> None:
    for n in range(12):
        dead_letter(connection, f"{n:02d}" * 100_000)
    assert recovery.main(["redrive"], connection=connection) == 0
    client, received = connection.client("sqs"), []
    while found := client.receive_message(QueueUrl=connection.queue_url, MaxNumberOfMessages=10).get("Messages"):
        received += [one["Body"][:2] for one in found]
    assert sorted(received) == [f"{n:02d}" for n in range(12)]


def test_a_rebuild_that_is_stopped_keeps_the_sweep_from_half_a_table_and_says_so(
    connection: StackConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    three_objects(connection)
    command = ["rebuild", "--into", "twin"]
    assert recovery.main(command, connection=WatchedConnection.of(connection, stopping(interrupt)), clock=lambda: NOW_US) == 130
    said = capsys.readouterr().err
    assert "--into twin --resume) goes on after archive/" in said
    assert "no session times out in it" in said
    assert sweep_is_held(connection, "twin", now_us=NOW_US + 6 * DAY_US)
    assert recovery.main([*command, "--resume"], connection=connection, clock=lambda: NOW_US) == 0
    assert "2 archive objects replayed" in capsys.readouterr().out
    assert not sweep_is_held(connection, "twin")
    assert everything(connection, "twin") == everything(connection)


def test_a_rebuild_into_a_new_table_of_an_old_name_begins_at_the_beginning(connection: StackConnection) -> None:
    three_objects(connection)
    command = ["rebuild", "--into", "twin"]
    assert recovery.main(command, connection=WatchedConnection.of(connection, stopping(interrupt)), clock=lambda: NOW_US) == 130
    connection.client("dynamodb").delete_table(TableName="twin")
    assert recovery.main(command, connection=connection, clock=lambda: NOW_US) == 0
    assert everything(connection, "twin") == everything(connection)


def test_a_rebuilt_table_holds_what_the_live_one_does(connection: StackConnection) -> None:
    registry = Registry(DynamoTable(connection.client("dynamodb"), TABLE))
    registry.add_key("secret", app=OWN, scopes=frozenset(), now_us=NOW_US)
    registry.put_course(OWN, Course(id="MATH-3", lessons=30))
    payloads = Payloads(6)
    store(connection, message(*payloads.events(30)))
    store(connection, message(*payloads.events(30), items=[Item("rejection", b"{]")], job="k" * 22, received_us=NOW_US + 5))
    assert recovery.main(["rebuild", "--into", "twin"], connection=connection, clock=lambda: NOW_US) == 0
    assert everything(connection, "twin") == everything(connection)
    assert recovery.main(["rebuild", "--into", "twin"], connection=connection, clock=lambda: NOW_US) == 2


def test_a_rebuilt_table_is_kept_and_expires_as_the_live_one(connection: StackConnection) -> None:
    dynamodb = connection.client("dynamodb")
    store(connection, message(*Payloads(7).events(2)))
    assert recovery.main(["rebuild", "--into", "plain"], connection=connection, clock=lambda: NOW_US) == 0
    assert kept(dynamodb, "plain") == kept(dynamodb, TABLE) == (None, "DISABLED", False)
    expiry: Any = {"AttributeName": keys.TTL, "Enabled": True}
    dynamodb.update_time_to_live(TableName=TABLE, TimeToLiveSpecification=expiry)
    backups: Any = {"PointInTimeRecoveryEnabled": True}
    dynamodb.update_continuous_backups(TableName=TABLE, PointInTimeRecoverySpecification=backups)
    dynamodb.update_table(TableName=TABLE, DeletionProtectionEnabled=True)
    for more in ([], ["--resume"]):
        assert recovery.main(["rebuild", "--into", "twin", *more], connection=connection, clock=lambda: NOW_US) == 0
        assert kept(dynamodb, "twin") == kept(dynamodb, TABLE) == (keys.TTL, "ENABLED", True)


def test_a_table_so_new_that_aws_makes_no_backups_of_it_is_waited_for(connection: StackConnection) -> None:
    dynamodb = connection.client("dynamodb")
    backups: Any = {"PointInTimeRecoveryEnabled": True}
    dynamodb.update_continuous_backups(TableName=TABLE, PointInTimeRecoverySpecification=backups)
    empty_twin(dynamodb, TABLE, "twin")
    calls: list[str] = []
    pauses: list[float] = []

    def refuse_twice(model: Any, **_: Any) -> Any:
        calls.append(model.name)
        if calls.count("UpdateContinuousBackups") > 2:
            return None
        refused = {"Error": {"Code": "ContinuousBackupsUnavailableException", "Message": "Backups are being enabled"}}
        return AWSResponse("https://aws.example.org", 400, HTTPHeaders(), None), refused

    dynamodb.meta.events.register("before-call.dynamodb.UpdateContinuousBackups", refuse_twice)
    keep_alike(dynamodb, TABLE, "twin", pause=pauses.append)
    assert len(pauses) == 2
    assert kept(dynamodb, "twin") == kept(dynamodb, TABLE)


def kept(dynamodb: Any, table: str) -> tuple[str | None, str, bool]:
    """By which attribute rows expire, whether there are backups to the second, whether it may not be deleted."""
    backups = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    return (
        dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"].get("AttributeName"),
        backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"],
        dynamodb.describe_table(TableName=table)["Table"].get("DeletionProtectionEnabled", False),
    )
