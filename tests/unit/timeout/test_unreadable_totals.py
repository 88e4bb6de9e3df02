"""Totals that cannot be read are added up from the facts again by the next sweep that has any to store."""

from collections.abc import Collection

import pytest

from functions.store import keys
from functions.store.dynamodb.row import Key, Row
from functions.store.dynamodb.table import VERSION
from functions.store.rows.timers import timer_key, timer_of
from functions.store.totals.rows import OF_LIFE
from functions.timeout import totals
from tests.world import STUDENT, TENANT, World

pytestmark = pytest.mark.slow

DAY = 1440
LEARNER = keys.learner_pk(TENANT, STUDENT)
DAMAGED = b"KLUv not a frame"
CASES = [((0,), "body"), ((1,), "body"), ((2,), "body"), ((2,), "standing"), ((2,), "courses"), ((0, 2), "body")]


def lived() -> World:
    """Three days of a run in a course, each with a session that has ended."""
    world = World()
    run, session = world.payloads.urn(), world.payloads.urn()
    for day in range(3):
        world.set_clock(day * DAY + 10)
        about = {"extensions": {"courseId": "COURSE-0", "runId": run}}
        world.send(world.event(day * DAY, session=session, **about), world.event(day * DAY + 3, **about))
        world.set_clock(day * DAY + 60)
        world.sweep()
        world.drain()
    return world


def totals_in(world: World) -> dict[Key, Row]:
    """What is stored of totals, the learner's and those of courses: of all of life only what the latest day says."""
    every = {key: row for key, row in world.table.items.items() if key[1].startswith(keys.TOTALS) or "#Y#" in key[0]}
    latest = max((key for key in every if key[0] == LEARNER), default=None)
    return {
        key: {
            name: value
            for name, value in row.items()
            if name not in (VERSION, keys.TTL) and (key == latest or name not in OF_LIFE or "#Y#" in key[0])
        }
        for key, row in every.items()
    }


def damage(world: World, days: Collection[int], attribute: str) -> None:
    stored = sorted(key for key in world.table.items if key[0] == LEARNER and key[1].startswith(keys.TOTALS))
    assert len(stored) == 3
    for day in days:
        row = world.table.items[stored[day]]
        assert attribute in row
        world.table.items[stored[day]] = row | {attribute: DAMAGED}


def go_on(*worlds: World, day: int = 3) -> None:
    """The same event to each of them, and an hour in which nothing comes."""
    event = worlds[0].event(day * DAY)
    for world in worlds:
        world.set_clock(day * DAY)
        world.send(event)
        world.set_clock(day * DAY + 60)


@pytest.mark.parametrize(("days", "attribute"), CASES)
@pytest.mark.parametrize("facts_at_once", [1, 2_000])
def test_the_sweep_that_stores_more_adds_all_up_again_and_tells_of_it_once(
    days: tuple[int, ...], attribute: str, facts_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(totals, "FACTS_AT_ONCE", facts_at_once)
    whole, world = lived(), lived()
    damage(world, days, attribute)
    go_on(whole, world)
    whole.sweep()
    swept = world.sweep()
    assert (swept.closed, swept.failed, swept.unreadable) == (1, 0, len(days))
    assert totals_in(world) == totals_in(whole)
    for each in (whole, world):
        each.drain()
        each.set_clock(3 * DAY + 61)
    whole.sweep()
    assert world.sweep().unreadable == 0
    assert totals_in(world) == totals_in(whole)


def test_what_an_evaluation_could_not_finish_is_told_by_no_row_as_if_it_were_all() -> None:
    whole, world = lived(), lived()
    damage(world, (0, 2), "body")
    go_on(whole, world)
    before = {key for key in totals_in(world) if world.table.items[key].get("body") == DAMAGED}
    assert len(before) == 2
    refused = min(before)
    put_if = world.table.put_if

    def refuses(row: Row, version: int | None) -> bool:
        return (row[keys.PK], row[keys.SK]) != refused and put_if(row, version)

    world.table.put_if = refuses  # type: ignore[method-assign]
    world.sweep()
    assert world.table.items[refused]["body"] == DAMAGED
    world.table.put_if = put_if  # type: ignore[method-assign]
    whole.sweep()
    for each in (whole, world):
        each.drain()
    go_on(whole, world, day=4)
    for each in (whole, world):
        each.sweep()
    row = world.table.items[timer_key(LEARNER)]
    assert timer_of(row).totalled is True
    assert totals_in(world) == totals_in(whole)
