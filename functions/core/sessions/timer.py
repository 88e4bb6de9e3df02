"""When a learner's timeline must be looked at again, and why nothing is written while it is being used.

One *session timer* for each learner, and one for each session without a learner. `process` writes facts first and then
reads the timer; the sweep marks the timer first and then reads facts. So one of them always sees the other, and an
event in an open sitting costs no write:

    scheduled    in the index of what is due; the sweep evaluates it after `due_us`
    evaluating   a sweep is reading the timeline now; who adds a fact must schedule the timer again
    idle         no sitting is open; out of the index until something arrives

Every change of a stored timer is conditional on its `version`, which grows by one.
"""

from collections.abc import Iterable, Mapping
from copy import replace
from typing import Any, Literal

from msgspec import Struct

from functions.core.sessions.facts import Fact
from functions.core.sessions.sitting import Sitting
from functions.core.sessions.timeouts import Timeouts

type State = Literal["scheduled", "evaluating", "idle"]


class TimerRequest(Struct, frozen=True, kw_only=True, gc=False):
    """What one batch asks of one timer: to be read from `from_us` on, after `due_us`."""

    from_us: int
    due_us: int


class SessionTimer(Struct, frozen=True, kw_only=True):
    """The stored row. `learner` or, in a timeline without one, `session` says which timeline it is for.

    `marked` is the version with which the last sweep began to read and `since_us` the earliest fact that was added
    after that; both are None when no sweep reads. `tried`: how many sweeps began to read and did not end. `outbox`:
    TimedOut events that were decided and are perhaps not published yet.
    """

    tenant: str
    app_id: str
    learner: str | None
    session: str | None
    state: State = "scheduled"
    version: int = 1
    from_us: int
    due_us: int
    marked: int | None = None
    since_us: int | None = None
    tried: int = 0
    outbox: tuple[Mapping[str, Any], ...] = ()


def timer_request_of(fact: Fact, timeouts: Timeouts) -> TimerRequest | None:
    """What one fact asks for; None if it is in no session and no number, or the sweep itself put it (`window`).

    What is in no session is looked at all the same, so that the learner's totals are stored. Due: a close at its
    arrival, a wish for heartbeats after the short timeout, anything else after the idle timeout; both from its time or
    arrival, whichever is later (of the future: from its arrival).
    """
    if fact.kind == "window" or (fact.kind == "nothing" and not fact.is_in_numbers):
        return None
    entry = fact.entry
    if fact.kind == "close":
        return TimerRequest(from_us=entry.time_us, due_us=entry.received_us)
    timeout_us = timeouts.idle_us(entry.time_us)
    if fact.requires_heartbeat:
        timeout_us = timeouts.heartbeat_us(entry.time_us)
    later_us = entry.received_us if entry.future else max(entry.time_us, entry.received_us)
    return TimerRequest(from_us=entry.time_us, due_us=later_us + timeout_us)


def joined(requests: Iterable[TimerRequest]) -> TimerRequest:
    """All requests of one timer as one, in whatever order they came; at least one."""
    requests = list(requests)
    return TimerRequest(
        from_us=min(request.from_us for request in requests), due_us=min(request.due_us for request in requests)
    )


def schedule(
    timer: SessionTimer | None,
    request: TimerRequest,
    *,
    tenant: str,
    app_id: str,
    learner: str | None,
    session: str | None,
) -> SessionTimer | None:
    """The timer as `process` must store it after it stored facts of `request`, or None if the stored one will do.

    `session` is that of a timeline without a learner.
    """
    if timer is None:
        return SessionTimer(
            tenant=tenant,
            app_id=app_id,
            learner=learner,
            session=session,
            from_us=request.from_us,
            due_us=request.due_us,
        )
    if timer.state == "idle":
        changed = replace(timer, state="scheduled", from_us=request.from_us, due_us=request.due_us)
    else:
        changed = replace(
            timer,
            state="scheduled",
            from_us=min(timer.from_us, request.from_us),
            due_us=min(timer.due_us, request.due_us),
            since_us=None if timer.marked is None else _earlier(timer.since_us, request.from_us),
        )
    return None if changed == timer else _next(changed)


def evaluate(timer: SessionTimer) -> SessionTimer:
    """The timer as a sweep marks it before it reads; `marked` is then the word by which it knows its own mark.

    Its outbox must have been published before: it is emptied.
    """
    marked = timer.version + 1
    return _next(replace(timer, state="evaluating", marked=marked, since_us=None, tried=timer.tried + 1, outbox=()))


def decide(
    current: SessionTimer, *, marked: int, outbox: tuple[Mapping[str, Any], ...], over: Iterable[Sitting]
) -> SessionTimer | None:
    """The timer with the TimedOuts of the sittings `over` decided, for the sweep that marked it with `marked`.

    None if the decision may be wrong: another sweep reads, or a fact was added that is not later than the timeout
    of each sitting. The sweep then leaves it scheduled and evaluates it again. Without `since_us` a timeline that is
    always in use would never have anything decided.
    """
    if current.marked != marked:
        return None
    settled_us = max((sitting.last_activity_us + sitting.timeout_us for sitting in over), default=None)
    if current.since_us is not None and settled_us is not None and current.since_us <= settled_us:
        return None
    return _next(replace(current, outbox=outbox))


def leave(
    current: SessionTimer,
    *,
    marked: int,
    still_open: Iterable[Sitting],
    from_us: int | None,
    not_before_us: int,
) -> SessionTimer | None:
    """The timer after the sweep that marked it with `marked` has read to the end and published its outbox.

    `from_us`: the first fact of the first slice with an open sitting. Nothing is looked at before `not_before_us` (now,
    the lag, and what reading cost). None if another sweep marked it since. Idle if nothing is open and nothing was
    added; else scheduled at the earliest deadline, or as what was added needs it.
    """
    if current.marked != marked:
        return None
    done = replace(current, state="scheduled", marked=None, since_us=None, tried=0, outbox=())
    deadlines = [sitting.deadline_us for sitting in still_open]
    if current.since_us is not None:
        due_us = max(current.due_us, not_before_us)
        return _next(replace(done, from_us=_earlier(from_us, current.since_us), due_us=due_us))
    if not deadlines:
        return _next(replace(done, state="idle"))
    from_us = current.from_us if from_us is None else from_us
    return _next(replace(done, from_us=from_us, due_us=max(min(deadlines), not_before_us)))


def release(current: SessionTimer, *, marked: int, due_us: int | None = None) -> SessionTimer | None:
    """The timer after a sweep that could not end what it began. None if another sweep marked it since.

    Without `due_us` it was no fault of the timeline (an AWS call failed): as it was before the mark. With it the
    timeline cannot be read, and is put off.
    """
    if current.marked != marked:
        return None
    given_back = replace(current, state="scheduled", marked=None, since_us=None)
    if due_us is None:
        return _next(replace(given_back, tried=max(current.tried - 1, 0)))
    return _next(replace(given_back, due_us=max(current.due_us, due_us)))


def _earlier(known_us: int | None, other_us: int) -> int:
    return other_us if known_us is None else min(known_us, other_us)


def _next(timer: SessionTimer) -> SessionTimer:
    return replace(timer, version=timer.version + 1)
