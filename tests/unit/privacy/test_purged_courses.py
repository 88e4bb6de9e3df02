"""What a leaked credential sent is no longer in what courses tell of a learner."""

import pytest

from functions.privacy.purge.purge import purge_once
from functions.privacy.purge.rows import Touched
from functions.store import keys
from functions.store.dynamodb.row import Row
from functions.store.dynamodb.table import VERSION
from functions.store.totals.course_learners import course_pk
from tests.payloads import APP
from tests.unit.privacy.erasing_world import ADA, ErasingWorld
from tests.unit.privacy.test_purge import LEAKED, OWN, purge, purge_of, settle
from tests.unit.query.world import app_of

TENANT = app_of(APP).tenant
COURSES = ("c-own", "c-both", "c-leaked")


def world_of(*, leaked: bool, own: bool = True) -> ErasingWorld:
    """A learner's work in three courses: of one each credential tells, of one both do."""
    world = ErasingWorld()
    for minute, course in enumerate(COURSES):
        for offset, credential in ((0, OWN), (100, LEAKED)):
            sends = course.removeprefix("c-") in ("both", credential.removeprefix("key_"))
            is_left_out = not (leaked if credential == LEAKED else own)
            world.set_clock(minute + offset)
            event = world.event(minute + offset, actor=ADA, extensions={"courseId": course})
            if sends and not is_left_out:
                world.send(event, credential=credential)
    world.set_clock(600)
    settle(world)
    world.set_clock(700)
    return world


def told_by_courses(world: ErasingWorld) -> dict[str, list[Row]]:
    """By course: what its rows say of the learner."""
    return {
        course: [
            {name: value for name, value in row.items() if name not in (VERSION, keys.TTL)}
            for (pk, _), row in sorted(world.table.items.items())
            if pk.startswith(course_pk(TENANT, course))
        ]
        for course in COURSES
    }


def test_a_course_that_only_the_leaked_credential_names_forgets_the_learner() -> None:
    world, expected = world_of(leaked=True), world_of(leaked=False)
    assert all(told_by_courses(world).values())
    purge(world)
    settle(world)
    assert told_by_courses(world) == told_by_courses(expected)
    assert [bool(rows) for rows in told_by_courses(expected).values()] == [True, True, False]


def test_a_learner_of_whom_nothing_is_left_is_in_no_course() -> None:
    world = world_of(leaked=True, own=False)
    purge(world)
    settle(world)
    assert not any(told_by_courses(world).values())


@pytest.mark.parametrize("own", [True, False])
def test_a_dry_run_changes_no_course(own: bool) -> None:
    world = world_of(leaked=True, own=own)
    before = told_by_courses(world)
    assert list(purge_once(purge_of(world), world.office().doors, applies=False))
    assert told_by_courses(world) == before


def test_totals_that_cannot_be_read_keep_no_course_from_forgetting_the_learner() -> None:
    world, expected = world_of(leaked=True), world_of(leaked=False)
    for key, row in list(world.table.items.items()):
        if key[1].startswith(keys.TOTALS):
            world.table.items[key] = row | {"body": b"KLUv not a frame"}
    purge(world)
    settle(world)
    assert told_by_courses(world) == told_by_courses(expected)


def test_what_a_sweep_wrote_between_the_walks_is_taken_out_by_the_second() -> None:
    world, expected = world_of(leaked=True), world_of(leaked=False)
    before = [row for (pk, _), row in world.table.items.items() if pk.startswith(f"{TENANT}#Y#")]
    touched: Touched = {}
    for walk in range(2):
        list(purge_once(purge_of(world), world.office().doors, applies=True, touched=touched))
        if not walk:
            world.table.put_all(before)
    settle(world)
    assert told_by_courses(world) == told_by_courses(expected)
