"""Twice the facts cost about twice the work: counted in calls and lines of our own code, not by a clock."""

import sys
from collections.abc import Callable

import pytest

from functions.core.insights import detect as insights
from functions.core.numbers import progress
from functions.core.numbers.runs import fold_run, per_day, quarter_totals
from functions.core.sessions.records import subject_of
from functions.core.timeline.entry import Entry
from functions.core.times import MINUTE_US, format_time
from tests.unit.core.numbers.reports import completed, graded, item, time_spent
from tests.unit.core.sessions.timelines import LEARNER, X, clock_us, happened, logged_in, only, resent

pytestmark = pytest.mark.slow

SIZE = 150
MOST = 2.4
NINE = clock_us("9:00")


def steps(work: Callable[[], object]) -> int:
    """How many jumps and calls the work takes: each turn of a loop or of a comprehension is one."""
    count = 0

    def count_step(*_: object) -> None:
        nonlocal count
        count += 1

    monitoring, tool = sys.monitoring, 3
    monitoring.use_tool_id(tool, "steps")
    counted = (monitoring.events.JUMP, monitoring.events.PY_START, monitoring.events.CALL)
    try:
        for event in counted:
            monitoring.register_callback(tool, event, count_step)
        monitoring.set_events(tool, counted[0] | counted[1] | counted[2])
        work()
    finally:
        monitoring.set_events(tool, 0)
        for event in counted:
            monitoring.register_callback(tool, event, None)
        monitoring.free_tool_id(tool)
    return count


def parents_of_one(size: int) -> list[Entry]:
    """Half as many parents of one item, half as many grades."""
    question = {"id": "urn:x:q", "type": "AssessmentItem"}
    parts = [
        happened(NINE + n, type="AssessmentItemEvent", object=question | {"isPartOf": f"urn:x:p{n}"})
        for n in range(size // 2)
    ]
    attempts = [
        happened(
            NINE + n,
            type="AssessmentItemEvent",
            object=question,
            generated={"id": f"urn:x:a{n}", "type": "Attempt", "assignable": "urn:x:q"},
        )
        for n in range(size // 2)
    ]
    grades = [graded(NINE + n, "QUESTION_RESULT", 1, attempt=f"urn:x:a{n}") for n in range(size // 2)]
    return [*parts, *attempts, *grades, completed("10:00", totalQuestions=1)]


def overlapping_windows(size: int) -> list[Entry]:
    return [
        time_spent(NINE + size * MINUTE_US, item("active", n % 7, NINE + n * 10**6, NINE + (n + 600) * 10**6))
        for n in range(size)
    ]


def nested_windows(size: int) -> list[Entry]:
    end_us = NINE + 14_000 * 10**6
    return [time_spent(end_us, item("active", n, NINE + n * 10**6, end_us - n * 10**6)) for n in range(size)]


def items_of_one_event(size: int) -> list[Entry]:
    spans = [(NINE + n * 10**6, NINE + (n + 600) * 10**6) for n in range(size)]
    return [time_spent("10:00", *(item("active", 9, start_us, end_us) for start_us, end_us in spans))]


def attempts_and_windows(size: int) -> list[Entry]:
    entries = []
    for n in range(size // 2):
        start_us = NINE + n * 120 * 10**6
        attempt = {"id": f"urn:x:{n}", "type": "Attempt", "startedAtTime": format_time(start_us)}
        attempt["endedAtTime"] = format_time(start_us + 600 * 10**6)
        entries.append(happened(start_us + 10**9, type="AssignableEvent", action="Completed", generated=attempt))
        entries.append(time_spent(start_us + 10**9, item("inactive", 9, start_us, start_us + 15 * 10**6)))
    return entries


def copies(size: int) -> list[Entry]:
    return [resent(completed("9:00", xpEarned=1), id=f"urn:x:{n}") for n in range(size)]


def contents_of_one_id(size: int) -> list[Entry]:
    return [resent(completed("9:00", xpEarned=n), id="urn:x:one") for n in range(size)]


def regrades(size: int) -> list[Entry]:
    return [graded(NINE + n, "QUESTION_RESULT", n % 2) for n in range(size)]


def courses(size: int) -> list[Entry]:
    return [resent(completed(NINE + n, masteredUnits=1), extensions={"courseId": f"C{n % 9}"}) for n in range(size)]


SHAPES = [
    parents_of_one, overlapping_windows, nested_windows, items_of_one_event, attempts_and_windows, copies,
    contents_of_one_id, regrades, courses,
]  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_numbers_cost_in_proportion_to_the_facts(shape: Callable[[int], list[Entry]]) -> None:
    def cost(size: int) -> int:
        entries = shape(size)
        return steps(lambda: (fold_run(entries), per_day(entries), progress.fold(entries, lessons={})))

    cost(SIZE)  # caches
    assert cost(2 * SIZE) / cost(SIZE) <= MOST


def test_quarter_hours_cost_in_proportion_to_the_facts() -> None:
    def cost(size: int) -> int:
        entries = overlapping_windows(size)
        return steps(lambda: quarter_totals(entries))

    cost(SIZE)
    assert cost(2 * SIZE) / cost(SIZE) <= MOST


def gaps_and_windows(size: int) -> list[Entry]:
    """Half as many pauses as there are facts, half as many windows of active time."""
    entries = []
    for n in range(size // 2):
        moment_us = NINE + n * 12 * MINUTE_US
        entries.append(happened(moment_us, session=X))
        window = item("active", 60, moment_us - MINUTE_US, moment_us)
        entries.append(time_spent(moment_us + MINUTE_US, window, session=X, extensions=None))
    return entries


def lessons(size: int) -> list[Entry]:
    kinds = ("Started", "Completed")
    return [
        happened(
            NINE + n * 10**6, type="AssignableEvent", action=kinds[n % 2], object={"id": f"urn:x:{n // 2}"}, session=X
        )
        for n in range(size)
    ]


def chained_assessments(size: int) -> list[Entry]:
    """Each is part of the one before: one chain as long as there are assessments."""
    return [
        happened(
            NINE + n * 10**6,
            type="AssessmentEvent",
            action="Started",
            object={"id": f"urn:x:{n + 1}", "isPartOf": f"urn:x:{n}"},
            session=X,
        )
        for n in range(size)
    ]


def inactive(size: int) -> list[Entry]:
    entries = gaps_and_windows(size)
    return [
        resent(entry, generated={"items": [entry.event["generated"]["items"][0] | {"type": "inactive"}]})
        if entry.attribution.type == "TimeSpentEvent"
        else entry
        for entry in entries
    ]


@pytest.mark.parametrize("shape", [gaps_and_windows, lessons, chained_assessments, inactive])
def test_insights_cost_in_proportion_to_the_facts(shape: Callable[[int], list[Entry]]) -> None:
    def cost(size: int) -> int:
        sitting = only(logged_in("9:00", flags={"processInsights": True}), *shape(size))
        session = subject_of(sitting, learner=LEARNER)
        assert len(session.entries) == size + 1
        return steps(lambda: insights.fold(session))

    cost(SIZE)
    assert cost(2 * SIZE) / cost(SIZE) <= MOST


def test_the_count_sees_a_quadratic() -> None:
    """The check itself can fail."""

    def cost(size: int) -> int:
        numbers = list(range(size))
        return steps(lambda: [number for number in numbers for other in numbers if number == other])

    assert cost(2 * SIZE) / cost(SIZE) > 3.5
