"""What only AWS's own requests can show: a run cut off at any of them, S3's notices, tables that other engines read."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pyiceberg.catalog.glue import GlueCatalog

from functions.lake.tables.all_tables import TABLES
from functions.lake.tables.events import EVENTS
from functions.lake.tables.of_lines import COPIES
from functions.store.people.aliases import add_alias
from tests.lake_world import ARCHIVE, DATABASE, NINE_US, TENANT, LakeWorld, lake_world
from tests.payloads import Json, Payloads

EVERYTHING = [definition for definition in TABLES if definition is not COPIES]


@pytest.fixture
def world(world_over_moto: LakeWorld) -> LakeWorld:
    return world_over_moto


def events(count: int, seed: int = 3) -> list[Json]:
    return list(Payloads(seed).events(count, learners=3))


def everything(world: LakeWorld) -> dict[str, list[tuple[Any, ...]]]:
    return {definition.name: world.rows(definition) for definition in EVERYTHING}


def writes(world: LakeWorld) -> Iterator[tuple[Any, str]]:
    """Every call by which a run changes something."""
    yield world.s3, "s3.PutObject"
    yield world.s3, "s3.DeleteObject"
    yield world.glue, "glue.UpdateTable"
    yield world.sqs, "sqs.DeleteMessageBatch"


class Crash(Exception):
    """The machine is gone."""


@contextmanager
def crashing(world: LakeWorld, when: str, number: int) -> Iterator[None]:
    """Raise at the `number`-th changing call, before it is done or after."""
    seen = 0

    def count(**_: Any) -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            raise Crash

    hooks = [(client, f"{when}.{name}") for client, name in writes(world)]
    for client, hook in hooks:
        client.meta.events.register(hook, count)
    try:
        yield
    finally:
        for client, hook in hooks:
            client.meta.events.unregister(hook, count)


def crash_points() -> list[tuple[str, int]]:
    before, after = range(1, 31, 4), range(3, 31, 5)
    return [("before-call", number) for number in before] + [("after-call", number) for number in after]


def with_conflict_and_copy() -> tuple[list[Json], list[Json]]:
    sent = events(8)
    return sent[:5], [*sent[3:], sent[0] | {"object": "https://app.example.org/elsewhere"}]


@pytest.fixture(scope="module")
def uninterrupted() -> dict[str, list[tuple[Any, ...]]]:
    with pytest.MonkeyPatch.context() as patch, lake_world(patch) as world:
        for batch in with_conflict_and_copy():
            world.send(*batch, received_us=NINE_US + world.sent)
            world.feed()
        return everything(world) | {"copies": world.rows(COPIES)}


@pytest.mark.parametrize(("when", "number"), crash_points())
def test_a_run_that_dies_anywhere_is_repeated_without_a_trace(
    world: LakeWorld, when: str, number: int, uninterrupted: dict[str, list[tuple[Any, ...]]]
) -> None:
    first, second = with_conflict_and_copy()
    world.send(*first, received_us=NINE_US)
    world.feed()
    world.send(*second, received_us=NINE_US + 1)
    with crashing(world, when, number), pytest.raises(Crash):
        world.feed()
    world.feed()
    assert everything(world) | {"copies": world.rows(COPIES)} == uninterrupted
    assert world.waiting() == 0


def test_s3_tells_the_queue_of_new_objects_of_the_archive_alone(world: LakeWorld) -> None:
    arn = world.sqs.get_queue_attributes(QueueUrl=world.queue_url, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    rule = {"Key": {"FilterRules": [{"Name": "prefix", "Value": "archive/"}]}}
    world.s3.put_bucket_notification_configuration(
        Bucket=ARCHIVE,
        NotificationConfiguration={
            "QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"], "Filter": rule}]
        },
    )
    world.s3.put_object(Bucket=ARCHIVE, Key="elsewhere/x", Body=b"")
    world.archive(*events(3))
    assert world.feed().lines == 3  # S3's test message names nothing
    assert len(world.rows(EVENTS)) == 3


def test_the_full_reader_reads_every_table(world: LakeWorld) -> None:
    """With pyarrow, as any engine would: types, field ids, partitions and bounds are what Iceberg asks for."""
    sent = events(20)
    add_alias(world.registry, TENANT, person="urn:x:a-learner", alias="urn:x:the-same-learner")
    world.send(*sent)
    world.send({"type": "ViewEvent"}, kind="rejection", findings=[{"severity": "error", "code": "c", "pointer": ""}])
    world.send(*sent[:3], received_us=NINE_US + 1)
    world.send(sent[0] | {"id": "urn:x:1970", "eventTime": "1970-01-01T00:00:00Z"})
    world.feed()
    catalog = GlueCatalog("full", client=world.glue, **{"py-io-impl": "tests.lake_world.MotoFiles"})
    for definition in TABLES:
        table = catalog.load_table((DATABASE, definition.name))
        read = table.scan().to_arrow()
        assert read.num_rows == len(world.rows(definition)) > 0, definition.name
        assert read.column_names == list(definition.names())
    events_table = catalog.load_table((DATABASE, "events"))
    assert events_table.scan(row_filter="day = '2026-03-02'").to_arrow().num_rows == 20
    assert events_table.scan(row_filter="event_time < '1980-01-01T00:00:00+00:00'").to_arrow().num_rows == 1
    assert world.glue.get_table(DatabaseName=DATABASE, Name="events")["Table"]["StorageDescriptor"]["Columns"][0][
        "Comment"
    ].startswith("The UTC day")
