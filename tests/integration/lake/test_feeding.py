"""From the archive into the tables: each event once, whatever is repeated, late, in conflict or cut off."""

import json
from typing import Any

import pytest
from pyiceberg.exceptions import CommitFailedException

from functions.core.apps import App
from functions.core.ids import canonical_id, content_digest
from functions.core.times import DAY_US
from functions.lake import merging
from functions.lake.iceberg.snapshots import commit, live_files
from functions.lake.inbox import Inbox
from functions.lake.tables.all_tables import TABLES
from functions.lake.tables.events import EVENTS
from functions.lake.tables.of_lines import COPIES, PEOPLE, RAW, REJECTIONS
from functions.lake.tables.of_numbers import DAILY, RUNS, SESSIONS
from functions.store.rows.apps import app_row
from tests.lake_world import ARCHIVE, NINE_US, TENANT, LakeWorld
from tests.lake_world import TABLES as TABLES_BUCKET
from tests.payloads import APP, Json, Payloads

EVERYTHING = [definition for definition in TABLES if definition is not COPIES]


def events(count: int, seed: int = 3) -> list[Json]:
    return list(Payloads(seed).events(count, learners=3))


def everything(world: LakeWorld) -> dict[str, list[tuple[Any, ...]]]:
    return {definition.name: world.rows(definition) for definition in EVERYTHING}


def test_each_event_is_there_once_and_its_message_is_gone(world: LakeWorld) -> None:
    sent = events(30)
    world.send(*sent[:20])
    world.send(*sent[20:])
    world.feed()
    assert {row[0] for row in world.rows(EVENTS, "id")} == {canonical_id(event["id"]) for event in sent}
    assert len(world.rows(EVENTS)) == len(sent)
    assert [json.loads(row[0]) for row in world.rows(RAW, "raw")] == sorted(
        sent, key=lambda it: repr((json.dumps(it),))
    )
    assert world.waiting() == 0
    assert world.rows(COPIES) == []


def test_a_notification_that_comes_again_changes_nothing(world: LakeWorld) -> None:
    key = world.send(*events(12))
    world.feed()
    before = everything(world)
    world.notify(key, key)
    world.feed()
    assert everything(world) == before
    assert world.rows(COPIES) == []


def test_a_replayed_day_is_known_as_copies_and_counts_once(world: LakeWorld) -> None:
    sent = events(12)
    first = world.send(*sent)
    world.feed()
    before = everything(world)
    second = world.send(*sent, received_us=NINE_US + 5_000_000)
    world.feed()
    assert everything(world) == before
    assert {row[0] for row in world.rows(COPIES, "archive_key")} == {second}
    assert len(world.rows(COPIES)) == len(sent)
    assert {row[0] for row in world.rows(RAW, "archive_key")} == {first}


def test_the_order_in_which_objects_are_told_of_does_not_matter(world: LakeWorld) -> None:
    sent = events(12)
    early = world.archive(*sent)
    late = world.archive(*sent, received_us=NINE_US + 5_000_000)
    world.notify(late)
    world.feed()
    world.notify(early)
    world.feed()
    assert {row[0] for row in world.rows(RAW, "archive_key")} == {early}
    assert {row[0] for row in world.rows(EVENTS, "archive_key")} == {early}
    assert {row[0] for row in world.rows(COPIES, "archive_key")} == {late}
    assert len(world.rows(COPIES)) == len(world.rows(EVENTS)) == len(sent)


def test_an_event_thirty_days_late_lies_in_its_own_day(world: LakeWorld) -> None:
    (event,) = events(1)
    world.send(event, received_us=NINE_US + 30 * DAY_US)
    world.feed()
    assert [str(row[0]) for row in world.rows(EVENTS, "day")] == ["2026-03-02"]
    table = world.catalog.table(EVENTS)
    assert [file.file_path.split("/")[-2] for file in live_files(table, EVENTS)] == ["day=2026-03-02"]


@pytest.mark.parametrize("when", ["1970-01-01T00:00:00.000Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z"])
def test_an_impossible_date_has_no_day_and_keeps_its_time(world: LakeWorld, when: str) -> None:
    (event,) = events(1)
    world.send(event | {"eventTime": when})
    world.send(event | {"eventTime": when}, received_us=NINE_US + 1_000_000)
    world.feed()
    ((day, year),) = world.rows(EVENTS, "day", "event_time")
    assert day is None
    assert year.year == int(when[:4])
    assert len(world.rows(COPIES)) == 1


@pytest.mark.parametrize("days_apart", [0, 40])
@pytest.mark.parametrize("turned", [False, True])
def test_of_two_contents_under_one_id_the_lowest_counts_on_whichever_day(
    world: LakeWorld, days_apart: int, turned: bool
) -> None:
    (event,) = events(1)
    other = event | {"eventTime": "2026-03-02T23:00:00.000Z" if not days_apart else "2026-01-21T10:00:00.000Z"}
    first, second = (other, event) if turned else (event, other)
    world.send(first)
    world.feed()
    world.send(second, received_us=NINE_US + 1_000_000)
    world.feed()
    lowest = min((event, other), key=content_digest)
    assert world.rows(EVENTS, "content") == [(content_digest(lowest),)]
    assert len(world.rows(RAW)) == 2


def test_an_event_of_this_service_counts_before_a_client_that_sent_its_id(world: LakeWorld) -> None:
    (event,) = events(1)
    other = event | {"object": "https://app.example.org/elsewhere"}
    ours = max((event, other), key=content_digest)
    (theirs,) = [each for each in (event, other) if each is not ours]
    world.send(theirs)
    world.feed()
    world.send(ours, system=True, received_us=NINE_US + 1_000_000)
    world.feed()
    assert world.rows(EVENTS, "content", "system") == [(content_digest(ours), True)]


def test_warnings_and_rejections_are_rows_of_findings(world: LakeWorld) -> None:
    (event,) = events(1)
    warning = {"severity": "warning", "code": "time-form", "pointer": "/eventTime", "message": "m", "source": "s"}
    error = warning | {"severity": "error", "code": "missing", "pointer": "/actor"}
    world.send(event, findings=[warning])
    world.send({"type": "ViewEvent"}, kind="rejection", findings=[error, warning])
    world.feed()
    assert world.rows(REJECTIONS, "code", "kind", "severity", "type") == [
        ("missing", "rejection", "error", "ViewEvent"),
        ("time-form", "event", "warning", event["type"]),
        ("time-form", "rejection", "warning", "ViewEvent"),
    ]
    assert world.rows(EVENTS, "warnings") == [(["time-form"],)]
    assert len(world.rows(EVENTS)) == 1


def test_a_learner_is_known_by_the_name_that_was_said_last(world: LakeWorld) -> None:
    (event,) = events(1)
    actor = {"id": "https://school.example.org/learners/7", "type": "Person", "name": "A"}
    for minute, name in ((10, "B"), (5, "A"), (20, None)):
        said = actor | {"name": name}
        world.send(event | {"actor": said, "id": f"urn:x:{minute}", "eventTime": f"2026-03-02T10:{minute:02d}:00.000Z"})
        world.feed()
    assert world.rows(PEOPLE, "learner", "name") == [(actor["id"], "B")]


def test_of_two_commits_from_one_state_the_second_is_refused_and_its_run_is_repeated(world: LakeWorld) -> None:
    world.send(*events(4))
    world.feed()
    stale = world.catalog.table(EVENTS)
    files = live_files(stale, EVENTS)
    world.send(*events(4, seed=9))
    world.feed()
    with pytest.raises(CommitFailedException):
        commit(stale, add=[], remove=files)
    assert len(world.rows(EVENTS)) == 8


def test_two_runs_at_once_leave_each_event_once(world: LakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one run is between look-up and commit, another one loads the same object."""
    key = world.send(*events(6))
    original, ran = merging.apply, False

    def overtaken(lake: Any, merge: Any) -> int:
        nonlocal ran
        if not ran and merge.definition is EVENTS:
            ran = True
            world.notify(key)
            world.feed()
        return original(lake, merge)

    monkeypatch.setattr("functions.lake.feeding.apply", overtaken)
    with pytest.raises(CommitFailedException):
        world.feed()
    world.feed()
    assert len(world.rows(EVENTS)) == len(world.rows(RAW)) == 6
    assert world.rows(COPIES) == []
    assert world.waiting() == 0


def test_a_rebuilt_day_replaces_rows_that_older_code_made(world: LakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    key = world.send(*events(5))
    with monkeypatch.context() as older:
        older.setattr("functions.lake.tables.events.ROWS_VERSION", 0)
        world.feed()
    assert {row[0] for row in world.rows(EVENTS, "rows_version")} == {0}
    Inbox(world.sqs, world.queue_url).ask([key])
    world.feed()
    assert [row[0] for row in world.rows(EVENTS, "rows_version")] == [1] * 5
    assert world.rows(COPIES) == []


def test_an_object_that_was_deleted_meanwhile_is_passed_over(world: LakeWorld) -> None:
    gone = world.send(*events(2))
    world.send(*events(2, seed=8))
    world.s3.delete_object(Bucket=ARCHIVE, Key=gone)
    world.feed()
    assert len(world.rows(EVENTS)) == 2
    assert world.waiting() == 0


def test_numbers_are_there_as_soon_as_the_events_are(world: LakeWorld) -> None:
    world.send(*events(60))
    world.feed()
    for definition in (SESSIONS, RUNS, DAILY):
        assert world.rows(definition), definition.name
    left = world.s3.list_objects_v2(Bucket=TABLES_BUCKET, Prefix="pending/")
    assert "Contents" not in left


@pytest.mark.parametrize("unique_ids", [True, False])
def test_only_ids_that_may_come_twice_are_looked_up(
    world: LakeWorld, unique_ids: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = App(app_id=APP, tenant=TENANT, unique_ids=unique_ids)
    world.registry.put_all([app_row(app, created_us=NINE_US, version=1)])
    partitions: list[str] = []
    original = world.table.query

    def noted(pk: str, **how: Any) -> Any:
        partitions.append(pk)
        return original(pk, **how)

    monkeypatch.setattr(world.table, "query", noted)
    world.send(*events(5))
    world.feed()
    assert len(partitions) == (0 if unique_ids else 5)
    assert len(world.rows(EVENTS)) == 5
