"""What the function opens from its environment: each of its parts is that of the stack, and does what it says."""

import io
import json
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec import structs

from functions.privacy import handler
from functions.privacy.erasure_context import LakeDoor
from functions.privacy.steps import Desk
from functions.store.bus import learner_erased
from functions.store.erasure.records import ErasureRecord
from functions.store.erasure.secret import held_secret
from functions.store.erasure.work import Work, packed_work
from functions.store.registry import Registry
from tests.fakes import MemoryTable
from tests.payloads import APP
from tests.unit.operate.smoke.clients import Asked, Pages
from tests.unit.query.world import OTHER_APP, app_of

pytestmark = pytest.mark.slow

ENVIRONMENT = {
    "TABLE_NAME": "events",
    "REGISTRY_TABLE_NAME": "registry",
    "BUCKET_NAME": "bucket",
    "DEAD_LETTERS_URL": "https://dead",
    "REQUESTS_URL": "https://requests",
}
LAKE = {
    "LAKE_BUCKET": "tables",
    "LAKE_QUEUE_URL": "https://inbox",
    "DATABASE": "numbers",
    "MEMORY": "77MB",
}
WORK = Work(request="r", kind="count", app=APP, tenant="t", learner="urn:a", asked_us=1)
GIVES_UP = {"retries": {"mode": "standard", "max_attempts": 5}, "connect_timeout": 2, "read_timeout": 30}


class Aws:
    """Clients as they were asked for, and what was asked of them; tables by their names."""

    def __init__(self) -> None:
        self.clients: dict[str, Any] = {}
        self.options: dict[str, Any] = {}
        self.tables = {"events": MemoryTable(), "registry": MemoryTable()}

    def open_client(self, service: str, config: Any = None) -> Any:
        taken: dict[str, Any] = {name: lambda **_: {} for name in ("put_object", "send_message", "put_events")}
        client = Pages({"Versions": []}, **taken, get_object=lambda **_: {"Body": io.BytesIO(b"x"), "ETag": "e"})
        self.options[service] = {} if config is None else dict(config._user_provided_options)
        self.clients[service] = Asked(service, client)
        return self.clients[service]

    def open_table(self, client: Any, name: str) -> MemoryTable:
        assert client is self.clients["dynamodb"]
        return self.tables[name]

    def single_request(self, service: str) -> dict[str, Any]:
        """The only request to a service."""
        ((_, request),) = self.clients[service].requests
        return dict(request)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    aws = Aws()
    monkeypatch.setattr(handler, "open_client", aws.open_client)
    monkeypatch.setattr(handler, "DynamoTable", aws.open_table)
    for name in (*LAKE, "BUS_NAME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    handler.open_dependencies.cache_clear()
    yield aws
    handler.open_dependencies.cache_clear()


def opened() -> Desk:
    return handler.open_dependencies().desk


def test_its_clients_give_up_in_time_and_try_again_before(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUS_NAME", "the-bus")
    opened()
    assert aws.options == dict.fromkeys(("dynamodb", "s3", "sqs", "events"), GIVES_UP)


def test_what_is_erased_lies_in_the_stacks_own_tables_and_bucket(aws: Aws) -> None:
    office = opened().office
    assert (office.doors.table, office.doors.registry) == (aws.tables["events"], aws.tables["registry"])
    assert office.registry is aws.tables["registry"]
    assert (office.doors.settings.table_name, office.doors.settings.bucket_name) == ("events", "bucket")
    assert office.doors.dead_letters == (aws.clients["sqs"], "https://dead")
    office.doors.versions.put("archive/x", b"{}")
    assert (aws.single_request("s3")["Bucket"], aws.single_request("s3")["Key"]) == ("bucket", "archive/x")


def test_a_receipt_a_copy_and_what_is_left_to_do_go_to_the_stacks_bucket_and_queue(aws: Aws) -> None:
    desk = opened()
    record = ErasureRecord(request="r", app=APP, tenant="t", started_at="", learners=[], erasures=[])
    desk.office.records.write(record)
    desk.exports.put("r", b"zip")
    desk.queue.send(WORK, delay_s=3)
    written = [(request["Bucket"], request["Key"]) for _, request in aws.clients["s3"].requests]
    assert written == [("bucket", "erasures/r/t.json"), ("bucket", "exports/r.zip")]
    assert aws.single_request("sqs") == {
        "QueueUrl": "https://requests",
        "MessageBody": packed_work(WORK),
        "DelaySeconds": 3,
    }


def test_subscribers_hear_of_an_erasure_by_the_pseudonym_of_the_stacks_secret(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUS_NAME", "the-bus")
    office = opened().office
    assert office.secret == held_secret(aws.tables["registry"])
    assert len(office.secret) >= 16
    assert office.bus is not None
    office.bus.publish([learner_erased(learner="p:1", app=APP, before="2026-03-02T09:00:00.000Z")])
    office.bus.publish([("SessionStarted", {"app": APP, "learner": "urn:a"})])
    sent = [entry for _, request in aws.clients["events"].requests for entry in request["Entries"]]
    assert [(entry["EventBusName"], entry["DetailType"]) for entry in sent] == [
        ("the-bus", "LearnerErased"),
        ("the-bus", "SessionStarted"),
    ]
    assert "urn:a" not in sent[1]["Detail"]


def test_without_a_bus_no_one_is_told(aws: Aws) -> None:
    assert opened().office.bus is None
    assert set(aws.clients) == {"dynamodb", "s3", "sqs"}


def test_an_alias_is_random_and_the_time_is_that_of_the_clock(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    office = opened().office
    names = {office.random_text() for _ in range(9)}
    assert len(names) == 9
    assert {len(bytes.fromhex(name)) for name in names} == {16}
    monkeypatch.setattr(time, "time_ns", lambda: 1_772_442_000_123_456_789)
    assert office.clock() == 1_772_442_000_123_456


def test_it_does_not_wait_for_what_is_under_way_and_tells_its_log(aws: Aws) -> None:
    office = opened().office
    assert office.settle() is False
    assert office.tell == handler.logger.info


def test_apps_come_from_the_registry_removed_ones_too(aws: Aws) -> None:
    registry, desk = Registry(aws.tables["registry"]), opened()
    assert (desk.apps(), desk.app(app_of(APP).tenant)) == ([], None)
    for app_id in (APP, OTHER_APP):
        registry.add_app(structs.replace(app_of(app_id), name=f"name of {app_id}"), now_us=1)
    assert {app.name for app in desk.apps()} == {f"name of {APP}", f"name of {OTHER_APP}"}
    for app_id in (APP, OTHER_APP):
        known = desk.app(app_of(app_id).tenant)
        assert known is not None
        assert (known.app_id, known.name) == (app_id, f"name of {app_id}")
    assert desk.app("another") is None


def test_the_desk_of_an_instance_is_opened_once(aws: Aws) -> None:
    assert handler.open_dependencies() is handler.open_dependencies()


def lake_of(desk: Desk) -> LakeDoor:
    lake = desk.office.doors.lake
    assert lake is not None
    return lake


def test_a_stack_without_a_lake_has_no_door_to_one(aws: Aws) -> None:
    assert opened().office.doors.lake is None


@pytest.mark.slow
def test_a_lake_is_that_of_the_stack_and_loads_again_what_it_is_told(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in LAKE.items():
        monkeypatch.setenv(name, value)
    desk = opened()
    lake = lake_of(desk)
    assert lake.secret() == desk.office.secret
    assert lake.load_again(["archive/x"]) == 1
    assert aws.single_request("sqs")["QueueUrl"] == "https://inbox"
    assert json.loads(aws.single_request("sqs")["MessageBody"])["keys"] == ["archive/x"]
    monkeypatch.setattr(aws, "open_client", lambda service, config=None: SimpleNamespace(service=service))
    monkeypatch.setattr(handler, "open_client", aws.open_client)
    with lake.opened() as tables:
        assert (tables.catalog.warehouse, tables.catalog.database) == ("s3://tables", "numbers")
        assert getattr(tables.catalog.glue, "service", None) == "glue"
        row = tables.connection.execute("SELECT current_setting('memory_limit')").fetchone()
        assert row == ("73.4 MiB",)
        tables.store.put("s3://tables/x", b"x")
    assert [request["Bucket"] for _, request in aws.clients["s3"].requests] == ["tables"]
