"""The nightly work: fewer files, the same rows; what nothing refers to goes, what a query may still read stays."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.lake.iceberg.snapshots import live_files, referenced
from functions.lake.maintenance import Maintained, delete_unreferenced, maintain
from functions.lake.tables.all_tables import TABLES
from functions.lake.tables.column import Column, TableDefinition
from functions.lake.tables.events import EVENTS
from tests.lake_world import NINE_US, LakeWorld, always
from tests.lake_world import TABLES as BUCKET
from tests.payloads import Payloads


def night(world: LakeWorld, *, days: float = 2) -> Maintained:
    with world.opened() as lake:
        return maintain(lake, TABLES, now=datetime.now(UTC) + timedelta(days=days), time_left=always)


def everything(world: LakeWorld) -> list[list[tuple[Any, ...]]]:
    return [world.rows(definition) for definition in TABLES]


def three_hours(world: LakeWorld) -> None:
    payloads = Payloads(4)
    for hour in range(3):
        world.send(*payloads.events(10, learners=3), received_us=NINE_US + hour)
        world.feed()


def test_small_files_become_one_a_day_and_no_row_changes(world: LakeWorld) -> None:
    three_hours(world)
    before = everything(world)
    assert len(live_files(world.catalog.table(EVENTS), EVENTS)) == 3
    assert night(world).merged > 0
    assert len(live_files(world.catalog.table(EVENTS), EVENTS)) == 1
    assert everything(world) == before
    assert night(world) == Maintained()


def test_only_what_is_referred_to_is_left_of_old_files(world: LakeWorld) -> None:
    three_hours(world)
    world.s3.put_object(Bucket=BUCKET, Key="events/data/day=2026-03-02/orphan.parquet", Body=b"a run died")
    night(world)
    objects = {
        f"s3://{BUCKET}/{entry['Key']}"
        for page in world.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        for entry in page["Contents"]
    }
    assert objects == set().union(
        *(referenced(world.catalog.table(definition)) for definition in TABLES if world.catalog.existing(definition))
    )


def test_what_a_query_may_still_read_stays(world: LakeWorld) -> None:
    three_hours(world)
    before = {file.file_path for file in live_files(world.catalog.table(EVENTS), EVENTS)}
    done = night(world, days=0)
    assert (done.expired, done.deleted) == (0, 0)
    assert all(world.store.size(location) for location in before)


def test_a_file_that_is_being_committed_is_not_deleted(world: LakeWorld) -> None:
    three_hours(world)
    world.s3.put_object(Bucket=BUCKET, Key="events/data/day=2026-03-02/under-way.parquet", Body=b"x")
    with world.opened() as lake:
        assert delete_unreferenced(lake, EVENTS, before=datetime.now(UTC) - timedelta(hours=24)) == 0


def test_a_column_that_is_added_is_null_in_older_files_and_survives_merging(
    world: LakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    payloads = Payloads(4)
    world.send(*payloads.events(3))
    world.feed()
    added = Column("planet", "string", "Where it was.", lambda _: "earth")
    mapped = Column("seasons", "numbers", "One of a nested type.", lambda _: {"spring": 1.0})
    newer = TableDefinition(
        name=EVENTS.name,
        about=EVENTS.about,
        columns=(*EVENTS.columns, added, mapped),
        key=EVENTS.key,
        precedence=EVENTS.precedence,
        sort=EVENTS.sort,
    )
    monkeypatch.setattr("functions.lake.feeding.EVENTS", newer)
    world.send(*payloads.events(2), received_us=NINE_US + 1)
    world.feed()
    assert world.rows(newer, "planet") == [("earth",)] * 2 + [(None,)] * 3
    night(world)
    assert world.rows(newer, "planet") == [("earth",)] * 2 + [(None,)] * 3
    assert world.rows(newer, "seasons")[-1] == ({"spring": 1.0},)
    fields = world.catalog.table(newer).schema().fields
    assert len({field.field_id for field in fields}) == len(newer.columns)
