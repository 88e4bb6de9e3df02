"""`GET /arrivals`: what an app just sent, newest arrival first, stored and rejected items together, without a gap.

Two lists are merged as they are read: the manifests of stored events, day by day, and the rejections. A page costs 1
query of the counts by day, 4 of the manifests of each day that it touches, 8 of rejections, and 1 BatchGet a hundred
events. Events of one batch stand together, at the latest arrival of the batch.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from functions.core.apps import App
from functions.core.times import FIRST_US, LAST_US, day_of, format_time
from functions.http.answers import Answer
from functions.http.page import PageBuilder
from functions.query.events.rows import before
from functions.query.operations import rejections
from functions.query.paging import paginate
from functions.query.request import Request
from functions.query.timeback.sent_list import sent_by_day
from functions.store import keys
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.table import Key, Row, rows
from functions.store.rows import manifests
from functions.store.rows.events import stored_of

POSITION = r"[0-9]{18}#[\w-]{22}(\|[0-9]{1,6})?"
MANIFESTS_AT_ONCE = 25

type Source = tuple[str, bool, Row]  # its place, whether it is a manifest, and its row


@dataclass(frozen=True, slots=True)
class Candidate:
    """One row of the answer before events are read. `position` continues the list after it."""

    position: str
    name: str
    event: Key | None
    row: Row


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


def _candidates(request: Request, app: App, position: str, room: int) -> tuple[list[Candidate], bool]:
    """At most `room` candidates, and whether the list ends with them."""
    place, _, skipped = position.partition("|")
    outcome = request.text("outcome")
    sources: list[Iterator[Source]] = []
    if outcome != "rejected":
        sources.append(_manifests(request, app, place, inclusive=bool(skipped)))
    if outcome != "accepted":
        shards = rejections.shards_of(app)
        rejected = rejections.newest(request, shards, place, batch=max(10, room // 4))
        sources.append((str(row[keys.SK]), False, row) for row in rejected)
    candidates: list[Candidate] = []
    for sk, is_manifest, row in heapq.merge(*sources, key=lambda source: source[0], reverse=True):
        if len(candidates) == room:
            return candidates, False
        if not is_manifest:
            candidates.append(Candidate(sk, sk, None, row))
            continue
        entries = manifests.from_row(row).entries()
        added = int(skipped) if sk == place and skipped else 0
        for taken in range(added, len(entries)):
            if len(candidates) == room:
                return candidates, False
            index = len(entries) - 1 - taken
            candidates.append(Candidate(f"{sk}|{taken + 1}", f"{sk}|{index}", entries[index].key, row))
    return candidates, True


def _manifests(request: Request, app: App, place: str, *, inclusive: bool) -> Iterator[Source]:
    """The manifests that arrived from ≤ t < to, newest first, and before `place`, or at it if `inclusive`."""
    start = key_parts.time_key(FIRST_US if request.from_us is None else request.from_us)
    end = key_parts.time_key(LAST_US if request.to_us is None else request.to_us - 1) + key_parts.KEY_MAX
    if place:
        end = min(end, place if inclusive else before(place))
    if start > end:
        return
    first_day, last_day = day_of(key_parts.time_from_key(start)), day_of(key_parts.time_from_key(end[:18]))
    for day in sent_by_day(request.table, app.tenant):
        if not first_day <= day <= last_day:
            continue
        shards = [
            rows(
                request.table,
                keys.manifest_pk(app.tenant, day, shard),
                start=start,
                end=end,
                descending=True,
                limit=MANIFESTS_AT_ONCE,
            )
            for shard in range(keys.MANIFEST_SHARDS)
        ]
        for row in heapq.merge(*shards, key=lambda row: str(row[keys.SK]), reverse=True):
            yield str(row[keys.SK]), True, row


def _item(candidate: Candidate, held: dict[Key, Row]) -> bytes | None:
    """A row of `arrivals`, or None if the event is no longer kept."""
    if candidate.event is None:
        nothing = {"actor": None, "session": None, "run": None}
        rejected = rejections.rejection_shape(candidate.row)
        return orjson.dumps({"key": candidate.name, "outcome": "rejected", **nothing, **rejected})
    row = held.get(candidate.event)
    if row is None:
        return None
    fact = stored_of(row)
    attribution = fact.entry.attribution
    arrived_us = key_parts.time_from_key(str(candidate.row[keys.SK]).partition("#")[0])
    return orjson.dumps(
        {
            "key": candidate.name,
            "outcome": "accepted",
            "item": orjson.Fragment(fact.raw),
            "findings": list(fact.warnings),
            # The row of an event keeps its last arrival only; this may be an earlier one.
            "receivedAt": format_time(min(fact.entry.received_us, arrived_us)),
            "actor": attribution.learner,
            "session": attribution.session,
            "run": attribution.run,
            "app": fact.app_id,
            "jobId": fact.job,
            "index": None,
            "dataVersion": None,
        }
    )
