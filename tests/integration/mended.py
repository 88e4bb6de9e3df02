"""A stack that an operator mends, over moto: what it stores, what is seen of it, and how its services fail."""

import dataclasses
import itertools
import json
from collections.abc import Callable
from typing import Any, Self

from functions.core.apps import App
from functions.core.messages import Item, Message
from functions.core.times import parse_time
from functions.operate.connection import StackConnection
from functions.settings import ProcessSettings
from functions.store import keys
from functions.store.archive import S3Archive
from functions.store.backlog import sweep_orders
from functions.store.dynamodb.table import DynamoTable, Row, rows
from functions.store.registry import Registry
from functions.storing.pipeline import process
from tests.aws import BUCKET, REGISTRY, TABLE
from tests.faults import Faults, Rule, numbered
from tests.payloads import APP, Json, Payloads

NOW_US = parse_time("2026-03-02T12:00:00Z") or 0
OWN = App(app_id=APP, tenant=keys.tenant_of(APP), name="Trainer", edapps=(APP,))
OTHER_ID = "urn:uuid:9f0c2a54-7d1e-4b8a-8a39-51c3f6e0d7b2"
OTHER = App(app_id=OTHER_ID, tenant=keys.tenant_of(OTHER_ID), name="Another", edapps=(OTHER_ID,))
V1P2 = "http://purl.imsglobal.org/ctx/caliper/v1p2"
SETTINGS = ProcessSettings(table_name=TABLE, bucket_name=BUCKET)


def register(connection: StackConnection, app: App) -> None:
    Registry(DynamoTable(connection.client("dynamodb"), REGISTRY)).add_app(app, now_us=NOW_US)


def message(*events: Json, **changed: Any) -> Message:
    items = [Item("event", json.dumps(event).encode()) for event in events]
    values: dict[str, Any] = {"job": "j" * 22, "received_us": NOW_US, "items": items} | changed
    return Message(tenant=OWN.tenant, app_id=APP, **values)


def store(connection: StackConnection, *messages: Message, settings: ProcessSettings = SETTINGS) -> None:
    table, archive = DynamoTable(connection.client("dynamodb"), TABLE), S3Archive(connection.client("s3"), BUCKET)
    process(messages, table=table, archive=archive, settings=settings, now_us=NOW_US)


def everything(connection: StackConnection, table: str = TABLE) -> dict[tuple[str, str], Row]:
    """Every row but those about the backlog."""
    door = DynamoTable(connection.client("dynamodb"), table)
    scanned = connection.client("dynamodb").scan(TableName=table)["Items"]
    partitions = {item[keys.PK]["S"] for item in scanned}
    row_by_key = {(str(row[keys.PK]), str(row[keys.SK])): row for pk in partitions for row in rows(door, pk)}
    return {key: row for key, row in row_by_key.items() if key[0] != "LAG"}


def three_objects(connection: StackConnection) -> None:
    """Nine events of one day, archived in three objects."""
    for hour in range(3):
        store(connection, message(*Payloads(hour).events(3), received_us=NOW_US + hour * 3_600_000_000))


def sweep_is_held(connection: StackConnection, table: str = TABLE, *, now_us: int = NOW_US) -> bool:
    return sweep_orders(DynamoTable(connection.client("dynamodb"), table), now_us=now_us).is_paused


class FailingConnection(StackConnection):
    """A stack one of whose services fails at its call of that number."""

    fault: tuple[str, Rule]

    @classmethod
    def of(cls, connection: StackConnection, service: str, *, number: int) -> Self:
        copy_of = cls(**{field.name: getattr(connection, field.name) for field in dataclasses.fields(connection)})
        object.__setattr__(copy_of, "fault", (service, numbered("unavailable", number)))
        return copy_of

    def client(self, service: str) -> Any:
        client = super().client(service)
        failing, rule = self.fault
        return Faults(rule).attach(client) if service == failing else client


class WatchedConnection(StackConnection):
    """A stack of which something is looked at before each read of the archive."""

    look: Callable[[int], None]

    @classmethod
    def of(cls, connection: StackConnection, look: Callable[[int], None]) -> Self:
        copy_of = cls(**{field.name: getattr(connection, field.name) for field in dataclasses.fields(connection)})
        object.__setattr__(copy_of, "look", look)
        return copy_of

    def client(self, service: str) -> Any:
        aws_client, reads = super().client(service), itertools.count(1)
        if service == "s3":
            aws_client.meta.events.register("before-call.s3.GetObject", lambda **_: self.look(next(reads)))
        return aws_client


def stopping(how: Callable[[], None]) -> Callable[[int], None]:
    return lambda number: how() if number == 2 else None


def interrupt() -> None:
    raise KeyboardInterrupt
