"""Nothing is written while a session is used; everything that changes its end is."""

from copy import replace

import pytest

from functions.core.sessions.watches import Touch, Watch, armed, joined
from functions.core.times import MINUTE_US

IDLE, BEAT = 30 * MINUTE_US, 5 * MINUTE_US
TOUCH = Touch(
    tenant="t",
    app_id="a",
    learner="l",
    edapp="e",
    session="s",
    explicit=True,
    first_us=100,
    last_us=200,
    arrival_us=300,
)


def arm(watch: Watch | None, touch: Touch) -> Watch | None:
    return armed(watch, touch, idle_us=IDLE, heartbeat_idle_us=BEAT)


def opened(touch: Touch = TOUCH) -> Watch:
    watch = arm(None, touch)
    assert watch is not None
    return watch


def test_the_first_event_arms_a_watch_for_one_idle_time_after_it_arrived() -> None:
    watch = opened()
    assert (watch.phase, watch.version, watch.from_us, watch.due_us) == ("armed", 1, 100, 300 + IDLE)


def test_an_event_in_an_open_session_writes_nothing() -> None:
    assert arm(opened(), replace(TOUCH, first_us=400, last_us=500, arrival_us=600)) is None


def test_an_event_before_the_first_moves_the_start_of_what_is_read() -> None:
    earlier = arm(opened(), replace(TOUCH, first_us=50))
    assert earlier is not None
    assert (earlier.from_us, earlier.version) == (50, 2)


def test_an_event_that_arrives_while_the_sweep_reads_makes_it_read_again() -> None:
    again = arm(replace(opened(), phase="reading", version=7), replace(TOUCH, first_us=150))
    assert again is not None
    assert (again.phase, again.version) == ("armed", 8)


@pytest.mark.parametrize("explicit", [True, False])
def test_a_settled_watch_is_armed_by_what_comes_after(explicit: bool) -> None:
    touch = replace(TOUCH, explicit=explicit, first_us=900, last_us=900, arrival_us=1000)
    again = arm(replace(opened(replace(TOUCH, explicit=explicit)), phase="settled"), touch)
    assert again is not None
    assert (again.phase, again.due_us) == ("armed", 1000 + IDLE)
    assert again.from_us == (100 if explicit else 900)


def test_a_logout_is_looked_at_at_once() -> None:
    ended = arm(opened(), replace(TOUCH, arrival_us=700, ends=True))
    assert ended is not None
    assert (ended.due_us, ended.ended) == (700, True)
    assert arm(ended, replace(TOUCH, arrival_us=800, ends=True)) is None


def test_a_session_that_asks_for_heartbeats_is_due_sooner() -> None:
    asked = arm(opened(), replace(TOUCH, requires_heartbeat=True))
    assert asked is not None
    assert asked.due_us == 300 + BEAT
    assert opened(replace(TOUCH, requires_heartbeat=True)).due_us == 300 + BEAT


def test_two_touches_join_the_same_way_round_either_way() -> None:
    other = replace(TOUCH, session="z", first_us=90, last_us=500, arrival_us=100, ends=True, process_insights=True)
    assert joined(TOUCH, other) == joined(other, TOUCH)
    assert joined(TOUCH, other) == replace(
        other, first_us=90, last_us=500, arrival_us=300, ends=True, process_insights=True
    )
