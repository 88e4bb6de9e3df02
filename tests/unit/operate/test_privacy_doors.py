"""With what the commands of privacy work on a stack: its tables, bucket, queues, bus, lake and clock."""

import argparse
import time
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from functions.operate.connection import StackConnection
from functions.operate.lake import place
from functions.operate.privacy.erase_command import doors_of, office_of
from functions.privacy.erase import SETTLED_US
from functions.store.erasure.secret import held_secret
from tests.connections import connection_to
from tests.fakes import MemoryTable
from tests.unit.operate.desk import NOW_US
from tests.unit.operate.smoke.clients import Asked


class Aws:
    """The services of a stack: what they are asked is kept."""

    def list_objects_v2(self, **_: Any) -> Any:
        return {}

    def send_message(self, **_: Any) -> None: ...
    def put_object(self, **_: Any) -> None: ...
    def get_object(self, **_: Any) -> Any:
        return {"Body": SimpleNamespace(read=lambda: b"x"), "ETag": "e"}


class Stub(StackConnection):
    """A connection whose clients are those of the test."""

    def client(self, service: str) -> Any:
        return self.clients[service]


class Desk:
    def __init__(self, **known: Any) -> None:
        self.clients = {service: Asked(service, Aws()) for service in ("s3", "sqs", "events")}
        self.notes: list[str] = []
        connection = connection_to(Stub, bus="the-bus", clients=self.clients, **known)
        self.operator: Any = SimpleNamespace(
            connection=connection,
            events=MemoryTable(),
            registry_table=MemoryTable(),
            clock=lambda: NOW_US,
            progress=SimpleNamespace(note=self.notes.append),
        )


def test_an_erasure_works_on_the_stacks_own_parts() -> None:
    desk = Desk()
    doors = doors_of(desk.operator)
    assert (doors.table, doors.registry) == (desk.operator.events, desk.operator.registry_table)
    assert doors.dead_letters == (desk.clients["sqs"], "https://dead-letters")
    assert (doors.settings.table_name, doors.settings.bucket_name) == ("table", "bucket")
    assert doors.lake is None
    doors.versions.put("archive/x", b"{}")
    ((operation, request),) = desk.clients["s3"].requests
    assert (operation, request["Bucket"], request["Key"]) == ("put_object", "bucket", "archive/x")


def test_a_stack_with_a_lake_has_it_opened_read_and_loaded_again(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Any] = []
    monkeypatch.setattr(place, "opened_lake", opened.append)
    desk = Desk(lake_bucket="tables", lake_queue_url="https://inbox")
    lake = doors_of(desk.operator).lake
    assert lake is not None
    lake.opened()
    assert opened == [desk.operator]
    assert lake.secret() is None
    secret = office_of(desk.operator, argparse.Namespace(no_wait=True)).secret
    assert lake.secret() == secret == held_secret(desk.operator.registry_table)
    assert lake.load_again(["archive/x"]) == 1
    ((operation, request),) = desk.clients["sqs"].requests
    assert (operation, request["QueueUrl"]) == ("send_message", "https://inbox")
    assert orjson.loads(request["MessageBody"])["keys"] == ["archive/x"]


@pytest.mark.parametrize("no_wait", [True, False])
def test_an_office_has_the_stacks_clock_and_waits_as_it_is_told(no_wait: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    desk = Desk()
    office = office_of(desk.operator, argparse.Namespace(no_wait=no_wait))
    assert (office.registry, office.clock()) == (desk.operator.registry_table, NOW_US)
    assert (office.doors.table, office.doors.registry) == (desk.operator.events, desk.operator.registry_table)
    assert office.settle() is not no_wait
    assert slept == ([] if no_wait else [SETTLED_US / 1e6])
    said = "Waiting 5 minutes for what is under way, then once more."
    assert desk.notes == ([] if no_wait else [said])
    office.tell("so and so")
    assert desk.notes[-1] == "so and so"
    first, second = office.random_text(), office.random_text()
    assert (len(first), len(second), first != second) == (32, 32, True)
    assert office.bus is not None
    assert len(office.secret) >= 16
