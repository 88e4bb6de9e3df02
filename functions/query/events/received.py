"""`GET /events?…&receivedFrom=&receivedTo=`: events of a learner, a session or a run by when they first arrived.

They are found by the app's manifests of that time: of a page of n events 4 queries, 1 BatchGet of manifests, 4 queries
for each quarter hour in which they happened, and 1 BatchGet a hundred events. What arrives meanwhile comes later.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import batched

import msgspec

from functions.core.apps import App
from functions.core.timeline.entry import IdAndContent
from functions.core.times import DAY_US, LAST_US
from functions.http.page import PageBuilder
from functions.query.events.by_event_index import days_by_partition, spans_of
from functions.query.events.request_window import asked_for
from functions.query.request import Request
from functions.query.sessions.attachment import attached_to
from functions.query.sessions.folding import apart_from_slices, report
from functions.store import keys
from functions.store.dynamodb.table import READ_BATCH, Table, key_of
from functions.store.facts.answer_row import event_json
from functions.store.people.aliases import ids_of
from functions.store.rows.events import StoredFact
from functions.store.rows.manifests import Arrival
from functions.store.rows.sensors import with_sensors
from functions.store.sent.order import Span, order_in, order_of, position_of
from functions.store.sent.walk import Walk


def received_span(request: Request) -> Span | None:
    """The arrivals that are asked for, as far back as any is kept; None if none is."""
    start_us, end_us = request.values["receivedFrom"], request.values["receivedTo"]
    if start_us is None and end_us is None:
        return None
    kept_us = request.now_us - (request.settings.retention_days + 1) * DAY_US
    return Span(
        start_us=kept_us if start_us is None else max(start_us, kept_us),
        end_us=LAST_US + 1 if end_us is None else end_us,
    )


def of_selector(request: Request, app: App, position: str, builder: PageBuilder) -> str | None:
    """A page of the events of the learner, session or run that is asked for, the first arrival first."""
    received = received_span(request)
    assert received is not None
    partitions = set(_partitions(request, app))
    if not partitions:
        return None
    walk = Walk(table=request.table, tenant=app.tenant, needed=builder.rows)
    arrivals = walk.by_arrival(
        received,
        lambda arrival: arrival.key[0] in partitions and request.within(arrival.time_us),
        now_us=request.now_us,
        after=order_in(position, app.tenant),
    )
    reached = position
    for batch in batched(arrivals, min(builder.rows + 1, READ_BATCH), strict=False):
        facts = list(arrived(request.table, batch))
        wanted = [fact for fact in facts if fact is not None and asked_for(request, fact)]
        sessions = attached_to(request, wanted)
        for arrival, fact in zip(batch, facts, strict=True):
            if fact is not None and asked_for(request, fact):
                named = sessions.get(fact.pk, {})
                if _is_of(request, fact, named) and not builder.add(event_json(fact, named)):
                    return reached
            reached = position_of(order_of(arrival, by_arrival=True))
    return None if walk.stopped_at is None else position_of(walk.stopped_at)


def arrived(table: Table, arrivals: Iterable[Arrival]) -> Iterator[StoredFact | None]:
    """The events of these arrivals as they came then, read as the iterator advances; None of one that was erased."""
    how = apart_from_slices()
    for batch in batched(arrivals, READ_BATCH, strict=False):
        held = table.get_all([arrival.key for arrival in batch], consistent=False).values()
        stored_rows = {key_of(row): row for row in with_sensors(table, held)}
        for arrival in batch:
            fact = next(how.facts([stored_rows[arrival.key]] if arrival.key in stored_rows else []), None)
            yield None if fact is None else _received_at(fact, arrival.received_us)
    report(how.unreadable)


def _received_at(fact: StoredFact, received_us: int) -> StoredFact:
    """A fact as it first arrived: its row tells the last arrival."""
    entry = msgspec.structs.replace(fact.entry, received_us=received_us)
    return msgspec.structs.replace(fact, entry=entry)


def _partitions(request: Request, app: App) -> Iterable[str]:
    """The partitions in which the events lie that are asked for."""
    actor, session, run = (request.text(name) for name in ("actor", "session", "run"))
    if actor is not None:
        return [keys.learner_pk(app.tenant, name) for name in ids_of(request.registry_table, app.tenant, actor)]
    if session is not None:
        return spans_of(request, app, session)
    assert run is not None
    return days_by_partition(request, app, run)


def _is_of(request: Request, fact: StoredFact, sessions: Mapping[IdAndContent, str]) -> bool:
    """Whether an event is of the session or run that is asked for."""
    session, run = request.text("session"), request.text("run")
    about = fact.entry.attribution
    if session is not None:
        return session in (about.session, sessions.get(fact.entry.id_and_content))
    return run is None or about.run == run
