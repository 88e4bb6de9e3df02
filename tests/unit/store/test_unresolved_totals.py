"""A slice whose totals are not stored is folded for an answer, once, and nothing else is."""

from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from functions.core.timeline.entry import IdAndContent
from functions.core.totals.resolution import Resolution
from functions.store import keys
from functions.store.facts.reading import Reading
from functions.store.slices import Slice
from functions.store.totals.ledger import ledger
from functions.store.totals.reading import LearnerTotals, TooManyFacts, learner_totals
from functions.store.totals.settled import is_settled
from tests.world import STUDENT, TENANT, TIMEOUT, World

PK = keys.learner_pk(TENANT, STUDENT)
SLICES = ((0, 1), (300, 301, 302), (600,))


def no_sessions(of: Slice) -> Mapping[IdAndContent, str]:
    del of
    return {}


def swept() -> World:
    """Three slices of a learner, all of whose totals are stored."""
    world = World()
    for minutes in SLICES:
        world.set_clock(minutes[-1])
        world.send(*(world.event(minute) for minute in minutes))
        world.set_clock(minutes[-1] + 60)
        world.sweep()
        world.drain()
        world.sweep()
    return world


def totals(world: World, *, facts_at_most: int = 1000) -> tuple[LearnerTotals, int]:
    """What is told, and how many facts were read for it."""
    reading = Reading(slice_gap_us=TIMEOUT.timeouts.slice_gap_us)
    answer = learner_totals(world.table, PK, reading, sessions_of=no_sessions, facts_at_most=facts_at_most)
    return answer, reading.rows


def leave(world: World, *numbers: int) -> int:
    """Leave slices unresolved; how many rows they have, each with the TimedOut that ended it."""
    known = ledger(world.table, PK, consistent=True)
    chosen = [known.slices[sorted(known.slices)[number]] for number in numbers]
    left = {each.first_us: replace(each, resolved=False, courses={}, tallies={}) for each in chosen}
    assert known.write(world.table, Resolution(left, set()), expires_s=2**33)
    return sum(each.facts + 1 for each in chosen)


def events_of(answer: LearnerTotals) -> dict[int, int]:
    return {place.quarter_us: tally.events for place, tally in answer.tallies.items()}


@pytest.mark.parametrize("numbers", [(0,), (1,), (2,), (0, 2), (0, 1, 2)])
def test_an_unresolved_slice_is_folded_for_an_answer_and_no_other(numbers: tuple[int, ...]) -> None:
    world = swept()
    assert is_settled(world.table, PK)
    before, rows = totals(world)
    assert rows == 0
    count = leave(world, *numbers)
    assert not is_settled(world.table, PK)
    answer, rows = totals(world)
    assert events_of(answer) == events_of(before)
    assert answer.standing == before.standing
    assert rows == count


def test_an_unresolved_slice_that_is_open_again_is_read_once() -> None:
    world = swept()
    count = leave(world, 0, 2)
    world.set_clock(610)
    world.send(world.event(609))
    answer, rows = totals(world)
    assert rows == count + 1
    assert sum(events_of(answer).values()) == sum(map(len, SLICES)) + 1


def test_an_answer_for_which_too_much_would_be_folded_is_refused() -> None:
    world = swept()
    count = leave(world, 0, 1)
    assert totals(world, facts_at_most=count)[1] == count
    with pytest.raises(TooManyFacts):
        totals(world, facts_at_most=count - 1)
