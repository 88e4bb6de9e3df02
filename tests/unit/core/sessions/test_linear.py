"""The fold costs no more per fact, however many sessions they name: counted, not timed."""

import sys
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from functions.core.sessions.fold import fold
from functions.core.timeline.entry import Entry
from tests.unit.core.sessions.timelines import (
    EDAPP,
    SCOPE,
    arrived,
    clock_us,
    described,
    happened,
    logged_in,
    logged_out,
    swept,
    viewed,
)

pytestmark = pytest.mark.slow

STEP_US = 1_000_000
TOOL = sys.monitoring.PROFILER_ID


def named_and_auto(names: int) -> list[Entry]:
    """Sessions that are named and never logged into, each with an auto event."""
    facts = [viewed(clock_us("9:00") + number * STEP_US, f"urn:x:{number}") for number in range(names)]
    return facts + [happened(clock_us("9:00") + number * STEP_US + 1) for number in range(names)]


def named_then_auto(names: int) -> list[Entry]:
    """All sessions last when the auto events come, and then end by closes that name none."""
    facts = [viewed(clock_us("9:00") + number * 1000, f"urn:x:{number}") for number in range(names)]
    half = names // 2
    facts += [happened(clock_us("9:10") + number * 1000) for number in range(half)]
    return facts + [logged_out(clock_us("9:20") + number * 1000, None) for number in range(names - half)]


def logged_in_over_and_over(names: int) -> list[Entry]:
    facts = [logged_in(clock_us("9:00") + number * STEP_US, f"urn:x:{number}") for number in range(names)]
    return facts + [happened(clock_us("9:00") + number * STEP_US + 1) for number in range(names)]


def stated_to_have_started(names: int) -> list[Entry]:
    """Every session has a stated start before all others are logged into."""
    facts = []
    for number in range(names):
        node = described(f"urn:x:{number}", started=clock_us("9:00") + number)
        facts.append(happened(clock_us("9:04") + number, session=node, edApp=EDAPP))
    return facts + [logged_in(clock_us("9:01") + number * 1000, f"urn:y:{number}") for number in range(names)]


def published(names: int) -> list[Entry]:
    return swept(named_and_auto(names * 2 // 3), now="23:00")


def of_the_future(names: int) -> list[Entry]:
    """As many facts that are dated far ahead as sessions."""
    facts = [viewed(clock_us("9:00") + number * STEP_US, f"urn:x:{number}") for number in range(names)]
    return facts + [arrived(happened(clock_us("20:00") + number), "9:00") for number in range(names)]


def of_many_apps(names: int) -> list[Entry]:
    """As many apps that only a pattern allows as sittings that were published."""
    facts = [
        happened(clock_us("9:00") + number * STEP_US, edApp=f"urn:app:{number}") for number in range(names * 2 // 3)
    ]
    return swept([replace(fact, wildcard=True) for fact in facts], now="23:00") + named_and_auto(names // 3 + 1)


SHAPES = [
    named_and_auto,
    named_then_auto,
    logged_in_over_and_over,
    stated_to_have_started,
    published,
    of_the_future,
    of_many_apps,
]


@pytest.mark.parametrize("shape", SHAPES)
def test_twice_the_facts_of_twice_the_names_cost_at_most_two_and_a_half_times_as_much(
    shape: Callable[[int], list[Entry]],
) -> None:
    half, whole = shape(3_000), shape(6_000)
    assert len(whole) >= 12_000
    assert steps_of(lambda: fold(whole, SCOPE)) <= 2.4 * steps_of(lambda: fold(half, SCOPE))


def steps_of(work: Callable[[], object]) -> int:
    """How many lines, jumps and calls it takes: a count that is the same on every machine."""
    count = 0

    def step(*_: object) -> None:
        nonlocal count
        count += 1

    events = sys.monitoring.events
    sys.monitoring.use_tool_id(TOOL, "steps")
    try:
        for event in (events.LINE, events.JUMP, events.CALL):
            sys.monitoring.register_callback(TOOL, event, step)
        sys.monitoring.set_events(TOOL, events.LINE | events.JUMP | events.CALL)
        work()
    finally:
        sys.monitoring.set_events(TOOL, 0)
        sys.monitoring.free_tool_id(TOOL)
    return count
