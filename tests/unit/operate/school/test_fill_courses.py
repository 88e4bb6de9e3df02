"""Learners whose last sitting ended under an earlier version come into their courses by one command."""

import argparse
from types import SimpleNamespace
from typing import Any

import pytest

from functions.core.times import DAY_US
from functions.operate.outcome import Outcome
from functions.operate.progress import Progress
from functions.operate.school.fill_courses_command import fill
from functions.store import keys
from functions.store.dynamodb.row import Key, Row
from tests import frozen_formats
from tests.unit.query.test_aliases import lived
from tests.unit.query.test_courses import learners, submitted
from tests.unit.query.test_totals import settle
from tests.unit.query.world import TIMEOUT, World, principal_of
from tests.unit.test_formats import FIRST_WITH_PEOPLE, VERSIONS, rows

APP = "https://app.example.org"
# Versions that told no course of its learners. That before them had no timers: a rebuild makes them.
UNTOLD = [name for name in VERSIONS if 2 <= int(name[1:]) < FIRST_WITH_PEOPLE]


def fill_courses(world: World) -> Outcome:
    operator: Any = SimpleNamespace(
        events=world.table,
        registry_table=world.table,
        connection=SimpleNamespace(table="t", timeout_settings=lambda _table: TIMEOUT),
        clock=lambda: world.now_us,
        progress=Progress(quiet=True),
    )
    return fill(operator, argparse.Namespace())


def of_courses(world: World) -> dict[Key, Row]:
    return {key: row for key, row in world.table.items.items() if keys.place_of(key[0]).startswith("Y#")}


@pytest.fixture
def world() -> World:
    world = lived([submitted(minute, is_others=minute % 2 == 1, about=minute % 2) for minute in range(4)], [])
    settle(world)
    return world


def test_what_is_missing_is_put_as_the_sweep_puts_it_and_a_second_run_puts_nothing(world: World) -> None:
    before, listed = of_courses(world), learners(world)
    assert listed
    world.table.delete_all(before)
    assert learners(world) == {}
    assert fill_courses(world).data == {"learners": 2, "rows": len(before), "leftToSweep": 0}
    assert learners(world) == listed
    assert {key: row["body"] for key, row in of_courses(world).items() if "body" in row} == {
        key: row["body"] for key, row in before.items() if "body" in row
    }
    assert fill_courses(world).data == {"learners": 2, "rows": 0, "leftToSweep": 0}


def test_what_is_there_stays_as_it_is(world: World) -> None:
    before = of_courses(world)
    gone = next(iter(before))
    world.table.delete_all([gone])
    assert fill_courses(world).data["rows"] == 1
    assert {key: row for key, row in of_courses(world).items() if key != gone} == {
        key: row for key, row in before.items() if key != gone
    }


@pytest.mark.parametrize("version", UNTOLD)
def test_rows_of_every_earlier_version_are_told_of(version: str) -> None:
    world = World()
    world.table.put_all(rows(version))
    world.principal = principal_of(APP)
    world.now_us = max(int(str(row["received"])) for row in rows(version) if "received" in row) + DAY_US
    fill_courses(world)
    world.sweep()
    world.sweep()
    days = {"from_": "2026-01-01", "to": "2026-12-31"}
    listed = world.all("/courses", "learners", id=frozen_formats.COURSE, **days)
    assert [row["actor"] for row in listed] == [frozen_formats.LEARNER]
