"""What else of the bucket holds people: files of earlier snapshots, answers of Athena, notes of work under way."""

import pytest

from functions.core.privacy.erased import Erased
from functions.lake.erasure.affected import Whom
from functions.lake.erasure.traces import end_history, erase_answers, erase_from_pending
from functions.lake.iceberg.snapshots import live_files
from functions.lake.numbers.pending import Pending, Touched
from functions.lake.opened_lake import Lake
from functions.privacy.erasure_context import learner_erasure
from tests.lake_world import NINE_US, PSEUDONYMS, TABLES, TENANT, LakeWorld
from tests.payloads import APP
from tests.small_table import SMALL, TUESDAY, held, put, row

ADA, BEN = "urn:x:ada", "urn:x:ben"
WAREHOUSE = f"s3://{TABLES}"


def parquet_files(world: LakeWorld) -> set[str]:
    return {f"s3://{bucket}/{key}" for bucket, key in world.s3.objects if key.endswith(".parquet")}


def test_files_that_only_earlier_snapshots_hold_are_deleted_and_those_forgotten(lake: Lake, world: LakeWorld) -> None:
    put(lake, row("x"), row("t", day=TUESDAY))
    put(lake, row("x", "a"))
    assert len(parquet_files(world)) == 3
    assert end_history(lake, SMALL) == 1
    table = lake.catalog.table(SMALL)
    assert parquet_files(world) == {file.file_path for file in live_files(table, SMALL)}
    assert len(table.snapshots()) == 1
    assert held(lake, "id", "content") == [("t", "b"), ("x", "a")]
    assert end_history(lake, SMALL) == 0


def test_a_table_that_is_not_there_or_was_never_written_to_has_no_history(lake: Lake, world: LakeWorld) -> None:
    assert end_history(lake, SMALL) == 0
    assert world.glue.tables == {}
    lake.catalog.table(SMALL)
    assert end_history(lake, SMALL) == 0


@pytest.mark.parametrize("applies", [True, False])
def test_all_answers_of_athena_are_counted_and_deleted_and_nothing_else(world: LakeWorld, applies: bool) -> None:
    for name in ("athena/1.csv", "athena/2.csv.metadata", "athenaeum/3.csv", "raw/athena/4"):
        world.store.put(f"{WAREHOUSE}/{name}", b"")
    assert erase_answers(world.store, WAREHOUSE, applies=applies) == 2
    left = {key for _, key in world.s3.objects}
    assert left >= {"athenaeum/3.csv", "raw/athena/4"}
    assert len(left) == (2 if applies else 4)


def note(pending: Pending, *whose: tuple[str, str]) -> None:
    """One object that asks for the numbers of learners on a day, each with a session."""
    touched = Touched()
    for name in whose:
        touched.days[name].add("2026-03-02")
        touched.sessions[name].add(f"session of {name[1]}")
    pending.put(touched)


def noted(pending: Pending) -> list[set[tuple[str, str]]]:
    objects = []
    for _, body in pending.listed():
        touched = Touched()
        touched.merge(body)
        assert touched.sessions == {name: {f"session of {name[1]}"} for name in touched.days}
        objects.append(set(touched.days))
    return sorted(objects, key=sorted)


@pytest.mark.parametrize("applies", [True, False])
def test_notes_of_work_under_way_are_left_without_the_learner(world: LakeWorld, applies: bool) -> None:
    erasure = learner_erasure(ADA, alias="urn:erased:5b", before_us=NINE_US, request="r1")
    erased = Erased({erasure.digest: erasure})
    whom = Whom(app=APP, tenant=TENANT, erased=erased, pseudonyms=PSEUDONYMS)
    pending = Pending(world.store, WAREHOUSE)
    note(pending, (APP, ADA), (APP, BEN))
    note(pending, (APP, ADA))
    note(pending, (APP, BEN), ("urn:x:other", ADA))
    before = noted(pending)
    assert len(before) == 3
    assert erase_from_pending(pending, whom, applies=applies) == 2
    assert noted(pending) == ([{(APP, BEN)}, {(APP, BEN), ("urn:x:other", ADA)}] if applies else before)
    assert erase_from_pending(pending, whom, applies=applies) == (0 if applies else 2)


def test_files_go_before_the_snapshots_that_tell_of_them(
    lake: Lake, world: LakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(lake, row("x"))
    put(lake, row("x", "a"))

    def dies(location: str) -> None:
        raise ConnectionError(location)

    with monkeypatch.context() as broken:
        broken.setattr(world.store, "delete", dies)
        with pytest.raises(ConnectionError):
            end_history(lake, SMALL)
    assert end_history(lake, SMALL) == 1
    assert len(parquet_files(world)) == 1
