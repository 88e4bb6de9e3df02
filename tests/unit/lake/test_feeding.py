"""A run over the queue: in which rounds, what is noted and deleted, what is counted."""

from collections.abc import Callable
from typing import Any

import pytest

from functions.core.apps import App
from functions.core.times import DAY_US
from functions.lake import feeding
from functions.lake.archive_line import ArchiveLine
from functions.lake.feeding import Fed, Source, feed
from functions.lake.inbox import Inbox
from functions.lake.opened_lake import Lake
from functions.lake.tables.events import EVENTS
from functions.lake.tables.of_lines import COPIES, RAW
from functions.privacy.erasure_context import learner_erasure
from functions.store.erasure.rows import add_erasures
from functions.store.registrations import Registrations
from functions.store.rows.apps import app_row
from tests.lake_lines import event
from tests.lake_world import ARCHIVE, NINE_US, PSEUDONYMS, TENANT, TIMEOUTS, LakeWorld, always
from tests.payloads import APP

pytestmark = pytest.mark.slow

ADA = "urn:x:ada"


class Rounds:
    """Keeps what each round says that it did, and how many messages were taken and not yet deleted then."""

    def __init__(self, world: LakeWorld) -> None:
        self.world = world
        self.rounds: list[tuple[list[str], int]] = []
        self.conflicts: list[dict[tuple[str, str], set[str]]] = []

    def __call__(self, lines: Any, conflicts: Any) -> None:
        self.rounds.append(([line.parsed["id"] for line in lines], len(self.world.sqs.taken)))
        self.conflicts.append(dict(conflicts))


def source_of(world: LakeWorld) -> Source:
    return Source(world.s3, ARCHIVE, PSEUDONYMS, world.table, Registrations(world.registry, TIMEOUTS), lambda: NINE_US)


def fed(world: LakeWorld, lake: Lake, *, time_left: Callable[[], bool] = always) -> tuple[Fed, Rounds]:
    rounds = Rounds(world)
    inbox = Inbox(world.sqs, world.queue_url, wait_seconds=0)
    return feed(lake, source_of(world), inbox, time_left=time_left, after=rounds), rounds


def sent(world: LakeWorld, count: int = 3) -> None:
    for number in range(count):
        world.send(event(f"urn:x:{number}", ADA))


def test_what_the_queue_names_is_one_round_and_deleted_after_it_is_noted(world: LakeWorld, lake: Lake) -> None:
    sent(world)
    done, rounds = fed(world, lake)
    assert rounds.rounds == [(["urn:x:0", "urn:x:1", "urn:x:2"], 3)]
    assert rounds.conflicts == [{}]
    assert (world.sqs.taken, world.sqs.waiting) == ({}, [])
    assert done == Fed(3, 3, 3, {"copies": 0, "raw": 3, "events": 3, "people": 1, "rejections": 0})
    assert fed(world, lake)[0] == Fed()


@pytest.mark.parametrize(("limit", "sizes"), [(1, [1, 1, 1]), (2, [2, 1]), (3, [3]), (4, [3])])
@pytest.mark.parametrize("name", ["LINES_IN_A_ROUND", "OBJECTS_IN_A_ROUND"])
def test_a_round_ends_when_it_holds_enough(
    world: LakeWorld, lake: Lake, monkeypatch: pytest.MonkeyPatch, name: str, limit: int, sizes: list[int]
) -> None:
    monkeypatch.setattr(feeding, name, limit)
    sent(world)
    done, rounds = fed(world, lake)
    assert [len(ids) for ids, _ in rounds.rounds] == sizes
    assert (done.messages, done.objects, done.lines, done.rows["events"]) == (3, 3, 3, 3)


def test_a_message_that_names_several_objects_is_whole_and_one_that_names_none_is_deleted(
    world: LakeWorld, lake: Lake
) -> None:
    keys = [world.archive(event(f"urn:x:{number}", ADA)) for number in range(2)]
    Inbox(world.sqs, world.queue_url).ask(keys)
    world.sqs.send_message(QueueUrl=world.queue_url, MessageBody="{}")
    done, _ = fed(world, lake)
    assert (done.messages, done.objects, done.lines) == (2, 2, 2)
    assert world.sqs.taken == {}


def test_a_run_that_dies_deletes_no_message_of_its_round(world: LakeWorld, lake: Lake) -> None:
    sent(world)

    def dies(*_: Any) -> None:
        raise ConnectionError

    inbox = Inbox(world.sqs, world.queue_url, wait_seconds=0)
    with pytest.raises(ConnectionError):
        feed(lake, source_of(world), inbox, time_left=always, after=dies)
    assert len(world.sqs.taken) == 3
    assert len(world.rows(EVENTS)) == 3


def test_a_rewrite_replaces_rows_that_are_there_and_a_notice_does_not(
    world: LakeWorld, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [world.send(event(f"urn:x:{number}", ADA)) for number in range(2)]
    fed(world, lake)
    monkeypatch.setattr("functions.lake.tables.events.ROWS_VERSION", 2)
    world.notify(keys[0])
    Inbox(world.sqs, world.queue_url).ask(keys[1:])
    fed(world, lake)
    assert world.rows(EVENTS, "id", "rows_version") == [("urn:x:0", 1), ("urn:x:1", 2)]
    assert world.rows(COPIES) == []


def test_days_of_other_contents_under_an_id_are_noted_and_looked_through(world: LakeWorld, lake: Lake) -> None:
    days = ("2026-03-02", "2026-01-21")
    for day in days:
        world.send(event("urn:x:1", ADA, eventTime=f"{day}T09:00:00.000Z"))
    _, rounds = fed(world, lake)
    assert rounds.conflicts == [{(TENANT, "urn:x:1"): set(days)}]
    assert len(world.rows(EVENTS)) == 1
    assert len(world.rows(RAW)) == 2


def test_of_an_app_that_refuses_a_second_content_no_id_is_looked_up(world: LakeWorld, lake: Lake) -> None:
    app = App(app_id=APP, tenant=TENANT, unique_ids=True)
    world.registry.put_all([app_row(app, created_us=NINE_US, version=1)])
    for action in ("Viewed", "Used"):
        world.send(event("urn:x:1", ADA, action=action))
    _, rounds = fed(world, lake)
    assert rounds.conflicts == [{}]
    assert source_of(world).unique_ids(TENANT) is True
    assert source_of(world).unique_ids("another") is False


def test_an_object_that_is_gone_has_no_lines_and_one_of_an_erased_person_fewer(world: LakeWorld) -> None:
    erasure = learner_erasure(ADA, alias="urn:erased:5b", before_us=NINE_US, request="r")
    key = world.archive(event("urn:x:1", ADA), event("urn:x:2", "urn:x:ben"))

    def ids(lines: list[ArchiveLine]) -> list[str]:
        return [line.parsed["id"] for line in lines]

    assert ids(source_of(world).lines(key)) == ["urn:x:1", "urn:x:2"]
    assert {line.archive_key for line in source_of(world).lines(key)} == {key}
    add_erasures(world.registry, TENANT, [erasure])
    assert ids(source_of(world).lines(key)) == ["urn:x:2"]
    world.s3.delete_object(Bucket=ARCHIVE, Key=key)
    assert source_of(world).lines(key) == []


def test_two_lines_of_one_object_with_one_content_are_no_copy(world: LakeWorld, lake: Lake) -> None:
    world.send(event("urn:x:1", ADA), event("urn:x:1", ADA))
    world.send(event("urn:x:1", ADA), received_us=NINE_US + DAY_US)
    done, _ = fed(world, lake)
    assert done.rows == {"copies": 1, "raw": 1, "events": 1, "people": 1, "rejections": 0}


def test_rows_of_a_table_are_counted_together() -> None:
    done = Fed()
    for rows in (2, 0, 3):
        done.count("raw", rows)
    done.count("events", 1)
    assert done.rows == {"raw": 5, "events": 1}
