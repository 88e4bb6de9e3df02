"""What a student did, by calendar day, subject, app and course: the one place where EduBridge's numbers come from.

Read from stored totals, which are by quarter hours: of time asked for that ends within one, the events are folded.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from copy import replace
from fractions import Fraction
from typing import NamedTuple

from msgspec import Struct, field

from functions.core.ids import canonical_id
from functions.core.numbers.metrics import Credit
from functions.core.numbers.runs import credits_of
from functions.core.numbers.totals import app_of
from functions.core.timeline.counting import counted
from functions.core.timeline.course import subject_of
from functions.core.times import LAST_US, QUARTER_US, day_in, quarter_of
from functions.query.edubridge.dates import Span
from functions.query.edubridge.ids import bare
from functions.query.edubridge.students import People
from functions.query.request import Request
from functions.query.sessions.folding import apart_from_slices, report
from functions.query.sessions.totals import totals_of
from functions.store import keys
from functions.store.rows.events import StoredFact
from functions.store.slices import between
from functions.store.totals.reading import TooManyFacts

FACTS = 100_000  # of one student that an answer folds
OTHER = "Other"  # the subject of what names none

type Totals = dict[str, Fraction]


class Place(NamedTuple):
    """A day (`20260127`) in the caller's time zone, and what was worked on there."""

    day: str
    subject: str
    app: str
    course: str | None


class Facts(Struct, frozen=True):
    """The facts of a span that count, in order, with what each is credited with."""

    facts: Sequence[StoredFact] = ()
    credited: Sequence[Credit] = field(default=())


def metrics_of(request: Request, people: People, span: Span) -> dict[Place, Totals]:
    """Totals by metric in each place. Raises TooManyFacts."""
    metrics: dict[Place, Totals] = defaultdict(lambda: defaultdict(Fraction))
    for ids in people:
        for place, totals in _parts(request, ids, span):
            for metric, amount in totals.items():
                metrics[place][metric] += amount
    return {place: dict(totals) for place, totals in metrics.items()}


def _parts(request: Request, ids: Sequence[str], span: Span) -> Iterator[tuple[Place, Totals]]:
    """Whole quarter hours from what is stored, and what is left at both ends from events."""
    first_us, last_us = -(-span.from_us // QUARTER_US) * QUARTER_US, quarter_of(span.to_us)
    if span.to_us > LAST_US:
        last_us = span.to_us  # all that is to come
    if first_us >= last_us:
        yield from _folded(request, ids, span)
        return
    if span.from_us < first_us:
        yield from _folded(request, ids, replace(span, to_us=first_us))
    tenant = request.principal.app.tenant
    for place, tally in totals_of(request, tenant, ids, from_us=first_us, to_us=last_us).tallies.items():
        where = _place(request, day_in(place.quarter_us, span.zone), place.subject, place.app, place.course)
        yield where, tally.totals
    if last_us < span.to_us:
        yield from _folded(request, ids, replace(span, from_us=last_us))


def _folded(request: Request, ids: Sequence[str], span: Span) -> Iterator[tuple[Place, Totals]]:
    for credit in facts_of(request, ids, span).credited:
        entry, day = credit.entry, day_in(credit.time_us, span.zone)
        where = _place(request, day, subject_of(entry.event), app_of(entry), entry.attribution.course)
        yield where, {credit.metric: credit.amount}


def facts_of(request: Request, ids: Sequence[str], span: Span) -> Facts:
    """What one person did between two instants. Raises TooManyFacts."""
    how = apart_from_slices()
    stored: list[StoredFact] = []
    for name in ids:
        pk = keys.learner_pk(request.principal.app.tenant, name)
        for fact in between(request.table, pk, span.from_us, span.to_us - 1, how):
            if len(stored) >= FACTS:
                raise TooManyFacts
            stored.append(fact)
    report(how.unreadable)
    counting = counted(fact.entry for fact in stored).facts
    by_entry = {fact.entry.id_and_content: fact for fact in stored}
    credited = [
        credit for credit in credits_of(counting) if credit.amount and span.from_us <= credit.time_us < span.to_us
    ]
    return Facts([by_entry[entry.id, entry.content] for entry in counting], credited)


def app_name(request: Request, app: str | None) -> str:
    """How an app is called: the registration's name, if it is the app itself or none is known; else as it says."""
    own = request.principal.app
    is_own = app is None or canonical_id(app) in {canonical_id(edapp) for edapp in (own.app_id, *own.edapps)}
    return own.name or own.app_id if app is None or is_own else app


def _place(request: Request, day: str, subject: str | None, app: str | None, course: str | None) -> Place:
    return Place(day, subject or OTHER, app_name(request, app), None if course is None else bare(course))
