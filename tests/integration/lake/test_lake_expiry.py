"""What leaves the lake by time or by credential: what an app kept long enough, and what a leaked key sent."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pyarrow.parquet as parquet

from functions.core.apps import App
from functions.core.ids import id_digest
from functions.core.privacy.erased import Erasure
from functions.core.times import DAY_US, day_of, iso_day
from functions.lake.erasure.expiry import expire_tables
from functions.lake.inbox import Inbox
from functions.lake.tables.all_tables import TABLES
from functions.lake.tables.events import EVENTS
from functions.lake.tables.of_lines import COPIES, PEOPLE, RAW, REJECTIONS
from functions.lake.tables.of_numbers import SESSIONS
from functions.privacy.erasure_context import Doors, Erasing, LakeDoor
from functions.privacy.purge.lake import purge_from_lake
from functions.privacy.purge.purge import Purge
from functions.settings import ProcessSettings
from functions.store.archive import S3Archive
from functions.store.erasure.rows import add_erasures
from functions.store.erasure.versions import S3Versions, unpacked_lines
from tests.lake_world import ARCHIVE, NINE_US, PSEUDONYMS, TENANT, LakeWorld
from tests.lake_world import TABLES as BUCKET
from tests.payloads import APP, Json, Payloads

ADA, BEN = (f"https://school.example/users/{number}" for number in (1, 12))
OTHER_APP = "urn:uuid:9f0c2a54-7d1e-4b8a-8a39-51c3f6e0d7b2"
FINDING = {"severity": "error", "code": "missing", "pointer": "/actor", "message": "odd", "source": "s"}
KEPT_DAY = iso_day(day_of(NINE_US))
LONG_AGO_US = NINE_US - 3 * DAY_US


def dated(event: Json, us: int) -> Json:
    return event | {"eventTime": f"{iso_day(day_of(us))}T09:00:00.000Z"}


def expire(world: LakeWorld) -> dict[str, int]:
    """What was received before KEPT_DAY; the counts."""
    inbox = Inbox(world.sqs, world.queue_url)
    with world.opened() as lake:
        counts = list(expire_tables(lake, APP, before_day=KEPT_DAY, load_again=inbox.ask))
    return {name: count for name, count in counts if count}


def texts(world: LakeWorld) -> Iterator[str]:
    """Every object of the lake's bucket, Parquet files with their values."""
    for entry in world.s3.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        body = world.s3.get_object(Bucket=BUCKET, Key=entry["Key"])["Body"].read()
        if entry["Key"].endswith(".parquet"):
            yield json.dumps(parquet.read_table(io.BytesIO(body)).to_pylist(), default=str)
        yield body.decode("latin-1")


def rows_of(world: LakeWorld, app: str) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of an app, by table."""
    places = {table.name: list(table.names()).index("app") for table in TABLES}
    return {table.name: [row for row in world.rows(table) if row[places[table.name]] == app] for table in TABLES}


def two_times(world: LakeWorld) -> tuple[list[Json], list[Json]]:
    """What one app sent of Ada long ago and of Ben now, and the same of another app."""
    payloads = Payloads(5)
    old = [dated(payloads.question_started(ADA), LONG_AGO_US) for _ in range(2)]
    new = [payloads.question_started(BEN) for _ in range(2)]
    for app in (APP, OTHER_APP):
        world.send(*old, app=app, received_us=LONG_AGO_US)
        world.send({"type": "X", "by": ADA}, kind="rejection", findings=[FINDING], app=app, received_us=LONG_AGO_US)
        world.send(*new, app=app)
        world.feed()
    return old, new


def test_what_was_received_before_the_day_goes_from_every_table_and_file_and_nothing_else_does(
    world: LakeWorld,
) -> None:
    old, new = two_times(world)
    others = rows_of(world, OTHER_APP)
    counts = expire(world)
    assert counts[f"lake: {EVENTS.name}"] == counts[f"lake: {RAW.name}"] - 1 == len(old)
    assert {f"lake: {table.name}" for table in (REJECTIONS, PEOPLE, SESSIONS)} <= counts.keys()
    assert {identifier for (identifier,) in world.rows(EVENTS, "id")} == {event["id"] for event in (*old, *new)}
    assert rows_of(world, OTHER_APP) == others
    kept = rows_of(world, APP)
    assert len(kept[EVENTS.name]) == len(kept[RAW.name]) == len(new)
    assert kept[REJECTIONS.name] == []
    assert len(kept[PEOPLE.name]) == len(kept[SESSIONS.name]) == 1
    of_app = [text for text in texts(world) if OTHER_APP not in text]
    assert of_app
    assert not any(event["id"] in text for text in of_app for event in old)
    assert expire(world) == {}


def test_what_came_again_since_the_day_is_kept_and_loaded_anew(world: LakeWorld) -> None:
    event = dated(Payloads(5).time_spent(ADA), LONG_AGO_US)
    world.send(event, received_us=LONG_AGO_US)
    world.feed()
    world.send(event)  # the same content, received now
    world.feed()
    assert len(world.rows(COPIES)) == 1
    assert expire(world)[f"lake: {RAW.name}"] == 1
    world.feed()
    ((received,),) = world.rows(EVENTS, "received")
    assert received.timestamp() == NINE_US / 1e6
    assert len(world.rows(RAW)) == 1


LEAKED, OWN = "key_leaked", "key_own"
LEAKY = App(app_id=APP, tenant=TENANT)


def leaked_erasure() -> Erasure:
    return Purge(app=LEAKY, credential=LEAKED, from_us=NINE_US, to_us=NINE_US + DAY_US).erasure(request="r1")


def purge(world: LakeWorld, *noted: Erasure, applies: bool = True) -> dict[str, int]:
    """What the leaked key sent, out of the lake; the counts."""
    door = LakeDoor(opened=world.opened, secret=lambda: b"k" * 32, load_again=Inbox(world.sqs, world.queue_url).ask)
    erasing = Erasing(
        app=LEAKY,
        erasures={each.digest: each for each in (leaked_erasure(), *noted)},
        doors=Doors(
            table=world.table,
            registry=world.registry,
            versions=S3Versions(world.s3, ARCHIVE),
            settings=ProcessSettings(table_name="", bucket_name=ARCHIVE),
            lake=door,
        ),
        applies=applies,
    )
    keys = S3Archive(world.s3, ARCHIVE).keys(from_day="00000000", to_day="99999999")
    bodies = [(key, world.s3.get_object(Bucket=ARCHIVE, Key=key)["Body"].read()) for key in keys]
    lines = [(key, line) for key, body in bodies for line in unpacked_lines(body)]
    return {name: count for name, count in purge_from_lake(erasing, lines) if count}


def test_what_a_leaked_key_sent_goes_and_what_others_sent_of_the_same_is_loaded_anew(world: LakeWorld) -> None:
    payloads = Payloads(5)
    leaked, both, own = (payloads.question_started(learner) for learner in (ADA, BEN, BEN))
    world.send(leaked, both, credential=LEAKED)
    world.send(both, own, credential=OWN, received_us=NINE_US + 1_000_000)
    world.send(leaked, credential=LEAKED, app=OTHER_APP)
    world.feed()
    others = rows_of(world, OTHER_APP)
    counted = purge(world, applies=False)
    assert counted[f"lake: {EVENTS.name}"] == 2
    before = {definition.name: world.rows(definition) for definition in TABLES}
    assert counted == purge(world, applies=False)
    assert {definition.name: world.rows(definition) for definition in TABLES} == before
    purge(world)
    add_erasures(world.registry, TENANT, [leaked_erasure()])
    world.feed()
    assert {row for row in world.rows(EVENTS, "app", "id") if row[0] == APP} == {
        (APP, both["id"]),
        (APP, own["id"]),
    }
    assert rows_of(world, OTHER_APP) == others
    assert len(rows_of(world, APP)[PEOPLE.name]) == 1
    assert PSEUDONYMS.of(TENANT, ADA) not in json.dumps(rows_of(world, APP), default=str)


def test_what_the_service_emitted_about_it_goes_by_its_note(world: LakeWorld) -> None:
    payloads = Payloads(5)
    sent, ended = payloads.question_started(ADA), payloads.logged_out(ADA, "urn:x:s") | {"action": "TimedOut"}
    other_end = payloads.logged_out(BEN, "urn:x:t") | {"action": "TimedOut"}
    world.send(sent, credential=LEAKED)
    world.send(ended, other_end, system=True, received_us=NINE_US + 60_000_000)
    world.feed()
    emitted_us = NINE_US + 60_000_000
    noted = Erasure(
        digest=id_digest(ended["id"]), role="event", alias="d", before_us=emitted_us, from_us=emitted_us, request="r1"
    )
    add_erasures(world.registry, TENANT, [leaked_erasure(), noted])
    assert purge(world, noted)[f"lake: {EVENTS.name}"] == 2
    world.feed()
    assert world.rows(EVENTS, "id") == [(other_end["id"],)]
