"""Dialect B's reads: `GET /caliper/events` and `GET /caliper/events/{externalId}` (CONTRACT a.3, a.4).

    filter                        queries of a page                                  total
    none                          1 of counts, 4 of manifests, 1 BatchGet a hundred  exact, or more (see there)
    sensor, startDate, endDate    the same, and 1 a megabyte of manifests            exact up to 5,000 batches
    actorId, actorEmail           1 a megabyte of the learner's timeline             exact up to COUNTED past the page

Past that `total` is one more than was seen, so who follows the pages comes to the end. Dates are of `eventTime`, the
end exclusive; an event dated further ahead of its arrival than five minutes is found under dates only by luck.
"""

import heapq
import itertools
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

import orjson

from functions.core.ids import digest
from functions.core.times import FIRST_US, LAST_US
from functions.http.answers import Answer, answer, error
from functions.http.request import Request
from functions.query.events.by_id import is_event, stored_under
from functions.query.paging import Room
from functions.query.timeback.event_shape import stored_event
from functions.query.timeback.sent_list import Wanted, newest
from functions.store import keys
from functions.store.dynamodb.table import READ_BATCH, Row, rows
from functions.store.rows.events import address, stored_of

COUNTED = 5_000
DEEPEST = 20_000  # offset within one learner's events; a cursor of GET /events goes on from there
PARTITIONS = 22  # of learners who share an address, with the two that may be called by it


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
                "So many learners have this address that not all can be read: ask for one of them by `actorId`.",
            )
        found, total = of_learner(request, pks, offset, limit)
        return page(found, offset, limit, total)
    sensor = request.text("sensor")
    wanted = Wanted(
        sensor=None if sensor is None else digest(sensor),
        start_us=request.values["startDate"],
        end_us=request.values["endDate"],
    )
    there = newest(request.table, request.principal.app.tenant, wanted, offset=offset, limit=limit)
    return page(stored_rows(request, there.keys), offset, limit, there.total)


def page(found: Iterable[Row], offset: int, limit: int, total: int) -> Answer:
    """`events` as far as they fit into one answer, and where they stand among all."""
    room = Room(limit)
    for row in found:
        if not room.add(orjson.dumps(stored_event(stored_of(row)))):
            break
    return answer(
        200,
        {
            "status": "success",
            "message": f"{len(room.items)} events",
            "events": [orjson.Fragment(item) for item in room.items],
            "pagination": {
                "total": total,
                "totalPages": -(-total // limit),
                "currentPage": offset // limit + 1,
                "limit": limit,
            },
        },
    )


def stored_rows(request: Request, wanted: list[tuple[str, str]]) -> Iterator[Row]:
    """The rows at these keys, in this order, read as they are asked for."""
    for batch in itertools.batched(wanted, READ_BATCH, strict=False):
        there = request.table.get_all(batch)
        yield from (there[key] for key in batch if key in there)


def of_learner(request: Request, pks: Iterable[str], offset: int, limit: int) -> tuple[list[Row], int]:
    """The rows of a page of a learner's events, newest first, and how many events there are (at least)."""
    start_us, end_us = request.values["startDate"], request.values["endDate"]
    start = keys.EVENT + keys.instant(FIRST_US if start_us is None else start_us)
    end = keys.EVENT + keys.instant(LAST_US if end_us is None else end_us - 1) + keys.HIGHEST
    if start > end:
        return [], 0
    sensor = request.text("sensor")
    timelines = [rows(request.table, pk, start=start, end=end, descending=True) for pk in pks]
    found: list[Row] = []
    seen = 0
    for row in heapq.merge(*timelines, key=lambda row: str(row[keys.SK]), reverse=True):
        if "kind" in row or (sensor is not None and row.get("sensor", "") != sensor):
            continue
        seen += 1
        if offset < seen <= offset + limit:
            found.append(row)
        if seen > offset + limit + COUNTED:
            break
    return found, seen


def learners(request: Request) -> set[str]:
    """The partitions of the learners asked for: by id, by address, or by both."""
    tenant = request.principal.app.tenant
    actor, email = request.text("actorId"), request.text("actorEmail")
    by_id = {keys.learner_pk(tenant, actor)} if actor is not None else set()
    if email is None:
        return by_id
    mail = address(email.strip().replace(" ", "+"))  # a plus that was not percent-encoded arrives as a blank
    found = {str(row[keys.PK]) for row in rows(request.table, keys.address_ref(tenant, mail), index=keys.BY_ID)}
    found |= {keys.learner_pk(tenant, iri) for iri in (mail, "urn:email:" + mail.removeprefix("mailto:"))}
    return found & by_id if actor is not None else found


def get_one(request: Request) -> Answer:
    """One event by its id, in any spelling. Of a conflict, the one that counts in every number."""
    given = request.path["externalId"]
    for spelling in dict.fromkeys((given, unquote(given), given + "/")):
        ref = keys.event_ref(request.principal.app.tenant, spelling.strip())
        events = [key for key in stored_under(request.table, ref) if is_event(key)]
        counts = min(events, key=lambda key: key[1].rpartition("#")[2], default=None)
        row = request.table.get_all([counts]).get(counts) if counts is not None else None
        if row is not None:
            body = {"status": "success", "message": "1 event", "event": stored_event(stored_of(row))}
            return answer(200, body)
    message = (
        "No event has this id. It may still be on its way: GET /jobs/{jobId}/status tells. If the id holds `?` or `%`, "
        "a path does not carry it whole: ask GET /events?id= with the id percent-encoded."
    )
    return error(404, "unknown-event", message)
