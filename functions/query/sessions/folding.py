"""Slices of a timeline folded for an answer: whose each event is, and what stands where the sweep has not been yet.

Reads are not consistent: what was stored a moment ago may be missing for a moment, as in every list. A row that cannot
be read is left out and reported; nothing else of the answer is lost.
"""

from collections.abc import Iterable, Iterator, Sequence

from aws_lambda_powertools import Logger

from functions.core.sessions.fold import Folded, Scope, fold
from functions.core.sessions.sitting import sitting_by_event
from functions.core.sessions.timeouts import Timeouts
from functions.query.request import Request
from functions.store import keys
from functions.store.dynamodb.table import Key
from functions.store.registrations import known_registrations
from functions.store.rows.events import Stored
from functions.store.slices import Reading, Slice, apart_timer, slices, with_apart

logger = Logger(service="query", child=True)


def timeouts_of(request: Request, tenant: str) -> Timeouts:
    """How long learners of an app may be inactive."""
    registrations = known_registrations(request.registry_table, request.settings.timeouts)
    return registrations.of(tenant, now_us=request.now_us).timeouts


def reading(request: Request, tenant: str) -> Reading:
    """How an answer reads facts of an app's learners."""
    return Reading(silence_us=timeouts_of(request, tenant).silence_us)


def apart_from_slices() -> Reading:
    """How rows are read where no silence matters."""
    return Reading(silence_us=0)


def report(unreadable: Iterable[Key]) -> None:
    """Tell the operator of rows that were left out, by their keys."""
    found = [f"{pk}|{sk}" for pk, sk in unreadable]
    if found:
        logger.error("rows that cannot be read were left out", extra={"rows": found[:20], "count": len(found)})


def folded(request: Request, of: Slice, how: Reading) -> Folded:
    """The sittings of a slice, with the closes that lie apart."""
    wanted = [apart_timer(of.pk, name) for name in of.names]
    there = request.table.get_all(wanted) if wanted else {}
    whole = with_apart(request.table, of, there, how)
    tenant = keys.tenant_in(of.pk)
    learner = of.learner if keys.is_learners(of.pk) else None
    scope = Scope(tenant=tenant, learner=learner, timeouts=timeouts_of(request, tenant))
    return fold((fact.entry for fact in (*whole.facts, *whole.apart)), scope)


def slices_of(request: Request, pk: str, spans: Iterable[tuple[int, int]]) -> Iterator[Slice]:
    """The slices that hold facts of the spans, which come in order, each once."""
    how = reading(request, keys.tenant_in(pk))
    last_us: int | None = None
    for start_us, end_us in spans:
        for one in slices(request.table, pk, start_us, how, to_us=end_us):
            if last_us is None or one.first_us > last_us:
                last_us = one.last_us
                yield one
    report(how.unreadable)


def attached(request: Request, facts: Sequence[Stored]) -> dict[str, str]:
    """Event id → session, for events of one partition that name no session: read off the timeline around them."""
    autos = [fact for fact in facts if fact.entry.attribution.auto]
    if not autos:
        return {}
    times = [fact.entry.time_us for fact in autos]
    found: dict[str, str] = {}
    for one in slices_of(request, autos[0].pk, [(min(times), max(times))]):
        found |= session_by_event(request, one)
    return found


def session_by_event(request: Request, of: Slice) -> dict[str, str]:
    """Event id → session, of the events of a slice; of none where all name their session."""
    if not any(fact.entry.attribution.auto for fact in of.facts):
        return {}
    how = reading(request, keys.tenant_in(of.pk))
    sittings = sitting_by_event(folded(request, of, how).sittings)
    return {event: sitting.session for event, sitting in sittings.items()}
