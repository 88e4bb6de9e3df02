"""`GET /events?id=`: all that arrived under one id. Normally one event; two contents are a conflict, and both shown.

One query of the index by id, one BatchGet a hundred rows; four queries of manifests for how often an event arrived.
Rejected items that carried the id are shown beside it.
"""

from collections.abc import Sequence
from typing import Any

import orjson

from functions.aws import keys
from functions.aws.facts import Stored, stored_of
from functions.aws.table import Row, Table
from functions.aws.timeline import day_span_us
from functions.core import packing
from functions.core.answers import Answer
from functions.core.apps import App
from functions.core.times import MINUTE_US, day_of, format_time
from functions.query.items import asked_for, attached, item
from functions.query.paging import Room, paged
from functions.query.rejections import rejection
from functions.query.request import Request

VERSIONS = 200  # of one id that are looked at: an entity may be described over and over
REJECTIONS = 10
MANIFESTS = 10  # of each shard that are looked at
LATER_US = 15 * MINUTE_US  # a batch's manifest is dated by the latest arrival in the batch


def by_id(request: Request) -> Answer:
    """`{"events", "cursor", "conflict", "arrivals", "rejections"}`: a conflict is one id with different contents."""
    beside: dict[str, Any] = {"conflict": False, "arrivals": None, "rejections": []}

    def read(request: Request, app: App, position: str, room: Room) -> str | None:
        identifier = request.text("id")
        assert identifier is not None
        facts, rejected = under_id(request.table, keys.event_ref(app.tenant, identifier))
        events = [fact for fact in facts if fact.entry.attribution.kind == "event"]
        beside["conflict"] |= len(events) > 1
        if events:
            beside["arrivals"] = arrivals(request.table, app.tenant, events)
        beside["rejections"] += [orjson.Fragment(rejection(row)) for row in rejected[:REJECTIONS]]
        at = position
        for fact in sorted(facts, key=lambda fact: fact.sk, reverse=request.descending):
            sk = fact.sk
            if position and (sk >= position if request.descending else sk <= position):
                continue
            if not asked_for(request, fact):
                continue
            if not room.add(item(fact, attached(request, [fact], tenant=app.tenant))):
                return at
            at = sk
        return None

    return paged(request, "events", read, beside=beside)


def arrivals(table: Table, tenant: str, events: Sequence[Stored]) -> dict[str, Any]:
    """How often events arrived, as far as manifests are looked at: back to `since` from the last arrival on.

    The row of an event tells its last arrival only, and what came before that in the archive. A batch that SQS
    delivered again in other company counts again.
    """
    last_us = max(fact.entry.received_us for fact in events)
    wanted = {(fact.pk.partition("#")[2], fact.sk) for fact in events}
    end = keys.instant(last_us + LATER_US) + keys.HIGHEST
    since_us = day_span_us(day_of(last_us))[0]
    count = 0
    for shard in range(keys.MANIFEST_SHARDS):
        pk = keys.manifest_pk(tenant, day_of(last_us), shard)
        page = table.query(pk, end=end, descending=True, limit=MANIFESTS)
        for row in page.rows:
            body = row["keys"]
            assert isinstance(body, bytes)
            count += sum((place, sk) in wanted for place, sk, _ in orjson.loads(packing.expand(body)))
        if page.next_key is not None:
            since_us = max(since_us, keys.instant_us(str(page.rows[-1][keys.SK]).partition("#")[0]))
    return {"count": max(count, len(events)), "since": format_time(min(since_us, last_us))}


def under_id(table: Table, ref: str) -> tuple[list[Stored], list[Row]]:
    """The facts stored under an id, and the rejected items that carried it."""
    page = table.query(ref, index=keys.BY_ID, limit=VERSIONS)
    if not page.rows:
        return [], []
    found = table.get_all([(str(row[keys.PK]), str(row[keys.SK])) for row in page.rows])
    facts = [stored_of(row) for (_, sk), row in found.items() if sk.startswith(keys.EVENT)]
    rejected = [row for (pk, _), row in found.items() if "#X#" in pk]
    return facts, sorted(rejected, key=lambda row: str(row[keys.SK]), reverse=True)
