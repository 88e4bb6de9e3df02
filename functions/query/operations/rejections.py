"""`GET /rejections`: the rejected items of an app, newest first, with the reasons, ready to be corrected.

A page costs 8 queries, one a shard, of a quarter page each; one more for a shard that holds more of the newest.
"""

import heapq
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from functions.core import packing
from functions.core.apps import App
from functions.core.times import FIRST_US, LAST_US, format_time
from functions.http.answers import Answer
from functions.http.page import PageBuilder
from functions.query.events.rows import before
from functions.query.paging import paginate
from functions.query.request import Request
from functions.store import keys
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.table import Row, rows

POSITION = r"[0-9]{18}#[\w-]{22}"


def get_rejections(request: Request) -> Answer:
    return paginate(request, "rejections", of_app)


def of_app(request: Request, app: App, position: str, page: PageBuilder) -> str | None:
    last_added = position
    for row in newest(request, shards_of(app), position, batch=max(10, page.rows // 4)):
        if not page.add(rejection(row)):
            return last_added
        last_added = str(row[keys.SK])
    return None


def shards_of(app: App) -> list[str]:
    """The partitions in which an app's rejections lie."""
    return [keys.rejection_pk(app.tenant, shard) for shard in range(keys.REJECTION_SHARDS)]


def newest(request: Request, shards: Iterable[str], position: str, *, batch: int) -> Iterator[Row]:
    """Rows of these partitions from ≤ t < to, the time that their sort keys begin with, newest first.

    They are read as the iterator advances.
    """
    start = key_parts.time_key(FIRST_US if request.from_us is None else request.from_us)
    end = key_parts.time_key(LAST_US if request.to_us is None else request.to_us - 1) + key_parts.KEY_MAX
    if position:
        end = min(end, before(position))
    if start > end:
        return iter(())
    lists = [rows(request.table, pk, start=start, end=end, descending=True, limit=batch) for pk in shards]
    return heapq.merge(*lists, key=lambda row: str(row[keys.SK]), reverse=True)


def rejection(row: Row) -> bytes:
    """A row of `rejections`."""
    return orjson.dumps(rejection_shape(row))


def rejection_shape(row: Row) -> dict[str, Any]:
    """The item as it was sent (byte for byte, as text if it is not JSON), and what was wrong with it."""
    body, reasons = row["body"], row["reasons"]
    assert isinstance(body, bytes)
    assert isinstance(reasons, bytes)
    raw = packing.decompress(body)
    return {
        "item": orjson.Fragment(raw) if is_json(raw) else raw.decode("utf-8", "replace"),
        "findings": orjson.Fragment(packing.decompress(reasons)),
        "receivedAt": format_time(int(str(row["received"]))),
        "app": row["app"],
        "jobId": row["job"],
        "index": row["index"],
        "dataVersion": row["version"],
    }


def is_json(raw: bytes) -> bool:
    try:
        orjson.loads(raw)
    except orjson.JSONDecodeError:
        return False
    return True
