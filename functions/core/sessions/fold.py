"""Sittings as a fold over one learner's facts: which there were, when they began and ended, what is in them.

The sweep folds a slice to find what is due, `query` folds what is still open, a rebuild folds everything again; nothing
about a session is counted up while events arrive. The transitions, for an explicit session X (`scan` has them as code):

    state of X's sitting        what comes                          what it does
    none, or idle               activity naming X                   opens; a stated start counts within the reach
                                auto activity in the app            goes to another explicit one, else inferred
                                heartbeat, close, or of others      nothing
    lasts                       activity naming X, heartbeat        prolongs
                                auto activity in the app            prolongs: logged into first, then used latest
                                close                               ends it: then, or at a possible stated end
                                LoggedIn of Y in the app            ends it at its last activity
                                nothing for over the timeout        idle: the sweep publishes its end
    ended by a close or by Y,   LoggedIn of X                       opens the next sitting
    at most a timeout ago       activity, heartbeat, close          member, moves nothing
                                auto activity in the app            not X's
    window, inside or at        activity, heartbeat, close          member, moves nothing
    most a timeout after        auto activity in the app            member, unless a close or LoggedIn came before
                                LoggedIn of Y in the app            takes the auto activity after it
    lasts as a window begins    the window                          takes its members; it vanishes

What moves nothing (of another actor, or of the future) joins what lasts, or ended at most a timeout ago. A sitting of
which only a stated start was scanned is not ended: its first activity is yet to come. Inferred sessions are the same,
one room an app: no name, no closes. The steps at one instant are in the order of `steps.Class`.

Two rules make the fold what it is. *Publishing changes nothing*: a window that begins and ends where the facts say is
scanned as the sitting that it was. *Slices are the whole*: every transition needs a sitting that lasts, or ended at
most one timeout ago, and a stated start reaches back by at most the shortest timeout. So nothing reaches over a
pause longer than both together, a slice gap.
"""

from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from functions.core.sessions.facts import Fact, fact_of
from functions.core.sessions.scan import Scan
from functions.core.sessions.sitting import Sitting, in_order
from functions.core.sessions.timeouts import Timeouts
from functions.core.timeline.entry import Entry, ids_in_conflict, one_content_per_id


class Scope(Struct, frozen=True, kw_only=True):
    """Which timeline is folded (no learner: that of a session without one), and the timeouts of its registration."""

    tenant: str
    learner: str | None
    timeouts: Timeouts


class Folded(Struct, frozen=True):
    """`sittings` by start and session. `conflicts`: ids that were sent with several contents; one of them counts."""

    sittings: tuple[Sitting, ...]
    conflicts: frozenset[str]


def fold(facts: Iterable[Entry], scope: Scope) -> Folded:
    """The sittings of a slice, of several slices or of the whole timeline.

    Pure, and independent of the order and the number of copies of `facts`. One content per id counts: one of this
    service before any other, then the lowest digest.

    `facts` are those of the learner's partition and, of the unattributed facts, the closes of the sessions
    that they name (others of these change nothing). A close further from a slice than a slice gap changes nothing.
    """
    entries = list(facts)
    scan = Scan(tenant=scope.tenant, learner=scope.learner, timeouts=scope.timeouts)
    drafts = scan.run(facts_of(entries, scope))
    return Folded(tuple(in_order(draft.result() for draft in drafts)), ids_in_conflict(entries))


def facts_of(entries: Iterable[Entry], scope: Scope) -> list[Fact]:
    """What the entries that count say, by time and id."""
    return [fact_of(entry, tenant=scope.tenant, learner=scope.learner) for entry in one_content_per_id(entries)]


def slices[T](facts: Iterable[T], timeouts: Timeouts, *, time_us: Callable[[T], int]) -> Iterator[list[T]]:
    """`facts`, which come by time, cut at every pause over `timeouts.slice_gap_us`. Holds one slice at a time."""
    held: list[T] = []
    for fact in facts:
        if held and time_us(fact) - time_us(held[-1]) > timeouts.slice_gap_us:
            yield held
            held = []
        held.append(fact)
    if held:
        yield held
