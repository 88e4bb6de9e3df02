"""`GET /events?id=`: all that arrived under one id. Normally one event; two contents are a conflict, and both shown.

Two queries of the index by id (what is stored, what was rejected), one BatchGet a hundred rows; four queries of
the manifests of its quarter hour for how often an event arrived.
"""

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from functions.core.apps import App
from functions.core.ids import id_digest
from functions.core.timeline.entry import LOWEST
from functions.core.times import format_time
from functions.http.answers import Answer
from functions.http.page import PageBuilder
from functions.query.events.received import received_span
from functions.query.events.request_window import asked_for
from functions.query.operations.rejections import shape_of
from functions.query.paging import paginate as paged
from functions.query.request import Request
from functions.query.sessions.attachment import attached_to
from functions.query.sessions.folding import apart_from_slices, report
from functions.store import keys
from functions.store.dynamodb.table import Key, Row, Table, key_of, rows
from functions.store.facts.answer_row import event_json
from functions.store.quarantine.marks import marks_on
from functions.store.quarantine.rejections import Entry, entry_of, item_of
from functions.store.rows.events import StoredFact, with_rival
from functions.store.sent.walk import Walk

if TYPE_CHECKING:
    from functions.http.shapes.findings import Rejection as RejectionShape

VERSIONS = 200  # of one id that a page looks at: an entity may be described over and over
REJECTIONS = 10
CONFLICTS = 20  # contents of one id of which each arrival is counted


def by_id(request: Request) -> Answer:
    """`{"events", "cursor", "conflict", "arrivals", "rejections"}`: a conflict is one id with different contents.

    What stands beside the events is of the apps that the page holds.
    """
    beside: dict[str, Any] = {"conflict": False, "arrivals": None, "rejections": []}
    arrived: list[int] = []

    def read(request: Request, app: App, position: str, builder: PageBuilder) -> str | None:
        identifier = request.text("id")
        assert identifier is not None
        stored = stored_under(request.table, keys.event_ref(app.tenant, identifier))
        events = [key for key in stored if is_event(key)]
        rejected = rejected_under(request.table, keys.rejection_ref(app.tenant, id_digest(identifier)))
        waiting = after(position, stored, descending=request.descending)
        wanted = [*waiting[:VERSIONS], *events[-VERSIONS:], *(entry.row_key for entry in rejected)]
        row_by_key = request.table.get_all(wanted, consistent=False) if wanted else {}
        beside["conflict"] |= len(events) > 1
        beside["rejections"] += rejections(request.table, row_by_key, rejected)
        walk = Walk(table=request.table, tenant=app.tenant, needed=0)
        arrived.extend(arrivals(walk, events))
        if arrived:
            beside["arrivals"] = {"count": len(arrived), "since": format_time(min(arrived))}
        reached = position
        facts = with_rivals(readable(waiting[:VERSIONS], row_by_key), events)
        facts = {key: fact for key, fact in facts.items() if came_within(request, walk, fact)}
        selected = [fact for fact in facts.values() if asked_for(request, fact)]
        sessions = attached_to(request, selected[: builder.rows])
        for key in waiting[:VERSIONS]:
            fact = facts.get(key)
            named = sessions.get(key[0], {})
            if fact is not None and asked_for(request, fact) and not builder.add(event_json(fact, named)):
                return reached
            reached = key[1]
        return reached if len(waiting) > VERSIONS else None

    return paged(request, "events", read, extra=beside)


def readable(wanted: Sequence[Key], row_by_key: Mapping[Key, Row]) -> dict[Key, StoredFact]:
    """The facts at these places, in their order; one that cannot be read is reported and left out."""
    how = apart_from_slices()
    facts = how.facts(row_by_key[key] for key in wanted if key in row_by_key)
    fact_by_key = {(fact.pk, fact.sk): fact for fact in facts}
    report(how.unreadable)
    return fact_by_key


def with_rivals(facts: Mapping[Key, StoredFact], events: Sequence[Key]) -> dict[Key, StoredFact]:
    """The facts, those of events with the lowest other content of all that lie at these places."""
    emitted = {key for key, fact in facts.items() if fact.entry.system}
    contents = {LOWEST if key in emitted else key[1].rpartition("#")[2] for key in events}
    several = set(events) - emitted if len(events) > 1 else set()
    return {key: with_rival(fact, contents) if key in several else fact for key, fact in facts.items()}


def came_within(request: Request, walk: Walk, fact: StoredFact) -> bool:
    """Whether it first arrived in the time asked for. An entity describe is in no manifest: its row says when."""
    received = received_span(request)
    if received is None:
        return True
    first_us = min(walk.arrived_us((fact.pk, fact.sk)), default=fact.entry.received_us)
    return first_us in received


def arrivals(walk: Walk, events: Sequence[Key]) -> list[int]:
    """When events were received, each time, in order: of the latest CONFLICTS of them."""
    return sorted(received_us for key in events[-CONFLICTS:] for received_us in walk.arrived_us(key))


def stored_under(table: Table, ref: str) -> list[Key]:
    """Every place of what is stored under an id, by time."""
    return sorted((key_of(row) for row in rows(table, ref, index=keys.BY_ID)), key=lambda key: key[1])


def after(position: str, stored: Sequence[Key], *, descending: bool) -> list[Key]:
    """What comes after `position` in the order asked for."""
    if descending:
        return [key for key in reversed(stored) if not position or key[1] < position]
    return [key for key in stored if key[1] > position]


def is_event(key: Key) -> bool:
    """Whether an event is stored there, and no entity describe."""
    return not keys.place_of(key[0]).startswith("D#")


def rejected_under(table: Table, ref: str) -> list[Entry]:
    """The newest of the rejected items that carried an id, among the first megabyte of them (6,000 or so)."""
    newest = sorted((key_of(row) for row in table.query(ref, index=keys.BY_ID).rows), key=itemgetter(1), reverse=True)
    return [entry_of(key) for key in newest[:REJECTIONS]]


def rejections(table: Table, row_by_key: Mapping[Key, Row], entries: Sequence[Entry]) -> "list[RejectionShape]":
    """The rejected items at `entries` as they are shown, among rows that were read."""
    items = [item for item in (item_of(row_by_key, entry) for entry in entries) if item is not None]
    marks = marks_on(table, items)
    return [shape_of(item, marks) for item in items]
