"""A person out of the lake: no byte of its bucket names them, nothing brings them back, and others stay as they are."""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow.parquet as parquet
import pytest
from pyiceberg.catalog.glue import GlueCatalog

from functions.core.apps import App
from functions.core.ids import content_digest
from functions.core.privacy.erased import Erasure
from functions.core.privacy.message import message_without_erased
from functions.core.times import DAY_US
from functions.lake.inbox import Inbox
from functions.lake.numbers.pending import Pending
from functions.lake.tables.all_tables import TABLES
from functions.lake.tables.events import EVENTS
from functions.lake.tables.of_lines import COPIES, PEOPLE, RAW, REJECTIONS
from functions.lake.tables.of_numbers import DAILY, NUMBER_TABLES, SESSIONS
from functions.privacy.erasure_context import Doors, Erasing, LakeDoor, address_erasure, learner_erasure
from functions.privacy.places.lake_tables import erase_from_lake
from functions.settings import ProcessSettings
from functions.store.archive import S3Archive, packed
from functions.store.erasure.rows import add_erasures, erased_of
from functions.store.erasure.versions import S3Versions
from functions.store.people.aliases import add_alias
from tests.lake_world import ARCHIVE, DATABASE, NINE_US, PSEUDONYMS, TENANT, LakeWorld, memory_lake_world
from tests.lake_world import TABLES as BUCKET
from tests.payloads import APP, Json, Payloads

ADA, BEN, TEACHER = (f"https://school.example/users/{number}" for number in (1, 12, 7))
MAIL, NAME, ALIAS = "ada@school.example", "Ada Lovelace", "urn:erased:5b"
PERSON = {"id": ADA, "type": "Person", "name": NAME, "email": MAIL}
OTHER_APP = "urn:uuid:9f0c2a54-7d1e-4b8a-8a39-51c3f6e0d7b2"
BEFORE_US = NINE_US + DAY_US
FINDING = {"severity": "error", "code": "missing", "pointer": "/actor", "message": f"`{MAIL}` is odd", "source": "s"}


def sent() -> dict[str, list[Json]]:
    """What is of the person and what is of others, by what it is for."""
    payloads = Payloads(5)
    own = [payloads.question_started(ADA) | {"actor": PERSON} for _ in range(3)]
    own += [payloads.lesson_started(ADA), payloads.time_spent(ADA)]
    plain = [payloads.question_started(BEN) for _ in range(2)] + [payloads.time_spent(BEN)]
    described = payloads.question_started(BEN) | {"extensions": {"about": PERSON, "seen": [ADA, BEN]}}
    graded = payloads.question_graded(TEACHER) | {"actor": {"id": TEACHER, "type": "Person", "name": f"of {MAIL}"}}
    aimed = payloads.resource_viewed(BEN) | {"object": {"id": ADA, "type": "Person"}}
    return {"own": own, "plain": plain, "others": [described, graded, aimed]}


def rival_of(event: Json) -> Json:
    """Another content under the id of an event, of another learner, which counts only if the first is not there."""
    rivals = (event | {"actor": BEN, "object": f"https://app.example.org/{n}"} for n in range(100))
    return next(rival for rival in rivals if content_digest(rival) > content_digest(event))


def live(world: LakeWorld) -> None:
    """Two rounds of batches, with copies, a conflict, rejections, a describe, a heartbeat, and another app."""
    items = sent()
    add_alias(world.registry, TENANT, person=BEN, alias="urn:x:also-ben")
    world.send(*items["own"], *items["plain"], *items["others"])
    world.send({"learner": ADA, "sessionId": "urn:x:s", "eventTime": "2026-03-02T09:01:00.000Z"}, kind="heartbeat")
    world.feed()
    world.send(*items["own"][:2], items["others"][0], received_us=NINE_US + 5_000_000)  # a replay: copies
    world.send(rival_of(items["own"][0]), received_us=NINE_US + 6_000_000)
    world.send({"type": "ViewEvent", "actor": MAIL}, {"type": "X", "by": ADA}, kind="rejection", findings=[FINDING])
    world.send(PERSON, {"id": "urn:x:g", "type": "Group", "members": [PERSON, {"id": BEN}]}, kind="entity")
    world.send(items["own"][0], app=OTHER_APP)
    world.feed()
    world.s3.put_object(Bucket=BUCKET, Key="athena/1.csv", Body=ADA.encode())


def erasures(before_us: int = BEFORE_US) -> dict[str, Erasure]:
    how: dict[str, Any] = {"alias": ALIAS, "before_us": before_us, "request": "r1"}
    noted = [learner_erasure(ADA, **how), address_erasure(f"mailto:{MAIL}", **how)]
    return {erasure.digest: erasure for erasure in noted}


def erasing(world: LakeWorld, *, applies: bool = True, known: bool = True) -> Erasing:
    door = LakeDoor(opened=world.opened, secret=lambda: b"k" * 32, load_again=Inbox(world.sqs, world.queue_url).ask)
    doors = Doors(
        table=world.table,
        registry=world.registry,
        versions=S3Versions(world.s3, ARCHIVE),
        settings=ProcessSettings(table_name="", bucket_name=ARCHIVE),
        lake=door,
    )
    return Erasing(
        app=App(app_id=APP, tenant=TENANT),
        erasures=erasures(),
        doors=doors,
        applies=applies,
        identifiers=[ADA, f"mailto:{MAIL}"] if known else None,
    )


def rewrite_archive(world: LakeWorld, *, notifies: bool = True) -> None:
    """What the erasure does to the objects of the archive; S3 tells the lake of each."""
    add_erasures(world.registry, TENANT, erasures().values())
    archive, erased = S3Archive(world.s3, ARCHIVE), erased_of(world.registry, TENANT)
    for key in list(archive.keys(from_day="00000000", to_day="99999999")):
        messages = archive.read(key)
        kept = [message_without_erased(each, erased) if each.tenant == TENANT else each for each in messages]
        if any(each is not other for each, other in zip(messages, kept, strict=True)):
            world.s3.put_object(Bucket=ARCHIVE, Key=key, Body=packed(kept))
            if notifies:
                world.notify(key)


def erase(world: LakeWorld, *, applies: bool = True, known: bool = True) -> dict[str, int]:
    counts = list(erase_from_lake(erasing(world, applies=applies, known=known)))
    return {name: count for name, count in counts if count}


def bucket_texts(world: LakeWorld) -> Iterator[tuple[str, str]]:
    """Every object of the lake's bucket as text, Parquet files with all their values."""
    for page in world.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
        for entry in page.get("Contents", []):
            body = world.s3.get_object(Bucket=BUCKET, Key=entry["Key"])["Body"].read()
            text = body.decode("latin-1")
            if entry["Key"].endswith(".parquet"):
                text += json.dumps(parquet.read_table(io.BytesIO(body)).to_pylist(), default=str)
            yield entry["Key"], text


def assert_gone(world: LakeWorld, *, of_app: str = APP) -> None:
    """No byte names the person; of the other app everything is as it was."""
    for key, text in bucket_texts(world):
        if of_app == APP and OTHER_APP in text:
            rows = parquet.read_table(
                io.BytesIO(world.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())
            ).to_pylist()
            text = json.dumps([row for row in rows if row["app"] == APP], default=str)
        words = text.replace("\\/", "/").replace("\\\\", "\\").replace(BEN, "")
        assert ADA not in words, key
        assert MAIL not in words, key
        assert NAME not in words, key
        assert PSEUDONYMS.of(TENANT, ADA) not in words, key


def everything(world: LakeWorld) -> dict[str, list[tuple[Any, ...]]]:
    return {definition.name: world.rows(definition) for definition in TABLES}


def test_no_byte_of_the_bucket_names_the_person_and_the_full_reader_reads_every_table(
    world_over_moto: LakeWorld,
) -> None:
    world = world_over_moto
    live(world)
    before = everything(world)
    rewrite_archive(world)
    counts = erase(world)
    assert_gone(world)
    assert counts["lake: raw"] == len({repr(row) for row in before["raw"]} - {repr(row) for row in world.rows(RAW)})
    assert counts["lake: answers of Athena"] == 1
    catalog = GlueCatalog("full", client=world.glue, **{"py-io-impl": "tests.lake_world.MotoFiles"})
    for definition in TABLES:
        table = catalog.load_table((DATABASE, definition.name))
        assert len(table.snapshots()) == 1, definition.name
        assert table.scan().to_arrow().num_rows == len(world.rows(definition))
    plain = {row for row in before["events"] if row[8] == PSEUDONYMS.of(TENANT, BEN)}
    assert {row[2] for row in plain} <= {row[0] for row in world.rows(EVENTS, "id")}


def test_what_the_rewritten_archive_brings_again_changes_nothing(world: LakeWorld) -> None:
    live(world)
    rewrite_archive(world)
    erase(world)
    world.feed()
    after = everything(world)
    for key in S3Archive(world.s3, ARCHIVE).keys(from_day="00000000", to_day="99999999"):
        world.notify(key)
    world.feed()
    assert everything(world) == after
    keys = list(S3Archive(world.s3, ARCHIVE).keys(from_day="00000000", to_day="99999999"))
    Inbox(world.sqs, world.queue_url).ask(keys)
    world.feed()
    assert {name: rows for name, rows in everything(world).items() if name != "copies"} == {
        name: rows for name, rows in after.items() if name != "copies"
    }
    assert_gone(world)
    assert world.waiting() == 0


def test_the_tables_are_those_of_a_lake_that_was_loaded_from_the_rewritten_archive(
    world: LakeWorld,
) -> None:
    live(world)
    rewrite_archive(world)
    erase(world)
    world.feed()
    erased = everything(world)
    for definition in TABLES:
        world.catalog.drop_table((DATABASE, definition.name))
    for key in S3Archive(world.s3, ARCHIVE).keys(from_day="00000000", to_day="99999999"):
        world.notify(key)
    world.feed()
    anew = everything(world)
    assert {name: len(rows) for name, rows in anew.items()} == {name: len(rows) for name, rows in erased.items()}
    assert anew == erased


def test_fed_before_the_tables_are_erased_it_comes_to_the_same_end(world: LakeWorld) -> None:
    live(world)
    rewrite_archive(world)
    world.feed()
    erase(world)
    assert_gone(world)
    first = everything(world)
    assert len({row[4] for row in first["raw"] if row[2] == "rejection"}) == len(
        [row for row in first["raw"] if row[2] == "rejection"]
    )


def test_an_object_that_was_not_rewritten_yet_is_loaded_without_the_person(world: LakeWorld) -> None:
    live(world)
    rewrite_archive(world, notifies=False)
    erase(world)
    world.feed()
    after = everything(world)
    items = sent()
    world.send(*items["own"], *items["others"], received_us=NINE_US + 7_000_000)  # as if read before it was rewritten
    world.feed()
    assert_gone(world)
    assert {name: rows for name, rows in everything(world).items() if name != "copies"} == {
        name: rows for name, rows in after.items() if name != "copies"
    }


def test_others_keep_their_rows_but_for_the_name(world: LakeWorld) -> None:
    live(world)
    ben = PSEUDONYMS.of(TENANT, BEN)
    numbers = {
        definition.name: [row for row in world.rows(definition) if row[2] == ben] for definition in NUMBER_TABLES
    }
    rewrite_archive(world)
    erase(world)
    alone = rival_of(sent()["own"][0])
    assert content_digest(alone) in {row[0] for row in world.rows(EVENTS, "content")}
    world.feed()  # the rival counts now
    assert numbers["sessions"]
    assert {row[0] for row in world.rows(DAILY, "learner_key")} >= {ben}
    raw = [row[0] for row in world.rows(RAW, "raw")]
    assert sum(ALIAS in text for text in raw) == 6
    assert [row for row in world.rows(PEOPLE, "app", "name") if row[0] == OTHER_APP] == [(OTHER_APP, NAME)]
    kinds = [row[0] for row in world.rows(RAW, "kind")]
    assert len(world.rows(EVENTS, "id")) == kinds.count("event")


def test_a_dry_run_counts_the_same_and_changes_nothing(world: LakeWorld) -> None:
    live(world)
    rewrite_archive(world)
    before = dict(bucket_texts(world))
    counts = erase(world, applies=False)
    assert dict(bucket_texts(world)) == before
    assert erase(world) == counts
    assert counts.keys() >= {
        f"lake: {each.name}" for each in (EVENTS, RAW, PEOPLE, COPIES, REJECTIONS, DAILY, SESSIONS)
    }
    assert erase(world) == {}


def test_known_by_digests_alone_the_person_goes_too(world: LakeWorld) -> None:
    live(world)
    rewrite_archive(world)
    erase(world, known=False)
    assert_gone(world)


def test_what_was_sent_again_after_the_erasure_stays(world: LakeWorld) -> None:
    live(world)
    items = sent()
    later = BEFORE_US + 3_600_000_000
    again = world.send(items["own"][0], received_us=later)  # the same content: only a copy, until the first is gone
    own = Payloads(9).question_started(ADA) | {"actor": PERSON}
    world.send(own, received_us=later)
    world.feed()
    rewrite_archive(world)
    erase(world)
    world.feed()
    ada = PSEUDONYMS.of(TENANT, ADA)
    assert again in {key for learner, key in world.rows(RAW, "learner_key", "archive_key") if learner == ada}
    assert len([row for row in world.rows(EVENTS, "learner_key") if row[0] == ada]) == 2
    assert (APP, NAME) in world.rows(PEOPLE, "app", "name")
    assert ada in {row[0] for row in world.rows(SESSIONS, "learner_key")}


def test_work_under_way_names_the_person_no_more(world: LakeWorld) -> None:
    live(world)
    pending = Pending(world.store, world.catalog.warehouse)
    body = json.dumps({"learners": [[APP, ADA, ["2026-03-02"], []], [APP, BEN, ["2026-03-02"], []]], "ownerless": []})
    world.s3.put_object(Bucket=BUCKET, Key="pending/x.json", Body=body.encode())
    rewrite_archive(world)
    assert erase(world)["lake: work under way"] == 1
    assert_gone(world)
    assert any(BEN in text.decode() for _, text in pending.listed())


class Crash(Exception):
    """The machine is gone."""


@contextmanager
def crashing(world: LakeWorld, when: str, number: int) -> Iterator[list[int]]:
    """Raise at the `number`-th changing call, before it is done or after; how many there were."""
    seen = [0]

    def counted(call: Callable[..., Any]) -> Callable[..., Any]:
        def counting(**request: Any) -> Any:
            seen[0] += 1
            dies = seen[0] == number
            if dies and when == "before":
                raise Crash
            answer = call(**request)
            if dies:
                raise Crash
            return answer

        return counting

    calls = [
        (world.s3, "put_object"),
        (world.s3, "delete_object"),
        (world.glue, "update_table"),
        (world.sqs, "send_message"),
    ]
    with pytest.MonkeyPatch.context() as patch:
        for client, name in calls:
            patch.setattr(client, name, counted(getattr(client, name)))
        yield seen


@pytest.fixture(scope="module")
def uninterrupted() -> tuple[int, dict[str, list[tuple[Any, ...]]]]:
    world = memory_lake_world()
    live(world)
    rewrite_archive(world)
    with crashing(world, "before", -1) as seen:
        erase(world)
    return seen[0], everything(world)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(12))
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_anywhere_and_run_again_it_comes_to_the_same_end(
    world: LakeWorld, when: str, part: int, uninterrupted: tuple[int, dict[str, list[tuple[Any, ...]]]]
) -> None:
    calls, end = uninterrupted
    live(world)
    rewrite_archive(world)
    with crashing(world, when, 1 + part * calls // 12), pytest.raises(Crash):
        erase(world)
    erase(world)
    assert_gone(world)
    assert everything(world) == end
