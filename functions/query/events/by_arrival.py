"""`GET /arrivals`: what an app just sent, newest arrival first, stored and rejected items together, without a gap.

Two lists are merged as they are read: the manifests of stored events, by their arrival, and the rejections. A page
costs 1 query of the counts by day, 4 of the pointers of each month that it touches, 8 of rejections, 1 BatchGet of
manifests, and 1 a hundred events. Events of one manifest stand together, where the first of them arrived.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import orjson

from functions.core.apps import App
from functions.core.times import FIRST_US, LAST_US, day_of, format_time
from functions.http.answers import Answer
from functions.http.page import PageBuilder
from functions.query.events.rows import before
from functions.query.operations import rejections
from functions.query.paging import paginate
from functions.query.request import Request
from functions.store import keys
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.table import READ_BATCH, Key, Row, rows
from functions.store.rows.events import fact_of_row
from functions.store.rows.manifests import Arrival, Manifest, pointed_at, span_us
from functions.store.sent.days import received_by_day

POSITION = r"[0-9]{18}#(?:[\w-]{22}|[0-9]{6}#[0-9]#[0-9]{18}#[\w-]{22}\|[0-9]{1,6})"
POINTERS_AT_ONCE = 25  # of each shard
FIRST_MANIFESTS = 8  # of a BatchGet, doubled with each

type Source = tuple[str, bool, Row]  # its place, whether it is a manifest, and its row


@dataclass(frozen=True, slots=True)
class Candidate:
    """One row of the answer before events are read. `position` continues the list after it."""

    position: str
    name: str
    event: Key | None
    row: Row
    received_us: int = LAST_US


def get_arrivals(request: Request) -> Answer:
    return paginate(request, "arrivals", of_app)


def of_app(request: Request, app: App, position: str, page: PageBuilder) -> str | None:
    """Add the items that arrived before `position`: a row's place, and how many of a manifest were added already."""
    candidates, ended = _candidates(request, app, position, page.rows)
    wanted = {candidate.event for candidate in candidates if candidate.event is not None}
    held = request.table.get_all(wanted) if wanted else {}
    last_added = position
    for candidate in candidates:
        item = _item(candidate, held)
        if item is not None and not page.add(item):
            return last_added
        last_added = candidate.position
    return None if ended else last_added


def _candidates(request: Request, app: App, position: str, builder: int) -> tuple[list[Candidate], bool]:
    """At most `builder` candidates, and whether the list ends with them."""
    place, _, skipped = position.partition("|")
    outcome = request.text("outcome")
    sources: list[Iterator[Source]] = []
    if outcome != "rejected":
        sources.append(_manifests(request, app, place, inclusive=bool(skipped)))
    if outcome != "accepted":
        shards = rejections.shards_of(app)
        rejected = rejections.newest(request, shards, place, batch=max(10, builder // 4))
        sources.append((str(row[keys.SK]), False, row) for row in rejected)
    candidates: list[Candidate] = []
    for sk, is_manifest, row in heapq.merge(*sources, key=lambda source: source[0], reverse=True):
        if len(candidates) == builder:
            return candidates, False
        if not is_manifest:
            candidates.append(Candidate(sk, sk, None, row))
            continue
        arrivals = _newest_last(request, row)
        added = int(skipped) if sk == place and skipped else 0
        for taken in range(added, len(arrivals)):
            if len(candidates) == builder:
                return candidates, False
            index = len(arrivals) - 1 - taken
            arrival = arrivals[index]
            candidates.append(Candidate(f"{sk}|{taken + 1}", f"{sk}|{index}", arrival.key, row, arrival.received_us))
    return candidates, True


def _manifests(request: Request, app: App, place: str, *, inclusive: bool) -> Iterator[Source]:
    """The manifests that arrived from ≤ t < to, newest first, and before `place`, or at it if `inclusive`."""
    first_us = FIRST_US if request.from_us is None else request.from_us
    start = key_parts.time_key(max(span_us(first_us)[0], FIRST_US))  # where a manifest may begin that reaches so far
    end = key_parts.time_key(LAST_US if request.to_us is None else request.to_us - 1) + key_parts.KEY_MAX
    if place:
        end = min(end, place if inclusive else before(place))
    if start > end:
        return
    pointers = _pointers(request, app, start, end)
    size = FIRST_MANIFESTS
    while batch := list(islice(pointers, size)):
        places = [pointed_at(pointer)[1] for pointer in batch]
        held = request.table.get_all(places, consistent=False)
        for pointer, key in zip(batch, places, strict=True):
            if key in held:
                yield str(pointer[keys.SK]), True, held[key]
        size = min(2 * size, READ_BATCH)


def _pointers(request: Request, app: App, start: str, end: str) -> Iterator[Row]:
    """The pointers to manifests between two sort keys, the newest first, month by month."""
    first_month, last_month = (day_of(key_parts.time_from_key(sk[:18]))[:6] for sk in (start, end))
    for month in dict.fromkeys(day[:6] for day in received_by_day(request.table, app.tenant)):
        if first_month <= month <= last_month:
            shards = [
                rows(
                    request.table,
                    keys.arrival_pk(app.tenant, month, shard),
                    start=start,
                    end=end,
                    descending=True,
                    limit=POINTERS_AT_ONCE,
                )
                for shard in range(keys.MANIFEST_SHARDS)
            ]
            yield from heapq.merge(*shards, key=lambda row: str(row[keys.SK]), reverse=True)


def _newest_last(request: Request, manifest: Row) -> list[Arrival]:
    """The arrivals of a manifest that are asked for, by arrival."""
    first_us = FIRST_US if request.from_us is None else request.from_us
    end_us = LAST_US + 1 if request.to_us is None else request.to_us
    asked = [arrival for arrival in Manifest(manifest).arrivals() if first_us <= arrival.received_us < end_us]
    return sorted(asked, key=lambda arrival: (arrival.received_us, arrival.key))


def _item(candidate: Candidate, held: dict[Key, Row]) -> bytes | None:
    """A row of `arrivals`, or None if the event is no longer kept."""
    if candidate.event is None:
        nothing = {"actor": None, "session": None, "run": None}
        rejected = rejections.rejection_shape(candidate.row)
        return orjson.dumps({"key": candidate.name, "outcome": "rejected", **nothing, **rejected})
    row = held.get(candidate.event)
    if row is None:
        return None
    fact = fact_of_row(row)
    attribution = fact.entry.attribution
    return orjson.dumps(
        {
            "key": candidate.name,
            "outcome": "accepted",
            "item": orjson.Fragment(fact.raw),
            "findings": list(fact.warnings),
            # The row of an event keeps its last arrival only; this may be an earlier one.
            "receivedAt": format_time(min(fact.entry.received_us, candidate.received_us)),
            "actor": attribution.learner,
            "session": attribution.session,
            "run": attribution.run,
            "app": fact.app_id,
            "jobId": fact.job,
            "index": None,
            "dataVersion": None,
        }
    )
