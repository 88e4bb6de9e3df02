"""`GET /events?id=`: all that arrived under one id. Normally one event; two contents are a conflict, and both shown.

One query of the index by id, one BatchGet a hundred rows. Rejected items that carried the id are shown beside it.
"""

from typing import Any

import orjson

from functions.aws import keys
from functions.aws.table import Row, Table
from functions.aws.timeline import Stored, stored_of
from functions.core.answers import Answer
from functions.core.apps import App
from functions.query.items import asked_for, attached, item
from functions.query.paging import Room, paged
from functions.query.rejections import rejection
from functions.query.request import Request

VERSIONS = 200  # of one id that are looked at: an entity may be described over and over
REJECTIONS = 10


def by_id(request: Request) -> Answer:
    """`{"events", "cursor", "conflict", "rejections"}`: a conflict is one id with events of different content."""
    beside: dict[str, Any] = {"conflict": False, "rejections": []}

    def read(request: Request, app: App, position: str, room: Room) -> str | None:
        identifier = request.text("id")
        assert identifier is not None
        facts, rejected = under_id(request.table, keys.event_ref(app.tenant, identifier))
        beside["conflict"] |= sum(fact.entry.attribution.kind == "event" for fact in facts) > 1
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


def under_id(table: Table, ref: str) -> tuple[list[Stored], list[Row]]:
    """The facts stored under an id, and the rejected items that carried it."""
    page = table.query(ref, index=keys.BY_ID, limit=VERSIONS)
    if not page.rows:
        return [], []
    found = table.get_all([(str(row[keys.PK]), str(row[keys.SK])) for row in page.rows])
    facts = [stored_of(row) for (_, sk), row in found.items() if sk.startswith(keys.EVENT)]
    rejected = [row for (pk, _), row in found.items() if "#X#" in pk]
    return facts, sorted(rejected, key=lambda row: str(row[keys.SK]), reverse=True)
