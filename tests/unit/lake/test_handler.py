"""The Lambda: what its environment names is what it works with, and how far a run goes in the time that it has."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from functions.lake import handler as module
from functions.lake.handler import Doors, handler
from functions.lake.inbox import Inbox
from functions.lake.numbers.pending import Pending
from functions.lake.settings import LakeSettings
from functions.lake.tables.aliases import ALIASES
from functions.lake.tables.events import EVENTS
from functions.lake.tables.of_lines import PEOPLE
from functions.lake.tables.of_numbers import SESSIONS
from functions.store.erasure.secret import held_secret
from functions.store.people.aliases import add_alias
from tests.lake_lines import event
from tests.lake_world import ARCHIVE, DATABASE, TABLES, TENANT, LakeWorld
from tests.log_records import records_of
from tests.payloads import APP

pytestmark = pytest.mark.slow

ENVIRONMENT = {
    "TABLE_NAME": "the table",
    "REGISTRY_TABLE_NAME": "the registry",
    "ARCHIVE_BUCKET": "the archive",
    "LAKE_BUCKET": "the lake",
    "LAKE_QUEUE_URL": "the queue",
    "DATABASE": "the database",
}
ADA = "urn:x:ada"


def settings(world: LakeWorld) -> LakeSettings:
    return LakeSettings(
        table_name="t", registry_table_name="r", archive_bucket=ARCHIVE, lake_bucket=TABLES,
        lake_queue_url=world.queue_url, database=DATABASE, memory="200MB", threads=1,
    )  # fmt: skip


def run(world: LakeWorld, task: str = "feed", *, left_ms: Iterator[int] | int = 840_000) -> dict[str, Any]:
    inbox = Inbox(world.sqs, world.queue_url, wait_seconds=0)
    doors = Doors(world.catalog, world.store, inbox, world.table, world.registry, world.s3, settings(world))
    left = (lambda: left_ms) if isinstance(left_ms, int) else left_ms.__next__
    return handler({"task": task}, SimpleNamespace(get_remaining_time_in_millis=left), doors=doors)


def test_a_run_loads_counts_and_renews(world: LakeWorld) -> None:
    world.send(event("urn:x:1", ADA), event("urn:x:2", ADA))
    world.send(event("urn:x:3", ADA), event("urn:x:1", ADA))
    assert run(world) == {
        "messages": 2, "objects": 2, "lines": 4, "learners": 1,
        "raw": 3, "copies": 1, "events": 3, "people": 1, "rejections": 0,
    }  # fmt: skip
    assert len(world.rows(EVENTS)) == 3
    assert len(world.rows(SESSIONS)) == 1
    assert world.waiting() == 0
    assert run(world) == {"messages": 0, "objects": 0, "lines": 0, "learners": 0}


@pytest.mark.parametrize("task", ["feed", "maintain"])
def test_what_a_run_did_is_logged(world: LakeWorld, task: str) -> None:
    world.send(event("urn:x:1", ADA))
    with records_of("lake") as log:
        done = run(world, task)
    record = log.single({"feed": "loaded", "maintain": "maintained"}[task])
    assert {name: getattr(record, name) for name in done} == done
    assert log.levels_and_texts() == [("INFO", record.getMessage())]


@pytest.mark.parametrize(("left_ms", "lines"), [(300_000, 0), (300_001, 1)])
def test_as_long_as_a_round_may_take_before_the_end_nothing_is_loaded(
    world: LakeWorld, left_ms: int, lines: int
) -> None:
    world.send(event("urn:x:1", ADA))
    assert run(world, left_ms=left_ms)["lines"] == lines
    assert world.waiting() == 1 - lines


@pytest.mark.parametrize(("left_ms", "learners"), [(90_000, 0), (90_001, 1)])
def test_numbers_are_renewed_until_shortly_before_the_end(world: LakeWorld, left_ms: int, learners: int) -> None:
    world.send(event("urn:x:1", ADA))
    times = iter([840_000, 840_000, left_ms])  # before each receive, then before the first note
    assert run(world, left_ms=times) | {"learners": learners} == run_of(learners)
    assert len(list(Pending(world.store, world.catalog.warehouse).listed())) == 1 - learners
    assert run(world)["learners"] == 1 - learners


def run_of(learners: int) -> dict[str, int]:
    counted = {"raw": 1, "copies": 0, "events": 1, "people": 1, "rejections": 0}
    return {"messages": 1, "objects": 1, "lines": 1, **counted, "learners": learners}


@pytest.mark.parametrize(("left_ms", "merged"), [(90_000, 0), (90_001, 2)])
def test_files_are_merged_until_shortly_before_the_end(world: LakeWorld, left_ms: int, merged: int) -> None:
    for number in range(2):
        world.send({"type": "Person", "id": f"urn:x:{number}"}, kind="entity")
        run(world)
    assert run(world, "maintain", left_ms=left_ms)["merged"] == merged


def test_aliases_are_renewed_by_the_first_run_that_loads_and_then_each_night(world: LakeWorld) -> None:
    run(world)
    assert world.catalog.existing(ALIASES) is None
    add_alias(world.registry, TENANT, person=ADA, alias="urn:x:also-ada")
    world.send(event("urn:x:1", ADA))
    run(world)
    assert [row[0] for row in world.rows(ALIASES)] == [APP]
    add_alias(world.registry, TENANT, person=ADA, alias="urn:x:ada-again")
    world.send(event("urn:x:2", ADA))
    run(world)
    assert len(world.rows(ALIASES)) == 1
    run(world, "maintain")
    assert len(world.rows(ALIASES)) == 2


def test_the_first_run_makes_the_secret_of_the_pseudonyms(world: LakeWorld) -> None:
    run(world)
    secret = held_secret(world.registry)
    assert secret is not None
    world.send(event("urn:x:1", ADA))
    run(world)
    run(world, "maintain")
    assert held_secret(world.registry) == secret
    assert len(world.rows(PEOPLE)) == 1


class Opened:
    """Stands for boto3: keeps which clients were opened, and how."""

    def __init__(self) -> None:
        self.clients: list[tuple[str, dict[str, Any]]] = []

    def client(self, service: str, *, config: Any) -> Any:
        self.clients.append((service, config._user_provided_options))
        events = SimpleNamespace(register=lambda *_, **__: None)
        return SimpleNamespace(service=service, meta=SimpleNamespace(events=events))


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[Opened]:
    clients = Opened()
    monkeypatch.setattr(boto3, "client", clients.client)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    module._doors.cache_clear()
    yield clients
    module._doors.cache_clear()


def test_each_door_is_opened_at_what_its_variable_names(opened: Opened) -> None:
    doors = module._doors()
    assert doors.settings == LakeSettings.read()
    assert (doors.settings.memory, doors.settings.threads) == ("1200MB", 2)
    assert doors.settings.archive_bucket == "the archive"
    assert (doors.catalog.database, doors.catalog.warehouse) == ("the database", "s3://the lake")
    assert (doors.table.name, doors.registry_table.name) == ("the table", "the registry")  # type: ignore[attr-defined]
    assert doors.inbox._url == "the queue"
    services = {
        "glue": doors.catalog.glue, "sqs": doors.inbox._client, "s3": doors.s3,
        "dynamodb": doors.table._client,  # type: ignore[attr-defined]
    }  # fmt: skip
    assert {name: client.service for name, client in services.items()} == dict(zip(services, services, strict=True))
    assert doors.store.client is doors.s3
    assert doors.registry_table._client is doors.table._client  # type: ignore[attr-defined]


def test_its_clients_try_again_and_hold_a_connection_for_each_query_at_once(opened: Opened) -> None:
    module._doors()
    options = {"retries": {"mode": "standard", "max_attempts": 5}, "max_pool_connections": 16}
    assert sorted(opened.clients) == [(name, options) for name in ("dynamodb", "glue", "s3", "sqs")]


def test_the_doors_of_an_instance_are_opened_once(opened: Opened) -> None:
    assert module._doors() is module._doors()
    assert len(opened.clients) == 4
