"""How long a learner may be inactive: the idle timeouts of a registration, each with the time from which it is valid.

Read from the registration by `process`, the sweep, the reads and a rebuild alike. A sitting keeps the timeouts that
were valid when it began, so a change of the registration moves no sitting that began before it.
"""

from bisect import bisect_right
from functools import cached_property

from msgspec import Struct

from functions.core.times import FIRST_US, MINUTE_US

type Schedule = tuple[tuple[int, float], ...]

MOST_MINUTES = 24 * 60


class Timeouts(Struct, frozen=True, kw_only=True, dict=True):
    """`idle` and `heartbeat` are (valid from µs, minutes) by time. The first value also counts before its time.

    `heartbeat` counts for a sitting that asked for heartbeats, and never makes its timeout longer.
    """

    idle: Schedule
    heartbeat: Schedule

    def __post_init__(self) -> None:
        for schedule in (self.idle, self.heartbeat):
            if not schedule or min(minutes for _, minutes in schedule) <= 0:
                raise ValueError(
                    "a registration needs at least one idle and one heartbeat timeout, each over 0 minutes"
                )
            if list(schedule) != sorted(schedule):
                raise ValueError("timeouts must stand in the order of the time from which they are valid")

    @classmethod
    def constant(cls, *, idle_minutes: float, heartbeat_minutes: float) -> "Timeouts":
        """The same for all times: the stack's defaults."""
        return cls(idle=((FIRST_US, idle_minutes),), heartbeat=((FIRST_US, heartbeat_minutes),))

    def idle_us(self, began_us: int) -> int:
        """The idle timeout of a sitting that began then."""
        return _value_us(self.idle, began_us)

    def heartbeat_us(self, began_us: int) -> int:
        """The timeout of a sitting that began then, from when it asks for heartbeats on."""
        return min(self.idle_us(began_us), _value_us(self.heartbeat, began_us))

    def reach_us(self, time_us: int) -> int:
        """How far before a fact of that time the start that it states may lie: the shortest timeout so far.

        So no stated start lies within a timeout of the end of a sitting that the sweep may have ended already.
        """
        past = [minutes for schedule in (self.idle, self.heartbeat) for minutes in _until(schedule, time_us)]
        return round(min(past) * MINUTE_US)

    @cached_property
    def slice_gap_us(self) -> int:
        """The pause over which nothing reaches: longer than every timeout and the reach of a stated start together.

        Two slices lie further apart than this.
        """
        longest = max(minutes for _, minutes in self.idle)
        first_reach = min(self.idle[0][1], self.heartbeat[0][1])
        return round(longest * MINUTE_US) + round(first_reach * MINUTE_US)


def with_timeout(schedule: Schedule, *, default: Schedule, from_us: int, minutes: float) -> Schedule:
    """The timeouts of a registration with another one from an instant on; none is left after it.

    A registration that had none of its own begins with the stack's `default`, so that no sitting of the past moves.
    Raises ValueError for a timeout that is not over 0 minutes.
    """
    if not 0 < minutes <= MOST_MINUTES:
        raise ValueError(f"a timeout is over 0 and at most {MOST_MINUTES} minutes, not {minutes:g}")
    before = tuple((since_us, value) for since_us, value in schedule or default if since_us < from_us)
    return (*before, (from_us, minutes))


def _until(schedule: Schedule, time_us: int) -> list[float]:
    """The values that were valid at some time until then."""
    count = bisect_right(schedule, time_us, key=lambda value: value[0])
    return [minutes for _, minutes in schedule[: max(count, 1)]]


def _value_us(schedule: Schedule, time_us: int) -> int:
    count = bisect_right(schedule, time_us, key=lambda value: value[0])
    return round(schedule[max(count - 1, 0)][1] * MINUTE_US)
