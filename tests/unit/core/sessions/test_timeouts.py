"""The timeouts of a registration: each valid from an instant on, so that the past stays as it was."""

import pytest

from functions.core.sessions.timeouts import Timeouts, with_timeout
from functions.core.times import FIRST_US, MINUTE_US

STACK = Timeouts.constant(idle_minutes=30, heartbeat_minutes=5)


def test_a_first_timeout_of_its_own_leaves_the_past_to_the_stacks() -> None:
    idle = with_timeout((), default=STACK.idle, from_us=100, minutes=240)
    assert list(idle) == [(FIRST_US, 30), (100, 240)]
    timeouts = Timeouts(idle=idle, heartbeat=STACK.heartbeat)
    assert (timeouts.idle_us(99), timeouts.idle_us(100)) == (30 * MINUTE_US, 240 * MINUTE_US)


def test_another_timeout_replaces_what_was_to_come_after_it() -> None:
    idle = with_timeout(((FIRST_US, 30), (100, 240), (300, 60)), default=STACK.idle, from_us=200, minutes=45)
    assert list(idle) == [(FIRST_US, 30), (100, 240), (200, 45)]
    assert with_timeout(idle, default=STACK.idle, from_us=200, minutes=50)[-1] == (200, 50)


@pytest.mark.parametrize("minutes", [0, -1, 1441, float("inf"), float("nan")])
def test_a_timeout_is_over_0_minutes_and_at_most_a_day(minutes: float) -> None:
    with pytest.raises(ValueError, match="at most 1440 minutes"):
        with_timeout((), default=STACK.idle, from_us=0, minutes=minutes)
