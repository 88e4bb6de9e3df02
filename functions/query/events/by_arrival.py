"""`GET /arrivals`: what an app just sent, newest arrival first, stored and rejected items together, without a gap.

Two lists are merged as they are read: the manifests of stored events, by their arrival, and the rejections. A page
costs 1 query of the counts by day, 4 of the pointers of each month that it touches, 8 of rejections, 1 BatchGet of
manifests, and 1 a hundred events. Events of one manifest stand together, where the first of them arrived.
"""

import heapq
from collections.abc import Iterator
from itertools import islice

import orjson
from msgspec import Struct

from functions.core.apps import App
from functions.core.times import FIRST_US, LAST_US, day_of, format_time
from functions.http.answers import Answer
from functions.http.page import ANSWER_BYTES, PageBuilder
from functions.query.events.request_window import before
from functions.query.operations import rejections
from functions.query.paging import paginate
from functions.query.request import Request
from functions.store import keys
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.table import READ_BATCH, Key, Row, rows
from functions.store.quarantine.rejections import Rejection
from functions.store.rows.events import fact_of_row
from functions.store.rows.manifests import Arrival, Manifest, pointed_at, span_us
from functions.store.sent.days import received_by_day

POSITION = rf"{rejections.POSITION}|[0-9]{{18}}#[0-9]{{6}}#[0-9]#[0-9]{{18}}#[\w-]{{22}}\|[0-9]{{1,6}}"
POINTERS_AT_ONCE = 25  # of each shard
FIRST_MANIFESTS = 8  # of a BatchGet, doubled with each

type Source = tuple[str, Row | Rejection]  # its place, and a manifest or a rejected item


class Candidate(Struct, frozen=True):
    """One row of the answer before events are read. `position` continues the list after it."""

    position: str
    name: str
    event: Key | None
    rejected: Rejection | None = None
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


def _candidates(request: Request, app: App, position: str, most: int) -> tuple[list[Candidate], bool]:
    """At most `most` candidates, and whether the list ends with them."""
    place, _, skipped = position.partition("|")
    outcome = request.text("outcome")
    sources: list[Iterator[Source]] = []
    if outcome != "rejected":
        sources.append(_manifests(request, app, place, inclusive=bool(skipped)))
    if outcome != "accepted":
        sources.append(rejections.newest_items(request, app, place, batch=max(10, most // 4)))
    candidates: list[Candidate] = []
    rejected_bytes = 0
    for sk, source in heapq.merge(*sources, key=lambda source: source[0].partition("@")[0], reverse=True):
        if len(candidates) == most or rejected_bytes >= ANSWER_BYTES:
            return candidates, False
        if isinstance(source, Rejection):
            rejected_bytes += len(source.raw)
            candidates.append(Candidate(sk, sk, None, source))
            continue
        arrivals = _newest_last(request, source)
        added = int(skipped) if sk == place and skipped else 0
        for taken in range(added, len(arrivals)):
            if len(candidates) == most:
                return candidates, False
            index = len(arrivals) - 1 - taken
            arrival = arrivals[index]
            candidates.append(
                Candidate(f"{sk}|{taken + 1}", f"{sk}|{index}", arrival.key, received_us=arrival.received_us)
            )
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
                yield str(pointer[keys.SK]), held[key]
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
    arrivals = [arrival for arrival in Manifest(manifest).arrivals() if first_us <= arrival.received_us < end_us]
    return sorted(arrivals, key=lambda arrival: (arrival.received_us, arrival.key))


def _item(candidate: Candidate, held: dict[Key, Row]) -> bytes | None:
    """A row of `arrivals`, or None if the event is no longer kept."""
    if candidate.rejected is not None:
        nothing = {"actor": None, "session": None, "run": None}
        shape = rejections.shape_of(candidate.rejected, {})
        rejected = {name: value for name, value in shape.items() if name not in ("sensor", "state")}
        return orjson.dumps({"key": candidate.name, "outcome": "rejected", **nothing, **rejected})
    assert candidate.event is not None
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
