"""Each step of a timer in full: every field after it, on both sides of each condition."""

from copy import replace
from typing import Any

import pytest

from functions.core.sessions.sitting import Sitting
from functions.core.sessions.timer import (
    SessionTimer,
    TimerRequest,
    decide,
    evaluate,
    joined,
    leave,
    release,
    schedule,
)
from tests.unit.core.sessions.timelines import LEARNER, TENANT, X

BASE = SessionTimer(
    tenant=TENANT, app_id="a", learner=LEARNER, session=None, version=4, from_us=100, due_us=200, outbox=({"id": "o"},)
)
MARKED = replace(BASE, state="evaluating", marked=4, tried=2)


def requested(from_us: int, due_us: int) -> TimerRequest:
    return TimerRequest(from_us=from_us, due_us=due_us)


def sitting(last_us: int, *, arrived_us: int = 0) -> Sitting:
    return Sitting(
        session=X,
        explicit=True,
        app=None,
        edapp=None,
        started_us=0,
        last_activity_us=last_us,
        last_arrival_us=arrived_us,
        timeout_us=10,
    )


def test_requests_are_joined_from_the_earliest_and_due_at_the_earliest() -> None:
    assert joined([requested(3, 9), requested(1, 10), requested(2, 8)]) == requested(1, 8)
    assert joined(iter([requested(3, 9)])) == requested(3, 9)


def test_a_first_fact_makes_a_timer_of_version_1() -> None:
    timer = schedule(None, requested(1, 2), tenant=TENANT, app_id="a", learner=None, session=X)
    assert timer == SessionTimer(
        tenant=TENANT,
        app_id="a",
        learner=None,
        session=X,
        state="scheduled",
        version=1,
        from_us=1,
        due_us=2,
        marked=None,
        since_us=None,
        tried=0,
        outbox=(),
    )


@pytest.mark.parametrize(
    ("timer", "request_", "changes"),
    [
        (BASE, requested(100, 200), None),
        (BASE, requested(101, 201), None),
        (BASE, requested(99, 201), {"from_us": 99}),
        (BASE, requested(101, 199), {"due_us": 199}),
        (replace(BASE, state="idle"), requested(300, 400), {"state": "scheduled", "from_us": 300, "due_us": 400}),
        (replace(BASE, state="idle"), requested(100, 200), {"state": "scheduled"}),
        (MARKED, requested(150, 250), {"state": "scheduled", "since_us": 150}),
        (replace(MARKED, state="scheduled", since_us=150), requested(160, 250), None),
        (replace(MARKED, state="scheduled", since_us=150), requested(140, 250), {"since_us": 140}),
        (MARKED, requested(50, 60), {"state": "scheduled", "since_us": 50, "from_us": 50, "due_us": 60}),
    ],
)
def test_a_fact_is_written_to_a_timer_only_if_it_asks_for_more(
    timer: SessionTimer, request_: TimerRequest, changes: dict[str, Any] | None
) -> None:
    changed = schedule(timer, request_, tenant="other", app_id="other", learner="other", session="other")
    assert changed == (None if changes is None else replace(timer, version=5, **changes))


def test_a_sweep_that_begins_marks_the_timer_with_its_next_version() -> None:
    scheduled = replace(BASE, since_us=7, tried=2)
    expected = replace(scheduled, state="evaluating", version=5, marked=5, since_us=None, tried=3, outbox=())
    assert evaluate(scheduled) == expected


@pytest.mark.parametrize(
    ("since_us", "over", "decides"),
    [
        (None, [], True),
        (None, [sitting(50)], True),
        (50, [], True),
        (60, [sitting(50)], False),
        (61, [sitting(50)], True),
        (61, [sitting(50), sitting(51), sitting(20)], False),
        (0, [sitting(50, arrived_us=900)], False),
        (61, [sitting(50, arrived_us=900)], True),
    ],
)
def test_a_decision_stands_unless_a_fact_came_that_may_prolong_a_sitting(
    since_us: int | None, over: list[Sitting], decides: bool
) -> None:
    current = replace(MARKED, since_us=since_us, version=6)
    outbox = ({"id": "n"},)
    expected = replace(current, version=7, outbox=outbox) if decides else None
    assert decide(current, marked=4, outbox=outbox, over=over) == expected
    assert decide(current, marked=5, outbox=outbox, over=over) is None


LEFT: dict[str, Any] = {"state": "scheduled", "marked": None, "since_us": None, "tried": 0, "outbox": ()}


@pytest.mark.parametrize(
    ("since_us", "still_open", "from_us", "not_before_us", "changes"),
    [
        (None, [], None, 0, {"state": "idle"}),
        (None, [], 70, 500, {"state": "idle"}),
        (None, [sitting(50), sitting(40)], 70, 0, {"from_us": 70, "due_us": 50}),
        (None, [sitting(40, arrived_us=45)], 70, 0, {"from_us": 70, "due_us": 55}),
        (None, [sitting(40)], None, 0, {"due_us": 50}),
        (None, [sitting(40)], 0, 51, {"from_us": 0, "due_us": 51}),
        (80, [], None, 0, {"from_us": 80}),
        (80, [], 70, 199, {"from_us": 70}),
        (80, [sitting(40)], 90, 201, {"from_us": 80, "due_us": 201}),
    ],
)
def test_a_sweep_leaves_a_timer_idle_or_due_when_something_may_end(
    since_us: int | None, still_open: list[Sitting], from_us: int | None, not_before_us: int, changes: dict[str, Any]
) -> None:
    current = replace(MARKED, since_us=since_us, version=6)
    left = leave(current, marked=4, still_open=iter(still_open), from_us=from_us, not_before_us=not_before_us)
    assert left == replace(current, version=7, **LEFT | changes)
    assert leave(current, marked=3, still_open=still_open, from_us=from_us, not_before_us=not_before_us) is None


@pytest.mark.parametrize(
    ("tried", "due_us", "changes"),
    [
        (2, None, {"tried": 1}),
        (1, None, {"tried": 0}),
        (0, None, {}),
        (2, 500, {"due_us": 500}),
        (2, 150, {}),
        (2, 0, {}),
    ],
)
def test_a_sweep_that_failed_gives_the_timer_back(tried: int, due_us: int | None, changes: dict[str, Any]) -> None:
    current = replace(MARKED, since_us=90, tried=tried, version=6)
    given_back: dict[str, Any] = {"state": "scheduled", "marked": None, "since_us": None, "version": 7}
    assert release(current, marked=4, due_us=due_us) == replace(current, **given_back | changes)
    assert release(current, marked=6, due_us=due_us) is None
