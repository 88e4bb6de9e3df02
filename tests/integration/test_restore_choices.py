"""From what a lost table comes back, as which kind of table, and what is said of it; the registry copied and moved."""

import dataclasses
import json
from typing import Any

import pytest

from functions.core.times import DAY_US
from functions.http.gate import KEY_SCOPES
from functions.operate.__main__ import main
from functions.operate.connection import StackConnection
from functions.operate.recovery import tables
from functions.operate.recovery.tables import Backup, TableDesign
from functions.store import keys
from functions.store.dynamodb.table import DynamoTable
from functions.store.registry import Registry
from functions.store.rows.courses import Course
from tests.aws import BUCKET, REGISTRY, TABLE
from tests.integration.mended import NOW_US, OTHER, OWN, everything, message, register, store
from tests.integration.test_recovery import kept
from tests.integration.test_restore import CUSTOMER_KEY
from tests.payloads import Payloads

OF = {"events": TABLE, "registry": REGISTRY}


class Laptop(StackConnection):
    """A stack that says that it is a laptop's."""

    @property
    def is_local(self) -> bool:
        return True


def on_a_laptop(connection: StackConnection) -> StackConnection:
    return Laptop(**{field.name: getattr(connection, field.name) for field in dataclasses.fields(connection)})


def fill(connection: StackConnection) -> None:
    """Events, and a copy of the registry in the bucket."""
    store(connection, message(*Payloads(6).events(3)))
    assert main(["registry", "copy"], connection=connection, clock=lambda: NOW_US) == 0


def lose(connection: StackConnection, table: str) -> None:
    connection.client("dynamodb").delete_table(TableName=table)


def restored(connection: StackConnection, name: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What `restore` says as JSON."""
    capsys.readouterr()
    assert main(["restore", name, "--json"], connection=connection, clock=lambda: NOW_US) == 0
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    return said


def test_where_a_table_came_from_is_said(connection: StackConnection, capsys: pytest.CaptureFixture[str]) -> None:
    fill(connection)
    count = len(everything(connection, REGISTRY))
    lose(connection, TABLE)
    lose(connection, REGISTRY)
    (key,) = (stored["Key"] for stored in connection.client("s3").list_objects_v2(
        Bucket=BUCKET, Prefix="registry/")["Contents"])  # fmt: skip
    assert restored(connection, "registry", capsys) == {"table": REGISTRY, "from": key, "rows": count}
    assert restored(connection, "events", capsys) == {
        "table": TABLE, "from": "archive", "objects": 1, "events": 3, "rejections": 0
    }  # fmt: skip


@pytest.mark.parametrize("name", ["events", "registry"])
def test_a_backup_is_named_with_its_time(
    connection: StackConnection, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(connection)
    dynamodb = connection.client("dynamodb")
    backup = dynamodb.create_backup(TableName=OF[name], BackupName="before-the-loss")["BackupDetails"]
    lose(connection, OF[name])
    said = restored(connection, name, capsys)
    day = backup["BackupCreationDateTime"].strftime("%Y-%m-%dT%H:%M:%S")
    assert (said["table"], said["from"], said["backupMade"][:19]) == (OF[name], backup["BackupArn"], day)


@pytest.mark.parametrize("by_hand", [True, False])
def test_after_a_backup_that_was_made_by_hand_a_replay_is_told(
    connection: StackConnection, by_hand: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """moto knows backups that are made by hand alone."""
    fill(connection)
    dynamodb = connection.client("dynamodb")
    arn = dynamodb.create_backup(TableName=TABLE, BackupName="before-the-loss")["BackupDetails"]["BackupArn"]
    lose(connection, TABLE)
    backup = Backup(arn=arn, made_us=NOW_US, system=not by_hand)
    monkeypatch.setattr(tables, "newest_backup", lambda *_: backup)
    assert main(["restore", "events"], connection=connection, clock=lambda: NOW_US) == 0
    printed = capsys.readouterr()
    assert f"{TABLE} is back, from the backup of 2026-03-02T12:00:00.000Z." in printed.out
    assert ("`make replay FROM=2026-03-02 TO=<today>`" in printed.out) is by_hand
    assert "Restoring the backup" in printed.err


@pytest.mark.parametrize("name", ["events", "registry"])
@pytest.mark.parametrize("has_backup", [True, False])
def test_on_a_laptop_a_table_that_came_back_may_be_deleted(
    connection: StackConnection, name: str, has_backup: bool
) -> None:
    fill(connection)
    if has_backup:
        connection.client("dynamodb").create_backup(TableName=OF[name], BackupName="before-the-loss")
    lose(connection, OF[name])
    assert main(["restore", name], connection=on_a_laptop(connection), clock=lambda: NOW_US) == 0
    expires = keys.TTL if name == "events" else None
    assert kept(connection.client("dynamodb"), OF[name]) == (expires, "ENABLED", False)


def test_only_the_events_table_has_the_class_of_the_stack_and_both_are_under_its_key(
    connection: StackConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """moto does not keep the class."""
    created: list[tuple[Any, ...]] = []
    create = tables.create

    def noted(dynamodb: Any, name: str, design: TableDesign, **options: Any) -> None:
        created.append((name, design, options))
        create(dynamodb, name, design, **options)

    monkeypatch.setattr(tables, "create", noted)
    fill(connection)
    rare = dataclasses.replace(connection, table_class="STANDARD_INFREQUENT_ACCESS", customer_key_arn=CUSTOMER_KEY)
    for name, table in OF.items():
        lose(connection, table)
        assert main(["restore", name], connection=rare, clock=lambda: NOW_US) == 0
    assert created == [
        (TABLE, tables.EVENTS, {"table_class": "STANDARD_INFREQUENT_ACCESS", "key_arn": CUSTOMER_KEY}),
        (REGISTRY, tables.REGISTRY, {"table_class": "STANDARD", "key_arn": CUSTOMER_KEY}),
    ]


@pytest.mark.parametrize("name", ["events", "registry"])
def test_a_table_that_is_there_and_empty_is_filled_though_there_is_a_backup(
    connection: StackConnection, name: str
) -> None:
    fill(connection)
    dynamodb, before = connection.client("dynamodb"), everything(connection, OF[name])
    dynamodb.create_backup(TableName=OF[name], BackupName="before-the-loss")
    lose(connection, OF[name])
    design = {"events": tables.EVENTS, "registry": tables.REGISTRY}[name]
    tables.create(dynamodb, OF[name], design)
    assert main(["restore", name], connection=connection, clock=lambda: NOW_US) == 0
    assert everything(connection, OF[name]) == before
    assert kept(dynamodb, OF[name])[1:] == ("ENABLED", True)


def test_a_registry_is_restored_from_a_backup_though_there_is_no_copy(connection: StackConnection) -> None:
    before = everything(connection, REGISTRY)
    connection.client("dynamodb").create_backup(TableName=REGISTRY, BackupName="before-the-loss")
    lose(connection, REGISTRY)
    assert main(["restore", "registry"], connection=connection, clock=lambda: NOW_US) == 0
    assert everything(connection, REGISTRY) == before


def test_a_copy_of_the_registry_is_named_by_its_day(
    connection: StackConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    register(connection, OTHER)
    assert main(["registry", "copy", "--json"], connection=connection, clock=lambda: NOW_US + DAY_US) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["rows"], said["key"][:22]) == (2, "registry/day=20260303/")


def test_a_registry_that_has_no_table_of_its_own_is_not_moved(
    connection: StackConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    without = dataclasses.replace(connection, registry_table=TABLE)
    assert main(["registry", "move"], connection=without, clock=lambda: NOW_US) == 2
    assert "deploy the new version first" in capsys.readouterr().err


@pytest.mark.parametrize("courses", [98, 99, 100, 250])
def test_a_registry_of_any_size_is_moved_to_where_the_stack_will_read_it(
    connection: StackConnection, courses: int, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(connection)
    old = Registry(DynamoTable(connection.client("dynamodb"), TABLE))
    old.add_app(OWN, now_us=NOW_US)
    old.add_key("ck_of_this_test", app=OWN, scopes=KEY_SCOPES, now_us=NOW_US)
    for number in range(courses):
        old.put_course(OWN, Course(id=f"MATH-{number}", lessons=30))
    tables.create(connection.client("dynamodb"), "new", tables.REGISTRY)
    moving = dataclasses.replace(connection, registry_table=TABLE, registry_moves_to="new")
    assert main(["registry", "move"], connection=moving, clock=lambda: NOW_US) == 0
    said = capsys.readouterr().out
    assert f"{courses + 2} rows are in new now, of 1 apps." in said
    assert "Deploy again without `registry_moved=false`" in said
    assert len(everything(connection, "new")) == courses + 2
    assert main(["registry", "move", "--json"], connection=moving, clock=lambda: NOW_US) == 0
    assert json.loads(capsys.readouterr().out) == {"table": "new", "rows": 0, "apps": 1}


def test_a_registry_that_was_moved_before_needs_no_other_deployment(
    connection: StackConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["registry", "move"], connection=connection, clock=lambda: NOW_US) == 0
    assert "Deploy again" not in capsys.readouterr().out
