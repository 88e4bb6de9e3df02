"""Sessions as they stand now, where the sweep has not settled them: folded from the timeline when they are asked for.

An explicit session costs 3 queries and 2 more a stretch of days; the gap sessions of a watch 2, then 1 a megabyte.
Where sessions meet, one BatchGet more tells which of them had begun before.
"""

from collections.abc import Iterator

from functions.core.sessions.session import Session
from functions.core.sessions.watches import Watch, explicit_of, in_edapp_of
from functions.query.request import Request
from functions.store.timeline import Stretch, around, of_session, stretches

LIVE_ROWS = 50_000  # of one learner's timeline that one answer folds: more is there only after a large backfill


def explicit_now(request: Request, pk: str, watch: Watch) -> Session | None:
    """The explicit session of a watch, or None where what names it does not make one."""
    stretch = of_session(request.table, pk, watch.session, from_us=watch.from_us, limits=request.settings)
    return explicit_of(watch, stretch.sessions(watch))


def gaps_now(request: Request, pk: str, watch: Watch) -> Iterator[Session]:
    """The gap sessions from where a watch begins, oldest first."""
    left = LIVE_ROWS
    for stretch in stretches(request.table, pk, watch.from_us, limits=request.settings):
        if request.to_us is not None and stretch.first_us >= request.to_us:
            return
        yield from _gaps(watch, stretch)
        left -= len(stretch.facts)
        if left <= 0:
            return


def gap_now(request: Request, pk: str, watch: Watch, session: str) -> Session | None:
    """One gap session, by its id, at the time where `watch` begins."""
    stretch = around(request.table, pk, watch.from_us, watch.from_us, limits=request.settings)
    return next((one for one in _gaps(watch, stretch) if one.id == session), None)


def _gaps(watch: Watch, stretch: Stretch) -> Iterator[Session]:
    return (one for one in in_edapp_of(watch, stretch.sessions(watch)) if not one.explicit)
