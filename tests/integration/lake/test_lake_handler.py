"""The Lambda as AWS calls it: loads, looks after the tables, and keeps one secret for each stack."""

from functools import partial
from types import SimpleNamespace

from functions.lake.handler import Doors, handler
from functions.lake.inbox import Inbox
from functions.lake.settings import LakeSettings
from functions.lake.tables.events import EVENTS
from functions.lake.tables.of_lines import PEOPLE
from functions.store.erasure.secret import pseudonym_secret
from tests.fakes import MemoryTable
from tests.lake_world import ARCHIVE, DATABASE, TABLES, LakeWorld
from tests.payloads import Payloads

CONTEXT = SimpleNamespace(get_remaining_time_in_millis=lambda: 840_000)


def doors(world: LakeWorld) -> Doors:
    settings = LakeSettings(
        table_name="t",
        registry_table_name="r",
        archive_bucket=ARCHIVE,
        lake_bucket=TABLES,
        lake_queue_url=world.queue_url,
        database=DATABASE,
        memory="200MB",
        threads=1,
    )
    inbox = Inbox(world.sqs, world.queue_url, wait_seconds=0)
    return Doors(world.catalog, world.store, inbox, world.table, world.registry, world.s3, settings)


def test_a_run_loads_and_the_next_one_finds_nothing(world: LakeWorld) -> None:
    world.send(*Payloads(3).events(10))
    run = partial(handler, context=CONTEXT, doors=doors(world))
    assert run({"task": "feed"})["events"] == 10
    assert run({"task": "feed"})["messages"] == 0
    assert run({"task": "maintain"}) == {"merged": 0, "expired": 0, "deleted": 0}
    assert len(world.rows(EVENTS)) == 10


def test_a_run_without_time_takes_nothing_and_loses_nothing(world: LakeWorld) -> None:
    world.send(*Payloads(3).events(3))
    late = SimpleNamespace(get_remaining_time_in_millis=lambda: 60_000)
    assert handler({"task": "feed"}, late, doors=doors(world))["lines"] == 0
    assert world.waiting() == 1


def test_pseudonyms_are_the_same_in_every_run(world: LakeWorld) -> None:
    event = Payloads(3).question_started("urn:uuid:0a0a0a0a-0000-4000-8000-000000000001")
    for number in range(2):
        world.send(event | {"id": f"urn:x:{number}"})
        handler({"task": "feed"}, CONTEXT, doors=doors(world))
    assert len(world.rows(PEOPLE)) == 1


def test_of_two_that_make_the_secret_at_once_both_get_the_same() -> None:
    table = MemoryTable()

    def overtaken(size: int) -> bytes:
        pseudonym_secret(table, random_bytes=lambda n: b"1" * n)
        return b"2" * size

    assert pseudonym_secret(table, random_bytes=overtaken) == b"1" * 32
    assert pseudonym_secret(table, random_bytes=overtaken) == b"1" * 32
