"""The event reads of the TimeBack Caliper API: `GET /caliper/events` and `GET /caliper/events/{externalId}`.

    filter                        queries of a page                                  total
    none                          1 of counts, 4 of manifests, 1 BatchGet a hundred  exact, or more (see there)
    sensor, startDate, endDate    the same, and 1 a megabyte of manifests            exact up to 5,000 batches
    actorId, actorEmail           1 a megabyte of the learner's timeline             exact up to COUNTED past the page

Past that, `total` is one more than was counted, so that a client which follows the pages reaches the end. Dates are of
`eventTime`, the end exclusive; an event dated more than five minutes ahead of its arrival may be missing if dates are
asked for.
"""

import heapq
import itertools
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import unquote

import orjson

from functions.core.ids import digest
from functions.core.times import FIRST_US, LAST_US
from functions.http.answers import Answer, answer, error
from functions.http.page import PageBuilder
from functions.query.events.by_id import is_event, stored_under
from functions.query.request import Request
from functions.query.timeback.event_shape import stored_event
from functions.query.timeback.sent_list import Filter, newest
from functions.store import keys
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.table import READ_BATCH, Row, rows
from functions.store.rows.events import stored_of
from functions.store.rows.memberships import address

if TYPE_CHECKING:
    from functions.http.shapes.timeback import StoredEventAnswer

COUNTED = 5_000
DEEPEST = 20_000  # offset within one learner's events; a cursor of GET /events goes on from there
PARTITIONS = 22  # of learners who share an address, and the two whose id may be that address


def get_list(request: Request) -> Answer:
    limit, offset = request.limit, int(request.values["offset"])
    if request.text("actorId") is not None or request.text("actorEmail") is not None:
        if offset > DEEPEST:
            return error(
                400,
                "offset-too-deep",
                f"`offset` is over {DEEPEST} for one learner: narrow startDate and endDate, or follow the cursor of "
                "GET /events?actor=.",
            )
        pks = learners(request)
        if len(pks) > PARTITIONS:
            return error(
                422,
                "too-many-learners",
                "More learners have this address than one request can read: ask for one of them by `actorId`.",
            )
        selected, total = of_learner(request, pks, offset, limit)
        return list_answer(selected, offset, limit, total)
    sensor = request.text("sensor")
    wanted = Filter(
        sensor=None if sensor is None else digest(sensor),
        start_us=request.values["startDate"],
        end_us=request.values["endDate"],
    )
    selection = newest(request.table, request.principal.app.tenant, wanted, offset=offset, limit=limit)
    return list_answer(stored_rows(request, selection.keys), offset, limit, selection.total)


def list_answer(selected: Iterable[Row], offset: int, limit: int, total: int) -> Answer:
    """`events` as far as they fit into one answer, and where they lie in the whole list."""
    page = PageBuilder(limit)
    for row in selected:
        if not page.add(orjson.dumps(stored_event(stored_of(row)))):
            break
    return answer(
        200,
        {
            "status": "success",
            "message": f"{len(page.items)} events",
            "events": [orjson.Fragment(item) for item in page.items],
            "pagination": {
                "total": total,
                "totalPages": -(-total // limit),
                "currentPage": offset // limit + 1,
                "limit": limit,
            },
        },
    )


def stored_rows(request: Request, wanted: list[tuple[str, str]]) -> Iterator[Row]:
    """The rows with these keys, in this order, read as the iterator advances."""
    for batch in itertools.batched(wanted, READ_BATCH, strict=False):
        row_by_key = request.table.get_all(batch)
        yield from (row_by_key[key] for key in batch if key in row_by_key)


def of_learner(request: Request, pks: Iterable[str], offset: int, limit: int) -> tuple[list[Row], int]:
    """The rows of a page of a learner's events, newest first, and how many events there are (at least)."""
    start_us, end_us = request.values["startDate"], request.values["endDate"]
    start = keys.EVENT + key_parts.time_key(FIRST_US if start_us is None else start_us)
    end = keys.EVENT + key_parts.time_key(LAST_US if end_us is None else end_us - 1) + key_parts.KEY_MAX
    if start > end:
        return [], 0
    sensor = request.text("sensor")
    timelines = [rows(request.table, pk, start=start, end=end, descending=True) for pk in pks]
    selected: list[Row] = []
    counted = 0
    for row in heapq.merge(*timelines, key=lambda row: str(row[keys.SK]), reverse=True):
        if "kind" in row or (sensor is not None and row.get("sensor", "") != sensor):
            continue
        counted += 1
        if offset < counted <= offset + limit:
            selected.append(row)
        if counted > offset + limit + COUNTED:
            break
    return selected, counted


def learners(request: Request) -> set[str]:
    """The partitions of the learners that are asked for: by id, by address, or by both."""
    tenant = request.principal.app.tenant
    actor, email = request.text("actorId"), request.text("actorEmail")
    named = {keys.learner_pk(tenant, actor)} if actor is not None else set()
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
        counting = min(events, key=lambda key: key[1].rpartition("#")[2], default=None)
        row = request.table.get_all([counting]).get(counting) if counting is not None else None
        if row is not None:
            event = stored_event(stored_of(row))
            body: StoredEventAnswer = {"status": "success", "message": "1 event", "event": event}
            return answer(200, body)
    message = (
        "No event has this id. If it was sent just now, GET /jobs/{jobId}/status says when it can be read. If the id "
        "holds `?` or `%`, a path does not carry it whole: ask GET /events?id= with the id percent-encoded."
    )
    return error(404, "unknown-event", message)
