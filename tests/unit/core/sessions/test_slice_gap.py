"""Where a timeline is cut: at a pause longer than a slice gap, and not at one of exactly its length."""

import pytest

from functions.core.sessions.fold import slices
from functions.core.times import FIRST_US, LAST_US
from functions.store import keys
from functions.store import slices as stored_slices
from functions.store.facts.reading import Reading
from tests.unit.core.sessions.timelines import TIMEOUTS, minutes
from tests.world import STUDENT, TENANT, World

GAP_US = TIMEOUTS.slice_gap_us


@pytest.mark.parametrize(("pause_us", "count"), [(GAP_US, 1), (GAP_US + 1, 2)])
def test_a_timeline_is_cut_at_a_pause_longer_than_a_slice_gap(pause_us: int, count: int) -> None:
    times = [0, pause_us, pause_us + 1]
    cut = list(slices(times, TIMEOUTS, time_us=lambda time_us: time_us))
    assert len(cut) == count
    assert [time_us for part in cut for time_us in part] == times
    assert minutes(30 + 5) == GAP_US, "the longest timeout, and the shortest for a start that is stated"


@pytest.mark.parametrize(("later_minutes", "count"), [(35, 1), (35.00002, 2)])
def test_what_is_stored_is_cut_at_the_same_pause(later_minutes: float, count: int) -> None:
    world = World()
    world.send(world.event(0), world.event(later_minutes))
    reading = Reading(slice_gap_us=GAP_US)
    cut = list(stored_slices.slices(world.table, keys.learner_pk(TENANT, STUDENT), FIRST_US, reading, to_us=LAST_US))
    assert len(cut) == count
