"""The order in which the scan takes facts: *(time, class, id)*.

Ties at one instant were the largest source of faults, so their order stands here and nowhere else.
"""

from collections.abc import Iterable
from enum import IntEnum

from functions.core.sessions.facts import Fact
from functions.core.sessions.timeouts import Timeouts


class Class(IntEnum):
    """What comes first at one instant. After the last one: what a LoggedIn of that instant supersedes."""

    WINDOW_BEGINS = 0
    STATED_START = 1
    LOGGED_IN = 2  # it may open the sitting that other activity joins
    NAMED_ACTIVITY = 3
    OTHER_ACTIVITY = 4  # heartbeats and auto activity
    PASSIVE = 5  # after what may open the sitting that it joins
    LOGGED_OUT = 6
    TIMED_OUT = 7


def class_of(fact: Fact) -> Class:
    if fact.kind == "close":
        return Class.TIMED_OUT if fact.entry.attribution.action == "TimedOut" else Class.LOGGED_OUT
    if fact.kind == "passive":
        return Class.PASSIVE
    if fact.kind == "activity" and fact.session is not None:
        return Class.LOGGED_IN if fact.is_login else Class.NAMED_ACTIVITY
    return Class.OTHER_ACTIVITY


def in_scan_order(facts: Iterable[Fact], timeouts: Timeouts) -> list[tuple[int, Class, Fact]]:
    """Every step of the scan: windows where they begin, stated starts that can count, and the other facts."""
    steps: list[tuple[int, Class, Fact]] = []
    for fact in facts:
        time_us = fact.entry.time_us
        if fact.kind == "nothing":
            continue
        if fact.kind == "window":
            assert fact.stated_start_us is not None  # facts.window sets both
            steps.append((fact.stated_start_us, Class.WINDOW_BEGINS, fact))
            continue
        steps.append((time_us, class_of(fact), fact))
        start_us = fact.stated_start_us
        if class_of(fact) not in {Class.LOGGED_IN, Class.NAMED_ACTIVITY} or start_us is None:
            continue
        if time_us - timeouts.reach_us(time_us) <= start_us < time_us:
            steps.append((start_us, Class.STATED_START, fact))
    return sorted(steps, key=lambda step: (step[0], step[1], step[2].entry.id, step[2].entry.content))
