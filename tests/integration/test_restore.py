"""A lost table is brought back under its own name, over moto; and the registry is copied and moved."""

import json
from dataclasses import replace
from typing import Any

import boto3
import pytest

from functions.backup.handler import Dependencies, handler
from functions.core.times import DAY_US
from functions.http.gate import KEY_SCOPES
from functions.operate.__main__ import main
from functions.operate.connection import StackConnection
from functions.store import keys
from functions.store.copies.registry import RegistryCopies
from functions.store.dynamodb.table import DynamoTable
from functions.store.registry import Registry
from functions.store.rows.courses import Course
from tests.aws import BUCKET, REGION, REGISTRY, TABLE
from tests.integration.mended import NOW_US, OWN, everything, message, store
from tests.integration.test_recovery import kept
from tests.payloads import Payloads

SAFEGUARDS = {TABLE: (keys.TTL, "ENABLED", True), REGISTRY: (None, "ENABLED", True)}
KEY = "ck_of_this_test"
CUSTOMER_KEY = f"arn:aws:kms:{REGION}:123456789012:key/0f3b6a52-9d1c-4c7e-8a55-6f1e2d3c4b5a"


def registry(connection: StackConnection, table: str = REGISTRY) -> Registry:
    return Registry(DynamoTable(connection.client("dynamodb"), table))


def fill(connection: StackConnection) -> None:
    """A key, a course, and events."""
    registry(connection).add_key(KEY, app=OWN, scopes=KEY_SCOPES, now_us=NOW_US)
    registry(connection).put_course(OWN, Course(id="MATH-3", lessons=30))
    store(connection, message(*Payloads(6).events(30)))


def backed_up(connection: StackConnection) -> Any:
    s3 = boto3.client("s3", region_name=REGION)
    dependencies = Dependencies(
        dynamodb=connection.client("dynamodb"), table_name=REGISTRY, copies=RegistryCopies(s3, BUCKET)
    )
    return handler({}, None, dependencies=dependencies, now_us=NOW_US)


def schema(connection: StackConnection, table: str) -> Any:
    described = connection.client("dynamodb").describe_table(TableName=table)["Table"]
    indexes = {index["IndexName"]: index["KeySchema"] for index in described.get("GlobalSecondaryIndexes", [])}
    return described["KeySchema"], indexes


@pytest.mark.parametrize("table", [TABLE, REGISTRY])
def test_a_lost_table_is_restored_from_the_backup_of_dynamodb(
    connection: StackConnection, table: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(connection)
    dynamodb = connection.client("dynamodb")
    before, design = everything(connection, table), schema(connection, table)
    dynamodb.create_backup(TableName=table, BackupName="before-the-loss")
    dynamodb.delete_table(TableName=table)
    name = {TABLE: "events", REGISTRY: "registry"}[table]
    assert main(["restore", name], connection=connection, clock=lambda: NOW_US) == 0
    assert "from the backup of" in capsys.readouterr().out
    assert everything(connection, table) == before
    assert schema(connection, table) == design
    assert kept(dynamodb, table) == SAFEGUARDS[table]


@pytest.mark.parametrize("has_backup", [True, False])
def test_a_table_that_comes_back_is_under_the_customers_key(connection: StackConnection, has_backup: bool) -> None:
    fill(connection)
    dynamodb = connection.client("dynamodb")
    if has_backup:
        dynamodb.create_backup(TableName=TABLE, BackupName="before-the-loss")
    dynamodb.delete_table(TableName=TABLE)
    keyed, requests = replace(connection, customer_key_arn=CUSTOMER_KEY), list[dict[str, Any]]()

    def note(params: dict[str, Any], **_: Any) -> None:
        requests.append(params)

    event = f"provide-client-params.dynamodb.{'RestoreTableFromBackup' if has_backup else 'CreateTable'}"
    assert boto3.DEFAULT_SESSION is not None
    boto3.DEFAULT_SESSION.events.register(event, note)
    try:
        assert main(["restore", "events"], connection=keyed, clock=lambda: NOW_US) == 0
    finally:
        boto3.DEFAULT_SESSION.events.unregister(event, note)
    (request,) = requests
    encryption = request["SSESpecificationOverride" if has_backup else "SSESpecification"]
    assert encryption == {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": CUSTOMER_KEY}


def test_a_lost_events_table_without_a_backup_is_rebuilt_under_its_own_name(connection: StackConnection) -> None:
    fill(connection)
    before, design = everything(connection), schema(connection, TABLE)
    connection.client("dynamodb").delete_table(TableName=TABLE)
    assert main(["restore", "events"], connection=connection, clock=lambda: NOW_US) == 0
    assert everything(connection) == before
    assert schema(connection, TABLE) == design
    assert kept(connection.client("dynamodb"), TABLE) == SAFEGUARDS[TABLE]


def test_a_rebuild_of_a_table_that_is_gone_builds_it_under_its_own_name(connection: StackConnection) -> None:
    fill(connection)
    before = everything(connection)
    connection.client("dynamodb").delete_table(TableName=TABLE)
    assert main(["rebuild"], connection=connection, clock=lambda: NOW_US) == 0
    assert everything(connection) == before


def test_a_lost_registry_without_a_backup_is_filled_from_its_daily_copy(
    connection: StackConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(connection)
    before, design = everything(connection, REGISTRY), schema(connection, REGISTRY)
    assert backed_up(connection)["rows"] == len(before)
    connection.client("dynamodb").delete_table(TableName=REGISTRY)
    assert main(["restore", "registry"], connection=connection, clock=lambda: NOW_US) == 0
    assert f"{len(before)} rows of registry/day=20260302/" in capsys.readouterr().out
    assert everything(connection, REGISTRY) == before
    assert schema(connection, REGISTRY) == design
    assert kept(connection.client("dynamodb"), REGISTRY) == SAFEGUARDS[REGISTRY]
    assert registry(connection).find_key([KEY]) is not None


def test_the_newest_copy_counts(connection: StackConnection) -> None:
    backed_up(connection)
    fill(connection)
    assert main(["registry", "copy"], connection=connection, clock=lambda: NOW_US + DAY_US) == 0
    connection.client("dynamodb").delete_table(TableName=REGISTRY)
    assert main(["restore", "registry"], connection=connection, clock=lambda: NOW_US) == 0
    assert registry(connection).find_key([KEY]) is not None


@pytest.mark.parametrize("name", ["events", "registry"])
def test_a_table_that_holds_rows_is_not_restored(
    connection: StackConnection, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(connection)
    backed_up(connection)
    assert main(["restore", name], connection=connection, clock=lambda: NOW_US) == 2
    assert "is there and holds rows" in capsys.readouterr().err


def test_a_registry_of_which_nothing_is_left_is_said(
    connection: StackConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    connection.client("dynamodb").delete_table(TableName=REGISTRY)
    assert main(["restore", "registry"], connection=connection) == 2
    assert "neither a backup" in capsys.readouterr().err


def test_a_registry_among_the_events_moves_to_its_own_table_and_moving_again_changes_nothing(
    connection: StackConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    old = registry(connection, TABLE)
    old.add_app(OWN, now_us=NOW_US)
    old.add_key(KEY, app=OWN, scopes=KEY_SCOPES, now_us=NOW_US)
    old.put_course(OWN, Course(id="MATH-3", lessons=30))
    store(connection, message(*Payloads(6).events(30)))
    for count in (2, 0):  # the app is registered in both
        assert main(["registry", "move", "--json"], connection=connection) == 0
        moved = json.loads(capsys.readouterr().out)
        assert (moved["rows"], moved["table"]) == (count, REGISTRY)
    assert registry(connection).find_key([KEY]) is not None
    assert registry(connection).course(OWN.tenant, "MATH-3") == Course(id="MATH-3", lessons=30)
    assert len(everything(connection, REGISTRY)) == 3
