"""A sweep that read a learner before an erasure may write what courses tell of them after it: the second walk looks."""

import pytest

from functions.core.ids import id_digest
from functions.store.dynamodb.row import Key, Row
from functions.store.totals.course_learners import learner_sk
from tests.unit.privacy.erasing_world import ADA, BEN, ErasingWorld
from tests.unit.privacy.test_continued_work import TENANT, Runs, code


def world_of_courses() -> ErasingWorld:
    """Two learners who worked in two courses, in two months."""
    world = ErasingWorld()
    for day in (0, 40):
        world.set_clock(day * 1440 + 60)
        for learner in (ADA, BEN):
            courses = ({"courseId": f"c-{number}"} for number in range(2))
            minutes = enumerate(courses, day * 1440)
            world.send(*(world.event(minute, actor=learner, extensions=course) for minute, course in minutes))
    world.set_clock(60 * 1440)
    for _ in range(2):
        world.sweep()
        world.drain()
    return world


def of_courses(world: ErasingWorld, learner: str) -> dict[Key, Row]:
    """What courses tell of a learner."""
    sk = learner_sk(id_digest(learner))
    return {key: row for key, row in world.table.items.items() if key[0].startswith(f"{TENANT}#Y#") and key[1] == sk}


def test_an_erasure_takes_a_learner_out_of_each_course_and_month_and_nobody_else() -> None:
    world = world_of_courses()
    of_ben = of_courses(world, BEN)
    assert len(of_courses(world, ADA)) == len(of_ben) == 6
    assert world.erase().counts["learners of courses"] == 6
    assert (of_courses(world, ADA), of_courses(world, BEN)) == ({}, of_ben)


def test_what_a_sweep_wrote_between_the_walks_is_erased_by_the_second() -> None:
    world = world_of_courses()
    before = of_courses(world, ADA)

    def settle() -> bool:
        assert of_courses(world, ADA) == {}
        world.table.put_all(before.values())
        return world.settle()

    world.settle_with(settle)
    assert world.erase().counts["learners of courses"] == 12
    assert of_courses(world, ADA) == {}


@pytest.mark.parametrize("objects", [1, 1000])
def test_a_request_tells_its_second_walk_where_the_first_one_looked(objects: int) -> None:
    runs = Runs(world_of_courses())
    before = of_courses(runs.world, ADA)
    work, states = runs.work("erase", code=code(runs.world)), list[str]()
    while "done" not in states:
        states.append(runs.run(work, objects=objects).state)
        assert len(states) < 20
        if "done" in states:
            break
        following = runs.next()
        if (work.walk, following.walk) == (1, 2):
            assert sorted(map(tuple, following.in_courses)) == sorted(before)
            runs.world.table.put_all(before.values())
        work = following
    assert (work.walk, of_courses(runs.world, ADA)) == (2, {})


def test_a_count_changes_no_course_and_tells_each_row_once() -> None:
    runs = Runs(world_of_courses())
    before = of_courses(runs.world, ADA)
    noted = runs.run(runs.work())
    assert (noted.state, noted.counts["learners of courses"]) == ("done", 6)
    assert of_courses(runs.world, ADA) == before


def test_of_a_learner_who_came_again_courses_tell_what_came_since() -> None:
    world = world_of_courses()
    work_on_new = world.event(60 * 1440, actor=ADA, extensions={"courseId": "c-1"})

    def settle() -> bool:
        world.set_clock(60 * 1440 + 2)
        world.send(work_on_new)
        return world.settle()

    world.settle_with(settle)
    world.erase()
    world.set_clock(61 * 1440)
    world.sweep()
    world.drain()
    assert len(of_courses(world, ADA)) == 2, "its row and one month"
