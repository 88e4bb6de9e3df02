"""A table is built again from the archive, over moto."""

from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from functions.core.messages import Item
from functions.core.times import DAY_US
from functions.operate.__main__ import main
from functions.operate.connection import StackConnection
from functions.operate.recovery import tables
from functions.store import keys
from tests.integration.mended import (
    NOW_US,
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


@pytest.mark.usefixtures("object_by_object")
def test_a_rebuild_that_is_stopped_keeps_the_sweep_from_half_a_table_and_says_so(
    connection: StackConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    three_objects(connection)
    command = ["rebuild", "--into", "twin"]
    assert main(command, connection=WatchedConnection.of(connection, stopping(interrupt)), clock=lambda: NOW_US) == 130
    said = capsys.readouterr().err
    assert "--into twin --resume) goes on after archive/" in said
    assert "no session times out in it" in said
    assert sweep_is_held(connection, "twin", now_us=NOW_US + 6 * DAY_US)
    assert main([*command, "--resume"], connection=connection, clock=lambda: NOW_US) == 0
    assert "2 archive objects replayed" in capsys.readouterr().out
    assert not sweep_is_held(connection, "twin")
    assert everything(connection, "twin") == everything(connection)


def test_a_rebuild_into_a_new_table_of_an_old_name_begins_at_the_beginning(connection: StackConnection) -> None:
    three_objects(connection)
    command = ["rebuild", "--into", "twin"]
    assert main(command, connection=WatchedConnection.of(connection, stopping(interrupt)), clock=lambda: NOW_US) == 130
    connection.client("dynamodb").delete_table(TableName="twin")
    assert main(command, connection=connection, clock=lambda: NOW_US) == 0
    assert everything(connection, "twin") == everything(connection)


def test_a_rebuilt_table_holds_what_the_live_one_does(connection: StackConnection) -> None:
    payloads = Payloads(6)
    store(connection, message(*payloads.events(30)))
    store(
        connection,
        message(*payloads.events(30), items=[Item("rejection", b"{]")], job="k" * 22, received_us=NOW_US + 5),
    )
    assert main(["rebuild", "--into", "twin"], connection=connection, clock=lambda: NOW_US) == 0
    assert everything(connection, "twin") == everything(connection)
    assert main(["rebuild", "--into", "twin"], connection=connection, clock=lambda: NOW_US) == 2


def test_a_rebuilt_table_expires_and_is_safeguarded_as_the_stacks_own(connection: StackConnection) -> None:
    store(connection, message(*Payloads(7).events(2)))
    for more in ([], ["--resume"]):
        assert main(["rebuild", "--into", "twin", *more], connection=connection, clock=lambda: NOW_US) == 0
        assert kept(connection.client("dynamodb"), "twin") == (keys.TTL, "ENABLED", True)


def test_a_table_so_new_that_aws_makes_no_backups_of_it_is_waited_for(connection: StackConnection) -> None:
    dynamodb = connection.client("dynamodb")
    tables.create(dynamodb, "twin", tables.REGISTRY)
    calls: list[str] = []
    pauses: list[float] = []

    def refuse_twice(model: Any, **_: Any) -> Any:
        calls.append(model.name)
        if calls.count("UpdateContinuousBackups") > 2:
            return None
        refused = {"Error": {"Code": "ContinuousBackupsUnavailableException", "Message": "Backups are being enabled"}}
        return AWSResponse("https://aws.example.org", 400, HTTPHeaders(), None), refused

    dynamodb.meta.events.register("before-call.dynamodb.UpdateContinuousBackups", refuse_twice)
    tables.safeguard(dynamodb, "twin", tables.REGISTRY, protected=False, pause=pauses.append)
    assert len(pauses) == 2
    assert kept(dynamodb, "twin") == (None, "ENABLED", False)


def kept(dynamodb: Any, table: str) -> tuple[str | None, str, bool]:
    """By which attribute rows expire, whether there are backups to the second, whether it may not be deleted."""
    backups = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    return (
        dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"].get("AttributeName"),
        backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"],
        dynamodb.describe_table(TableName=table)["Table"].get("DeletionProtectionEnabled", False),
    )
