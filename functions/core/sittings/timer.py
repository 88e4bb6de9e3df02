"""When a learner's timeline must be looked at again, and why nothing is written while it is being used.

One *session timer* for each learner, and one for each session without a learner. `process` writes facts first and then
reads the timer; the sweep marks the timer first and then reads facts. So one of them always sees the other, and an
event in an open sitting costs no write:

    scheduled    in the index of what is due; the sweep looks after `due_us`
    evaluating   a sweep is reading the timeline now; who adds a fact must schedule the timer again
    idle         no sitting is open; out of the index until something arrives

Every change of a stored timer is conditional on its `version`, which grows by one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from msgspec import Struct

from functions.core.sittings.facts import Fact
from functions.core.sittings.sitting import Sitting
from functions.core.sittings.timeouts import Timeouts

State = Literal["scheduled", "evaluating", "idle"]


class Touch(Struct, frozen=True, kw_only=True, gc=False):
    """What one batch asks of one timer: to be read from `from_us` on, after `due_us`."""

    from_us: int
    due_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTimer:
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


def touch_of(fact: Fact, timeouts: Timeouts) -> Touch | None:
    """What one fact asks for; None where it is in no session (`nothing`) or the sweep itself put it (`window`).

    Due: a close at its arrival, a wish for heartbeats after the short timeout, anything else after the idle timeout;
    both from its time or arrival, whichever is later (of the future: from its arrival).
    """
    raise NotImplementedError


def joined(touches: Iterable[Touch]) -> Touch:
    """All touches of one timer as one, in whatever order they came; at least one."""
    raise NotImplementedError


def schedule(
    timer: SessionTimer | None, touch: Touch, *, tenant: str, app_id: str, learner: str | None, session: str | None
) -> SessionTimer | None:
    """The timer as `process` must store it after it stored facts of `touch`, or None where the stored one will do."""
    raise NotImplementedError


def evaluate(timer: SessionTimer) -> SessionTimer:
    """The timer as a sweep marks it before it reads. Its outbox must have been published before: it is emptied."""
    raise NotImplementedError


def decide(
    current: SessionTimer, *, marked: int, outbox: tuple[Mapping[str, Any], ...], over: Iterable[Sitting]
) -> SessionTimer | None:
    """The timer with the TimedOuts of the sittings `over` decided, for the sweep that marked it with `marked`.

    None where `current` was changed so that the decision may be wrong: another sweep reads, or a fact was added that
    is not later than the timeout of each sitting. The sweep then leaves it scheduled and looks again.
    """
    raise NotImplementedError


def leave(current: SessionTimer, *, marked: int, still_open: Iterable[Sitting], from_us: int | None) -> SessionTimer | None:
    """The timer after a sweep that marked it with `marked` has read to the end and published its outbox.

    `from_us`: the first fact of the first slice with an open sitting. None where another sweep marked it since.
    Idle if nothing is open and nothing was added; else scheduled at the earliest deadline.
    """
    raise NotImplementedError
