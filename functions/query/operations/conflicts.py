"""`GET /conflicts`: event ids that an app sent with two contents, newest first by the time of the event.

A page costs 8 queries, one a shard; another where one shard holds more of the newest. Numbers count one content of an
id, the same one everywhere; listed is each other one. `GET /events?id=` shows all of them.
"""

import orjson

from functions.core.apps import App
from functions.core.times import format_time
from functions.http.answers import Answer
from functions.http.page import PageBuilder
from functions.query.events.request_window import before
from functions.query.paging import paginate
from functions.query.request import Request
from functions.store import keys
from functions.store.dynamodb.newest import newest_rows
from functions.store.dynamodb.table import Row
from functions.store.rows.conflicts import from_row

POSITION = r"[0-9]{18}#[\w-]{22}#[\w-]{22}"


def get_conflicts(request: Request) -> Answer:
    """A page of conflicts."""
    return paginate(request, "conflicts", of_app)


def of_app(request: Request, app: App, position: str, page: PageBuilder) -> str | None:
    """Adds those of one app to a page; where it goes on."""
    last_added = position
    shards = [keys.conflict_pk(app.tenant, shard) for shard in range(keys.CONFLICT_SHARDS)]
    newest = newest_rows(
        request.table,
        shards,
        from_us=request.from_us,
        to_us=request.to_us,
        through=before(position) if position else "",
        batch=max(10, page.rows // 4),
    )
    for row in newest:
        if not page.add(conflict(row)):
            return last_added
        last_added = str(row[keys.SK])
    return None


def conflict(row: Row) -> bytes:
    """A row of `conflicts`."""
    stored = from_row(row)
    return orjson.dumps(
        {
            "id": stored.id,
            "app": stored.app_id,
            "eventTime": format_time(stored.time_us),
            "receivedAt": format_time(stored.received_us),
        }
    )
