"""Slices of a timeline folded for an answer: the session of each event, and sittings that no sweep has ended yet.

Reads are not consistent: what was stored a moment ago may be missing for a moment, as in every list. A row that cannot
be read is left out and reported; nothing else of the answer is lost.
"""

from collections.abc import Iterable, Iterator

from aws_lambda_powertools import Logger

from functions.core.sessions.fold import Folded, Scope, fold
from functions.core.sessions.sitting import sitting_by_event
from functions.core.sessions.timeouts import Timeouts
from functions.core.timeline.entry import IdAndContent
from functions.query.request import Request
from functions.store import keys
from functions.store.dynamodb.table import Key
from functions.store.facts.reading import Reading
from functions.store.registrations import known_registrations
from functions.store.slices import Slice, slices, unattributed_timer, with_unattributed

logger = Logger(service="query", child=True)


def timeouts_of(request: Request, tenant: str) -> Timeouts:
    """How long learners of an app may be inactive."""
    registrations = known_registrations(request.registry_table, request.settings.timeouts)
    return registrations.of(tenant, now_us=request.now_us).timeouts


def reading(request: Request, tenant: str) -> Reading:
    """How an answer reads facts of an app's learners."""
    return Reading(slice_gap_us=timeouts_of(request, tenant).slice_gap_us)


def apart_from_slices() -> Reading:
    """How rows are read if slice gaps do not matter."""
    return Reading(slice_gap_us=0)


def report(unreadable: Iterable[Key]) -> None:
    """Tell the operator of rows that were left out, by their keys."""
    row_keys = [f"{pk}|{sk}" for pk, sk in unreadable]
    if row_keys:
        logger.error("rows that cannot be read were left out", extra={"rows": row_keys[:20], "count": len(row_keys)})


def folded(request: Request, of: Slice, how: Reading) -> Folded:
    """The sittings of a slice, with the unattributed closes."""
    wanted = [unattributed_timer(of.pk, name) for name in of.names]
    timers = request.table.get_all(wanted, consistent=False) if wanted else {}
    whole = with_unattributed(request.table, of, timers, how)
    tenant = keys.tenant_in(of.pk)
    learner = of.learner if keys.is_learners(of.pk) else None
    scope = Scope(tenant=tenant, learner=learner, timeouts=timeouts_of(request, tenant))
    return fold((fact.entry for fact in (*whole.facts, *whole.unattributed)), scope)


def slices_of(request: Request, pk: str, spans: Iterable[tuple[int, int]]) -> Iterator[Slice]:
    """The slices that hold facts of the spans, which come in order, each once."""
    how = reading(request, keys.tenant_in(pk))
    last_us: int | None = None
    for start_us, end_us in spans:
        for of_slice in slices(request.table, pk, start_us, how, to_us=end_us):
            if last_us is None or of_slice.first_us > last_us:
                last_us = of_slice.last_us
                yield of_slice
    report(how.unreadable)


def session_by_event(request: Request, of: Slice) -> dict[IdAndContent, str]:
    """Event → session, of the events of a slice; of none if all name their session."""
    if not any(fact.entry.attribution.auto for fact in of.facts):
        return {}
    how = reading(request, keys.tenant_in(of.pk))
    sittings = sitting_by_event(folded(request, of, how).sittings)
    return {event: sitting.session for event, sitting in sittings.items()}
