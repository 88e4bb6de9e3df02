"""Totals as answers read them: of one learner, in the days that a request asks for, in its time zone."""

from collections.abc import Collection, Mapping, Sequence
from datetime import tzinfo
from typing import Any

from functions.core.times import FIRST_US, LAST_US, day_span_in, iso_day
from functions.core.totals.tallies import Tally, by_day, numbers_of
from functions.http.answers import Answer, error
from functions.query.request import Request
from functions.query.sessions.folding import reading, report, session_by_event
from functions.store import keys
from functions.store.people.aliases import ids_of
from functions.store.totals.reading import LearnerTotals, person_totals

FACTS = 100_000  # of a learner that an answer folds, where so many are not settled: some 10 s and 350 megabytes


def span_asked(request: Request) -> tuple[int, int]:
    """The first quarter hour of the days with an instant in the time asked for, and the first one after them."""
    from_us, to_us = FIRST_US, LAST_US + 1
    if request.from_us is not None:
        from_us, _ = day_span_in(request.from_us, request.zone)
    if request.to_us is not None:
        _, to_us = day_span_in(max(request.to_us - 1, FIRST_US), request.zone)
    return from_us, to_us


def totals_asked(request: Request, tenant: str, learner: str) -> LearnerTotals:
    """The totals of the days with an instant in the time asked for, of the person. Raises TooManyFacts."""
    from_us, to_us = span_asked(request)
    return totals_of(request, tenant, ids_of(request.registry_table, tenant, learner), from_us=from_us, to_us=to_us)


def totals_of(
    request: Request,
    tenant: str,
    ids: Sequence[str],
    *,
    from_us: int = FIRST_US,
    to_us: int = LAST_US + 1,
    days: Collection[str] = (),
) -> LearnerTotals:
    """The totals of a person (`functions.store.totals.reading`), with the sessions of events that name none."""
    how, pks = reading(request, tenant), [keys.learner_pk(tenant, name) for name in ids]
    totals = person_totals(
        request.table,
        pks,
        how,
        sessions_of=lambda of: session_by_event(request, of),
        from_us=from_us,
        to_us=to_us,
        days=days,
        facts_at_most=FACTS,
    )
    report(how.unreadable)
    return totals


def too_many_facts() -> Answer:
    """What to do instead of asking for totals of more than an answer may fold."""
    return error(
        422,
        "too-many-events",
        f"Over {FACTS} events of this learner wait to be added up, more than are folded while you wait: read them by "
        "GET /events?actor=, or ask again when the sweep has added them up.",
    )


def days_of(tallies: Mapping[Any, Tally], zone: tzinfo) -> list[dict[str, Any]]:
    """A row for each day on which something counts."""
    return [{"day": iso_day(day), **numbers_of(own, part=True).as_dict()} for day, own in by_day(tallies, zone).items()]
