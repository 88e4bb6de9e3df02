"""Sittings as a fold over one learner's facts: which there were, when they began and ended, what is in them.

The sweep folds a slice to find what is due, `query` folds what is still open, a rebuild folds everything again; nothing
about a session is counted up while events arrive. Nothing reaches over a silence longer than every timeout and the
reach of a stated start: so a slice is folded by itself, and slices say the same as the whole.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from functions.core.sittings.sitting import Sitting
from functions.core.sittings.timeouts import Timeouts
from functions.core.timeline.entry import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which timeline is folded (no learner: that of a session without one), and the timeouts of its registration."""

    tenant: str
    learner: str | None
    timeouts: Timeouts


@dataclass(frozen=True, slots=True)
class Folded:
    """`sittings` by start and session. `conflicts`: ids that were sent with several contents; one of them counts."""

    sittings: tuple[Sitting, ...]
    conflicts: frozenset[str]


def fold(facts: Iterable[Entry], scope: Scope) -> Folded:
    """The sittings of a slice, of several slices or of the whole timeline.

    Pure, and independent of the order and the number of copies of `facts`. One content per id counts: one of this
    service before any other, then the lowest digest.

    `facts` are those of the learner's partition and, of what says a session and no learner, the closes of the sessions
    that they name (others of these change nothing). A close further from a slice than its silence changes nothing.
    """
    raise NotImplementedError


def slices[T](facts: Iterable[T], timeouts: Timeouts, *, time_us: Callable[[T], int]) -> Iterator[list[T]]:
    """`facts`, which come by time, cut at every silence over `timeouts.silence_us`. Holds one slice at a time."""
    raise NotImplementedError
