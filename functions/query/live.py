"""Sessions as they stand now, where the sweep has not settled them: folded from the timeline when they are asked for.

An explicit session costs 3 queries and 2 more a stretch of days; the gap sessions of a watch 2, then 1 a megabyte.
"""

from collections.abc import Iterable, Iterator

from functions.aws.facts import Stored
from functions.aws.timeline import chunks, of_session, sessions_of, until_quiet, whole
from functions.core.session import Session
from functions.core.watches import Watch
from functions.query.request import Request

LIVE_ROWS = 50_000  # of one learner's timeline that one answer folds: more is there only after a large backfill


def explicit_now(request: Request, pk: str, watch: Watch) -> Session | None:
    """The explicit session of a watch, or None where what names it does not make one."""
    facts = of_session(request.table, pk, watch.session, from_us=watch.from_us, quiet_us=request.quiet_us)
    sessions = folded(request, watch, whole(request.table, facts, quiet_us=request.quiet_us))
    return next((one for one in sessions if one.explicit and one.id == watch.session), None)


def gaps_now(request: Request, pk: str, watch: Watch) -> Iterator[Session]:
    """The gap sessions from where a watch begins, oldest first."""
    left = LIVE_ROWS
    for chunk in chunks(request.table, pk, watch.from_us, quiet_us=request.quiet_us):
        if request.to_us is not None and chunk[0].entry.time_us >= request.to_us:
            return
        yield from _of_edapp(watch, folded(request, watch, whole(request.table, chunk, quiet_us=request.quiet_us)))
        left -= len(chunk)
        if left <= 0:
            return


def gap_now(request: Request, pk: str, watch: Watch, session: str) -> Session | None:
    """One gap session, by its id, at the time where `watch` begins."""
    facts = until_quiet(request.table, pk, watch.from_us, watch.from_us, quiet_us=request.quiet_us)
    found = _of_edapp(watch, folded(request, watch, whole(request.table, facts, quiet_us=request.quiet_us)))
    return next((one for one in found if one.id == session), None)


def folded(request: Request, watch: Watch, facts: Iterable[Stored]) -> list[Session]:
    limits = request.settings
    return sessions_of(watch, facts, idle_us=limits.idle_us, heartbeat_idle_us=limits.heartbeat_idle_us)


def _of_edapp(watch: Watch, sessions: Iterable[Session]) -> Iterator[Session]:
    return (one for one in sessions if not one.explicit and (one.edapp or "") == (watch.edapp or ""))
