"""A run of the lake that is killed between two of its commits, and repeated, leaves the tables that one run leaves."""

from typing import Any

import pytest

from functions.core.times import DAY_US
from functions.lake.merging import apply
from functions.lake.tables.events import EVENTS
from functions.lake.tables.of_lines import COPIES, PEOPLE, RAW, REJECTIONS
from tests.lake_lines import event
from tests.lake_world import NINE_US, LakeWorld, memory_lake_world

pytestmark = pytest.mark.slow

TABLES = (COPIES, RAW, EVENTS, PEOPLE, REJECTIONS)  # in the order of the commits
FINDING = ({"severity": "error", "code": "missing", "pointer": "/actor", "message": "m", "source": "s"},)


class Killed(Exception):
    """What ends a run in a test."""


def second_run_due(world: LakeWorld) -> None:
    """What is loaded, and behind it an earlier arrival of the same event, another event, and a rejection."""
    same = event("urn:x:1", "urn:x:ada")
    world.send(same, received_us=NINE_US + DAY_US)
    world.feed()
    world.send(same)
    world.send(event("urn:x:2", "urn:x:ben", actor={"id": "urn:x:ben", "type": "Person", "name": "Ben"}))
    world.send({"id": "urn:x:3"}, kind="rejection", findings=FINDING)


def tables_of(world: LakeWorld) -> dict[str, list[Any]]:
    return {table.name: world.rows(table) for table in TABLES}


@pytest.mark.parametrize("commits", range(len(TABLES)), ids=[f"before {table.name}" for table in TABLES])
def test_a_run_that_was_killed_is_repeated_to_the_same_end(
    world: LakeWorld, monkeypatch: pytest.MonkeyPatch, commits: int
) -> None:
    whole = memory_lake_world()
    second_run_due(whole)
    whole.feed()
    second_run_due(world)
    left = iter([True] * commits)

    def killed(*arguments: Any) -> int:
        if not next(left, False):
            raise Killed
        return apply(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr("functions.lake.feeding.apply", killed)
        with pytest.raises(Killed):
            world.feed()
    world.feed()
    assert tables_of(world) == tables_of(whole)
    assert len(world.rows(COPIES)) == 1
    assert world.waiting() == 0
