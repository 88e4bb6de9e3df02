"""`GET /events?id=`: all that arrived under one id. Normally one event; two contents are a conflict, and both shown.

Two queries of the index by id (what is stored, what was rejected), one BatchGet a hundred rows; four queries of
manifests for how often an event arrived.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from functions.core import packing
from functions.core.apps import App
from functions.core.ids import id_digest
from functions.core.times import MINUTE_US, day_of, format_time
from functions.http.answers import Answer
from functions.http.page import PageBuilder as Room
from functions.query.events.rows import asked_for, item
from functions.query.operations.rejections import rejection
from functions.query.paging import paginate as paged
from functions.query.request import Request
from functions.query.sessions.folding import apart_from_slices, attached, report
from functions.store import keys
from functions.store.days import day_span_us
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.table import Key, Row, Table, key_of, rows
from functions.store.rows.events import Stored

VERSIONS = 200  # of one id that a page looks at: an entity may be described over and over
REJECTIONS = 10
MANIFESTS = 10  # of each shard that are looked at
LATER_US = 15 * MINUTE_US  # a batch's manifest is dated by the latest arrival in the batch


def by_id(request: Request) -> Answer:
    """`{"events", "cursor", "conflict", "arrivals", "rejections"}`: a conflict is one id with different contents.

    What stands beside the events is of the apps that the page holds.
    """
    beside: dict[str, Any] = {"conflict": False, "arrivals": None, "rejections": []}
    arrived: list[tuple[int, int]] = []

    def read(request: Request, app: App, position: str, room: Room) -> str | None:
        identifier = request.text("id")
        assert identifier is not None
        stored = stored_under(request.table, keys.event_ref(app.tenant, identifier))
        events = [key for key in stored if is_event(key)]
        rejected = rejected_under(request.table, keys.rejection_ref(app.tenant, id_digest(identifier)))
        waiting = after(position, stored, descending=request.descending)
        wanted = [*waiting[:VERSIONS], *events[-VERSIONS:], *rejected]
        there = request.table.get_all(wanted) if wanted else {}
        beside["conflict"] |= len(events) > 1
        beside["rejections"] += [orjson.Fragment(rejection(there[key])) for key in rejected if key in there]
        last_us = max((int(str(there[key]["received"])) for key in events[-VERSIONS:] if key in there), default=None)
        if last_us is not None:
            arrived.append(arrivals(request.table, app.tenant, events, last_us))
            count, since_us = sum(count for count, _ in arrived), max(since_us for _, since_us in arrived)
            beside["arrivals"] = {"count": count, "since": format_time(since_us)}
        at = position
        facts = readable(waiting[:VERSIONS], there)
        shown = [fact for fact in facts.values() if asked_for(request, fact)]
        sessions = attached_to(request, shown[: room.rows])
        for key in waiting[:VERSIONS]:
            fact = facts.get(key)
            if fact is not None and asked_for(request, fact) and not room.add(item(fact, sessions.get(key[0], {}))):
                return at
            at = key[1]
        return at if len(waiting) > VERSIONS else None

    return paged(request, "events", read, extra=beside)


def readable(wanted: Sequence[Key], there: Mapping[Key, Row]) -> dict[Key, Stored]:
    """The facts at these places, in their order; one that cannot be read is reported and left out."""
    how = apart_from_slices()
    facts = how.facts(there[key] for key in wanted if key in there)
    found = {(fact.pk, fact.sk): fact for fact in facts}
    report(how.unreadable)
    return found


def attached_to(request: Request, facts: Iterable[Stored]) -> dict[str, dict[str, str]]:
    """For each partition, event id → session, for events that name none."""
    by_pk: dict[str, list[Stored]] = defaultdict(list)
    for fact in facts:
        by_pk[fact.pk].append(fact)
    return {pk: attached(request, some) for pk, some in by_pk.items()}


def arrivals(table: Table, tenant: str, events: Sequence[Key], last_us: int) -> tuple[int, int]:
    """How often events arrived that came last at `last_us`, and since when none is left out.

    As far as manifests are looked at: the row of an event tells its last arrival only, and what came before that day in
    the archive. A batch that SQS delivered again in other company counts again.
    """
    wanted = {(keys.place_of(pk), sk) for pk, sk in events}
    end = key_parts.time_key(last_us + LATER_US) + key_parts.KEY_MAX
    since_us = day_span_us(day_of(last_us))[0]
    count = 0
    for day in dict.fromkeys((day_of(last_us), day_of(last_us + LATER_US))):
        for shard in range(keys.MANIFEST_SHARDS):
            page = table.query(keys.manifest_pk(tenant, day, shard), end=end, descending=True, limit=MANIFESTS)
            for row in page.rows:
                body = row["keys"]
                assert isinstance(body, bytes)
                count += sum((place, sk) in wanted for place, sk, _ in orjson.loads(packing.decompress(body)))
            if page.next_key is not None:
                since_us = max(since_us, key_parts.time_from_key(str(page.rows[-1][keys.SK]).partition("#")[0]))
    return max(count, len(events)), min(since_us, last_us)


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


def rejected_under(table: Table, ref: str) -> list[Key]:
    """The newest of the rejected items that carried an id, among the first megabyte of them (6,000 or so)."""
    found = (key_of(row) for row in table.query(ref, index=keys.BY_ID).rows)
    return sorted(found, key=lambda key: key[1], reverse=True)[:REJECTIONS]
