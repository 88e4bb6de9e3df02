"""Sittings are the same whatever the order, the copies, the delays and the moments of the sweep."""

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.sessions.fold import fold
from functions.core.sessions.sitting import sessions_of
from functions.core.times import DAY_US
from tests.examples import examples
from tests.unit.core.sessions.fuzz import (
    KINDS,
    LAG_MINUTES,
    LATE_MINUTES,
    START_US,
    TIMEOUTS,
    Sent,
    Timeline,
    publishing_changed_nothing,
    sittings_were_consistent,
    slices_said_the_same,
    what_was_published_stayed,
)
from tests.unit.core.sessions.timelines import (
    EDAPP,
    IDLE_MINUTES,
    OTHER_APP,
    SECOND_EDAPP,
    X,
    Y,
    arrived,
    happened,
    minutes,
    resent,
    sittings,
    swept,
)

pytestmark = pytest.mark.slow


@st.composite
def timelines(draw: st.DrawFn, *, longest_delay: int = LAG_MINUTES) -> Timeline:
    drawn = draw(
        st.lists(
            st.tuples(
                st.sampled_from(KINDS),
                st.integers(0, 200),
                st.sampled_from((X, X, Y)),
                st.sampled_from((EDAPP, EDAPP, SECOND_EDAPP, None, OTHER_APP)),
                st.integers(-8, longest_delay),
                st.one_of(st.none(), st.integers(-10, 40)),
                st.booleans(),
            ),
            min_size=1,
            max_size=12,
        )
    )
    sweeps = draw(st.lists(st.integers(0, 400), max_size=12))
    sent = tuple(Sent(number, *fields) for number, fields in enumerate(drawn))
    return Timeline(sent, tuple(sorted(sweeps)), draw(st.sampled_from(TIMEOUTS)))


@settings(max_examples=examples(500), deadline=None)
@given(timelines())
def test_publishing_a_timed_out_changes_nothing(drawn: Timeline) -> None:
    assert publishing_changed_nothing(drawn)


@settings(max_examples=examples(400), deadline=None)
@given(timelines(longest_delay=LATE_MINUTES), st.randoms(use_true_random=False), st.data())
def test_any_order_any_copies_and_conflicting_contents_give_the_same_sittings(
    drawn: Timeline, shuffler: random.Random, data: st.DataObject
) -> None:
    entries = swept(drawn.entries, now=START_US + minutes(data.draw(st.integers(0, 2000))), scope=drawn.scope)
    entries += [resent(entry, name="other") for entry in entries if entry.attribution.kind == "event"]
    again = entries + [entry for entry in entries if data.draw(st.booleans())]
    shuffler.shuffle(again)
    assert fold(again, drawn.scope) == fold(entries, drawn.scope)


@settings(max_examples=examples(400), deadline=None)
@given(timelines())
def test_sittings_are_consistent(drawn: Timeline) -> None:
    assert sittings_were_consistent(drawn)


@settings(max_examples=examples(400), deadline=None)
@given(timelines(longest_delay=LATE_MINUTES))
def test_sittings_are_consistent_with_late_arrivals(drawn: Timeline) -> None:
    assert sittings_were_consistent(drawn)


@settings(max_examples=examples(500), deadline=None)
@given(timelines(longest_delay=LATE_MINUTES))
def test_slices_tell_the_same_as_the_whole_timeline(drawn: Timeline) -> None:
    assert slices_said_the_same(drawn)


@settings(max_examples=examples(300), deadline=None)
@given(timelines(longest_delay=LATE_MINUTES))
def test_late_arrivals_never_move_what_was_published_and_nothing_is_published_twice(drawn: Timeline) -> None:
    assert what_was_published_stayed(drawn)


@settings(max_examples=examples(300), deadline=None)
@given(st.lists(st.integers(0, 300), min_size=1, max_size=15), st.lists(st.integers(0, 400), max_size=5))
def test_every_late_auto_event_is_in_one_sitting(day: list[int], late: list[int]) -> None:
    closed = swept([happened(START_US + minutes(minute)) for minute in day], now=START_US + DAY_US)
    arrivals = [
        arrived(happened(START_US + minutes(minute), object="https://app.example/pages/2"), START_US + DAY_US)
        for minute in late
    ]
    members = [member.id for sitting in sittings(*closed, *arrivals) for member in sitting.members]
    assert sorted(members) == sorted({entry.id for entry in closed + arrivals if not entry.system})


@settings(max_examples=examples(300), deadline=None)
@given(st.lists(st.integers(0, 500), min_size=1, max_size=30))
def test_inferred_sessions_are_what_a_plain_reading_of_the_rule_gives(day: list[int]) -> None:
    expected: list[list[int]] = []
    for minute in sorted(set(day)):
        if expected and minute - expected[-1][-1] <= IDLE_MINUTES:
            expected[-1].append(minute)
        else:
            expected.append([minute])
    folded = sittings(*(happened(START_US + minutes(minute)) for minute in day))
    assert [[(member.time_us - START_US) // minutes(1) for member in sitting.members] for sitting in folded] == expected


@settings(max_examples=examples(200), deadline=None)
@given(timelines())
def test_a_sessions_sittings_lie_one_after_the_other_and_its_length_is_their_sum(drawn: Timeline) -> None:
    folded = fold(drawn.lived_through(), drawn.scope).sittings
    sessions = sessions_of(folded)
    assert sum(len(session.sittings) for session in sessions) == len(folded)
    for session in sessions:
        assert all(earlier.started_us <= later.started_us for earlier, later in pairwise(session.sittings))
        assert session.duration_us == sum(sitting.duration_us for sitting in session.sittings)
