"""What the console says becomes of an event agrees with what the numbers do with it."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from functions.core.numbers.runs import fold_run
from functions.core.timeline.counting import counted
from functions.query.console.files import FOLDER
from functions.store import keys
from functions.store.facts.reading import Reading
from functions.store.slices import between
from tests.payloads import APP, Json
from tests.unit.query.world import NINE_US, STUDENT, World

SCRIPT = Path(__file__).with_name("standing.mjs")
NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="there is no node on this machine")


def standings(*lists: list[Json]) -> list[list[Json]]:
    assert NODE is not None
    done = subprocess.run(
        [NODE, str(SCRIPT), str(FOLDER)],
        input=json.dumps(lists),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    standings_of_rows: list[list[Json]] = json.loads(done.stdout)
    return standings_of_rows


def listed(world: World) -> list[Json]:
    return world.all("/events", "events", actor=STUDENT)


def kinds(world: World) -> list[str]:
    (standings_of_rows,) = standings(listed(world))
    assert all(standing["reason"] for standing in standings_of_rows)
    return [standing["kind"] for standing in standings_of_rows]


def work(world: World, minute: float, **changed: Any) -> Json:
    event = world.payloads.activity_completed(STUDENT, "urn:uuid:40400000-0000-4000-8000-000000000001")
    return event | {"actor": {**event["actor"], "id": STUDENT}, "eventTime": world.time(minute), **changed}


def again(event: Json, number: int, **changed: Any) -> Json:
    return event | {"id": f"urn:uuid:a9a10000-0000-4000-8000-{number:012d}", **changed}


def test_exact_copies_count_once_and_are_told_as_duplicates_of_one() -> None:
    world = World()
    first = work(world, 0)
    renamed = {**first["generated"], "id": "https://app.example.org/other"}
    page = world.event(5)
    world.send(first, again(first, 1), again(first, 2, generated=renamed), again(first, 3, eventTime=world.time(1)))
    world.send(page, again(page, 4), world.event(6))
    kinds_of_rows = kinds(world)
    assert sorted(kinds_of_rows) == ["counted"] * 4 + ["duplicate"] * 3
    facts = counted(fact.entry for fact in _facts(world)).facts
    assert len(facts) == kinds_of_rows.count("counted")


def test_a_grade_that_a_later_one_replaced_is_told() -> None:
    world = World()
    grade = world.payloads.question_graded(STUDENT)
    for number, (minute, score_given) in enumerate([(0, 0), (5, 1)]):
        generated = {**grade["generated"], "scoreGiven": score_given}
        world.send(again(grade, number, eventTime=world.time(minute), generated=generated))
    rows = world.all("/events", "events", id=again(grade, 0)["id"]) + world.all(
        "/events", "events", id=again(grade, 1)["id"]
    )
    (standings_of_rows,) = standings(rows)
    assert [standing["kind"] for standing in standings_of_rows] == ["replaced", "counted"]
    entries = [fact.entry for fact in _facts(world, rows[0]["actor"])]
    assert fold_run(entries).as_dict()["correctQuestions"] == 1


def test_of_a_conflict_it_is_told_which_content_counts() -> None:
    world = World()
    event = world.event(0)
    world.send(event, event | {"eventTime": world.time(1)})
    assert world.get("/conflicts")["conflicts"]
    rows = listed(world)
    by_id = world.get("/events", id=event["id"])["events"]
    for standings_of_rows in standings(rows, by_id):
        assert [standing["kind"] for standing in standings_of_rows] == ["conflict", "conflict"]
        assert sorted("counts: it has the lowest" in standing["reason"] for standing in standings_of_rows) == [
            False,
            True,
        ]
    assert sorted(row["counted"] for row in rows) == sorted(row["counted"] for row in by_id) == [False, True]


def test_what_another_person_did_and_what_this_service_emitted_is_not_counted() -> None:
    world = World()
    acted = {
        "id": STUDENT,
        "type": "Person",
        "extensions": {"com.instructure.canvas": {"entity_id": "1", "real_user_id": "2"}},
    }
    world.send(world.event(0, session="urn:uuid:5e550000-0000-4000-8000-000000000001"), world.event(1, actor=acted))
    world.set_clock(60)
    world.sweep()
    world.drain()
    (standings_of_rows,) = standings(rows := listed(world))
    reasons = {
        row["event"]["action"]: standing
        for row, standing in zip(rows, standings_of_rows, strict=True)
        if standing["kind"] == "ignored"
    }
    assert "This service emitted it" in reasons["TimedOut"]["reason"]
    assert sum("Another person acted" in standing["reason"] for standing in standings_of_rows) == 1


def _facts(world: World, learner: str = STUDENT) -> list[Any]:
    pk = keys.learner_pk(keys.tenant_of(APP), learner)
    return list(between(world.table, pk, NINE_US, NINE_US + 10**10, Reading(slice_gap_us=0)))
