"""Slices are whole, and no more of a partition is read for them than about what they hold."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.times import MINUTE_US, format_time
from functions.store import keys
from functions.store.days import merged
from functions.store.errors import OutOfTime, TooLong
from functions.store.facts.reading import Reading
from functions.store.slices import slices, unattributed_timer, with_unattributed
from tests.examples import examples
from tests.fakes import MemoryTable
from tests.payloads import APP
from tests.world import NINE_US, STUDENT, TENANT, World

SLICE_GAP_US = 35 * MINUTE_US
PK = keys.learner_pk(TENANT, STUDENT)


def table_of(*minutes: int) -> MemoryTable:
    world = World()
    world.set_clock(max(minutes))
    world.send(*(world.event(minute) for minute in minutes))
    world.table.rows_read = 0
    return world.table


def read(table: MemoryTable, from_minute: int, to_minute: int, **how: object) -> list[list[int]]:
    """The minutes of the facts of each slice."""
    reading = Reading(slice_gap_us=SLICE_GAP_US, **how)  # type: ignore[arg-type]
    of_span = slices(table, PK, NINE_US + from_minute * MINUTE_US, reading, to_us=NINE_US + to_minute * MINUTE_US)
    return [[(fact.entry.time_us - NINE_US) // MINUTE_US for fact in stored_slice.facts] for stored_slice in of_span]


@pytest.mark.slow
@settings(max_examples=examples(200), deadline=None)
@given(st.sets(st.integers(0, 900), min_size=1, max_size=40), st.integers(0, 900), st.integers(0, 300))
def test_slices_are_cut_at_slice_gaps_and_whole(minutes: set[int], first: int, length: int) -> None:
    whole: list[list[int]] = []
    for minute in sorted(minutes):
        if not whole or minute - whole[-1][-1] > 35:
            whole.append([])
        whole[-1].append(minute)
    expected = [minutes for minutes in whole if minutes[-1] >= first - 35 and minutes[0] <= first + length]
    slices_read = read(table_of(*minutes), first, first + length)
    assert [minutes for minutes in slices_read if minutes[-1] >= first] == [
        minutes for minutes in expected if minutes[-1] >= first
    ]
    assert all(minutes in whole for minutes in slices_read)


@pytest.mark.parametrize("days", [10, 100])
def test_a_slice_of_a_learner_with_years_of_history_costs_what_it_holds(days: int) -> None:
    table = table_of(*(1440 * day + minute for day in range(days) for minute in range(0, 50, 5)))
    assert read(table, 1440 * 5 + 20, 1440 * 5 + 20) == [[1440 * 5 + minute for minute in range(0, 50, 5)]]
    assert table.rows_read == 10


def test_a_long_slice_is_read_in_few_steps() -> None:
    table = table_of(*range(0, 4000, 2))
    before = table.calls.total
    assert [len(minutes) for minutes in read(table, 2000, 2000)] == [2000]
    assert table.calls.total - before <= 20
    assert table.rows_read <= 2 * 2000


def test_a_slice_that_may_not_be_held_and_a_reader_without_time_are_told() -> None:
    table = table_of(*range(20))
    with pytest.raises(TooLong):
        read(table, 0, 19, rows_at_once=10)
    with pytest.raises(OutOfTime):
        read(table, 0, 19, goes_on=lambda: False)


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([], []),
        ([(5, 9), (1, 4)], [(1, 9)]),
        ([(1, 4), (6, 9)], [(1, 4), (6, 9)]),
        ([(1, 9), (2, 3)], [(1, 9)]),
        ([(1, 4), (4, 6), (7, 8)], [(1, 8)]),
    ],
)
def test_spans_that_touch_or_overlap_are_read_as_one(
    spans: list[tuple[int, int]], expected: list[tuple[int, int]]
) -> None:
    assert merged(spans) == expected


def test_a_slice_has_the_facts_without_a_learner_of_all_its_sessions() -> None:
    world = World()
    sessions = [world.payloads.urn() for _ in range(3)]
    app = {"actor": {"id": APP, "type": "SoftwareApplication"}}
    for session in sessions:
        world.send(world.event(0, session=session), world.event(1, session=session, **app))
    reading = Reading(slice_gap_us=SLICE_GAP_US)
    (of,) = slices(world.table, PK, NINE_US, reading)
    timers = {unattributed_timer(PK, session) for session in sessions}
    assert all(timer in world.table.items for timer in timers)
    whole = with_unattributed(world.table, of, timers, reading)
    assert sorted(fact.entry.attribution.session or "" for fact in whole.unattributed) == sorted(sessions)
    assert len(with_unattributed(world.table, of, sorted(timers)[:1], reading).unattributed) == 1


@pytest.mark.parametrize("apart_us", [1, 2, SLICE_GAP_US - 1, SLICE_GAP_US, SLICE_GAP_US + 1])
def test_a_slice_is_whole_however_near_its_facts_lie_to_the_instant_from_which_it_is_read(apart_us: int) -> None:
    world = World()
    world.set_clock(100)
    times = [NINE_US - apart_us, NINE_US, NINE_US + apart_us]
    world.send(*(world.event(0) | {"eventTime": format_time(us), "id": f"urn:x:{us}"} for us in times))
    whole = times if apart_us <= SLICE_GAP_US else [NINE_US]
    assert read_us(world.table, NINE_US, NINE_US) == [whole]


def read_us(table: MemoryTable, from_us: int, to_us: int) -> list[list[int]]:
    reading = Reading(slice_gap_us=SLICE_GAP_US)
    of_span = slices(table, PK, from_us, reading, to_us=to_us)
    return [[fact.entry.time_us for fact in stored_slice.facts] for stored_slice in of_span]
