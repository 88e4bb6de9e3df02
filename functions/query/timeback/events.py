"""The event reads of the TimeBack Caliper API: `GET /caliper/events` and `GET /caliper/events/{externalId}`.

    filter                        reads of a page of n                                       order
    none, sensor, dates           1 query of counts, 4 or 8 of manifests, 1 BatchGet a 100   the latest event first
    receivedFrom, receivedTo      4 queries, 1 BatchGet of manifests and 4 queries for       the first arrival first
                                  each quarter hour in which they happened
    actorId, actorEmail           1 query of n + 1 rows of the learner's timeline            the latest event first

`total` is exact up to COUNTED past the page, else more than was passed: a client that follows the pages gets to the
end. An offset reads what it passes by, and may be DEEPEST at most; a cursor costs the same at any depth. Dates are of
`eventTime`, the end exclusive.
"""

import heapq
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import unquote

import orjson

from functions.core.ids import digest
from functions.core.times import FIRST_US, LAST_US
from functions.http.answers import Answer, answer, error
from functions.http.cursors import cursor
from functions.http.page import PageBuilder
from functions.query.events.by_id import is_event, stored_under
from functions.query.events.received import arrived, received_span
from functions.query.request import Request
from functions.query.sessions.folding import apart_from_slices, report
from functions.query.timeback.event_shape import stored_event
from functions.query.timeback.sent_list import COUNTED, Filter, selected
from functions.store import keys
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.table import Row, rows
from functions.store.people.aliases import ids_of
from functions.store.rows.event_index import address
from functions.store.rows.events import StoredFact, fact_of_row
from functions.store.rows.sensors import is_from, with_sensors
from functions.store.sent.order import Order, Span, order_in, order_of, position_of
from functions.store.slices import time_of

if TYPE_CHECKING:
    from functions.http.shapes.timeback import StoredEventAnswer

DEEPEST = 100_000
CONTENTS = 20  # under one id, that are looked at for the one that counts
PARTITIONS = 22  # of learners who share an address, and the two whose id may be that address


def get_list(request: Request) -> Answer:
    after = order_in(request.resume_at[1], request.principal.app.tenant) if request.resume_at is not None else None
    offset = 0 if after is not None else int(request.values["offset"])
    if offset > DEEPEST:
        return error(
            400,
            "offset-too-deep",
            f"`offset` is over {DEEPEST}: follow the `cursor` of the answers, or narrow startDate and endDate.",
        )
    pks = learners(request)
    if pks is not None and len(pks) > PARTITIONS:
        return error(
            422,
            "too-many-learners",
            "More learners have this address than one request can read: ask for one of them by `actorId`.",
        )
    received = received_span(request)
    if pks is not None and received is None:
        return of_learner(request, pks, offset, after)
    sensor = None if (text := request.text("sensor")) is None else digest(text)
    wanted = Filter(span=happened_span(request), received=received, sensor=sensor, partitions=pks)
    selection = selected(
        request.table,
        request.principal.app.tenant,
        wanted,
        offset=offset,
        limit=request.limit,
        now_us=request.now_us,
        after=after,
    )
    orders = [order_of(arrival, by_arrival=received is not None) for arrival in selection.arrivals]
    facts = zip(orders, arrived(request.table, selection.arrivals), strict=True)
    return list_answer(request, facts, offset, selection.total, selection.after)


def happened_span(request: Request) -> Span:
    """The event times that are asked for."""
    start_us, end_us = request.values["startDate"], request.values["endDate"]
    return Span(start_us=FIRST_US if start_us is None else start_us, end_us=LAST_US + 1 if end_us is None else end_us)


def list_answer(
    request: Request,
    facts: Iterable[tuple[Order, StoredFact | None]],
    offset: int,
    total: int,
    after: Order | None,
) -> Answer:
    """`events` as far as they fit into one answer, where they lie in the list, and where it goes on: `after` them all.

    In place of an event that was erased or cannot be read there is None.
    """
    page = PageBuilder(request.limit)
    reached: Order | None = None
    for order, fact in facts:
        if fact is not None and not page.add(orjson.dumps(stored_event(fact))):
            after = reached
            break
        reached = order
    tenant = request.principal.app.tenant
    next_cursor = None if after is None else cursor(request.cursor_binding, tenant, position_of(after))
    return answer(
        200,
        {
            "status": "success",
            "message": f"{len(page.items)} events",
            "events": [orjson.Fragment(item) for item in page.items],
            "pagination": {
                "total": total,
                "totalPages": -(-total // request.limit),
                "currentPage": offset // request.limit + 1,
                "limit": request.limit,
            },
            "cursor": next_cursor,
        },
    )


def of_learner(request: Request, pks: Iterable[str], offset: int, after: Order | None) -> Answer:
    """A page of a learner's events, the latest first; a learner whose id is also an address has several timelines."""
    span = happened_span(request)
    start = keys.EVENT + key_parts.time_key(span.start_us)
    end = keys.EVENT + key_parts.time_key(span.end_us - 1) + key_parts.KEY_MAX
    sensor = request.text("sensor")
    if start > end:
        return list_answer(request, [], offset, 0, None)
    if after is not None:
        end = min(end, after[1] + key_parts.KEY_MAX)
    timelines = [
        rows(request.table, pk, start=start, end=end, descending=True, limit=offset + request.limit + COUNTED + 1)
        for pk in pks
    ]
    listed: list[tuple[Order, Row]] = []
    passed = 0
    for row in heapq.merge(*timelines, key=_place, reverse=True):
        if (
            "kind" in row
            or (sensor is not None and not is_from(row, sensor))
            or (after is not None and _place(row) >= after[1:])
        ):
            continue
        passed += 1
        if offset < passed <= offset + request.limit:
            listed.append(((-time_of(row), *_place(row)), row))
        if passed > offset + request.limit + COUNTED:
            break
    how = apart_from_slices()
    named = with_sensors(request.table, [row for _, row in listed])
    facts = [(order, next(how.facts([row]), None)) for (order, _), row in zip(listed, named, strict=True)]
    report(how.unreadable)
    return list_answer(request, facts, offset, passed, listed[-1][0] if passed > offset + request.limit else None)


def _place(row: Row) -> tuple[str, str]:
    return str(row[keys.SK]), str(row[keys.PK])


def learners(request: Request) -> set[str] | None:
    """The partitions of the learners that are asked for: by id, by address, or by both; None if none is."""
    tenant = request.principal.app.tenant
    actor, email = request.text("actorId"), request.text("actorEmail")
    if actor is None and email is None:
        return None
    ids = ids_of(request.registry_table, tenant, actor) if actor is not None else ()
    named = {keys.learner_pk(tenant, name) for name in ids}
    if email is None:
        return named
    mail = address(email.strip().replace(" ", "+"))  # a plus that was not percent-encoded arrives as a space
    addressed = {str(row[keys.PK]) for row in rows(request.table, keys.address_ref(tenant, mail), index=keys.BY_ID)}
    addressed |= {keys.learner_pk(tenant, iri) for iri in (mail, "urn:email:" + mail.removeprefix("mailto:"))}
    return addressed & named if actor is not None else addressed


def get_by_id(request: Request) -> Answer:
    """One event by its id, in any spelling. Of a conflict, the one that counts in every number."""
    path_id = request.path["externalId"]
    for spelling in dict.fromkeys((path_id, unquote(path_id), path_id + "/")):
        ref = keys.event_ref(request.principal.app.tenant, spelling.strip())
        events = [key for key in stored_under(request.table, ref) if is_event(key)]
        # Rows rather than keys: one of this service counts before any that a client sent under its id.
        facts = [fact_of_row(row) for row in request.table.get_all(events[-CONTENTS:]).values()] if events else []
        fact = min(facts, key=lambda fact: (not fact.entry.system, fact.entry.content), default=None)
        if fact is not None:
            event = stored_event(fact)
            body: StoredEventAnswer = {"status": "success", "message": "1 event", "event": event}
            return answer(200, body)
    message = (
        "No event has this id. If it was sent just now, GET /jobs/{jobId}/status says when it can be read. If the id "
        "holds `?` or `%`, a path does not carry it whole: ask GET /events?id= with the id percent-encoded."
    )
    return error(404, "unknown-event", message)
