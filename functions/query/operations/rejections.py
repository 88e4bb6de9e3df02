"""`GET /rejections`: the rejected items of an app, newest request first, with the reasons, ready to be corrected.

A page costs 8 queries, one a shard, of a quarter page each; one more for a shard that holds more of the newest; and a
BatchGet of their marks for a hundred items. One answer reads ROWS_READ rows at most, each with the items of a message.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, cast

import orjson

from functions.core.apps import App
from functions.core.times import format_time
from functions.http.answers import Answer
from functions.http.page import ANSWER_BYTES, PageBuilder
from functions.query.paging import paginate
from functions.query.request import Request
from functions.store import keys
from functions.store.dynamodb.newest import newest_rows
from functions.store.quarantine.listing import shards_of
from functions.store.quarantine.marks import Mark, marks_on, state_of
from functions.store.quarantine.rejections import Rejection, from_row

if TYPE_CHECKING:
    from functions.http.shapes.findings import Finding
    from functions.http.shapes.findings import Rejection as RejectionShape

POSITION = r"[0-9]{18}#[\w-]{22}(?:#[\w-]{22})?(?:@[0-9]{5})?"  # one of an earlier version names a row alone
ROWS_READ = 200

type Placed = tuple[str, Rejection | None]


def get_rejections(request: Request) -> Answer:
    return paginate(request, "rejections", of_app)


def of_app(request: Request, app: App, position: str, page: PageBuilder) -> str | None:
    state = request.text("state")
    reached = position
    for part in _parts(_asked_for(request, app, position, page.rows), page.rows + 1):
        marks = marks_on(request.table, [item for _, item in part if item is not None])
        for place, item in part:
            wanted = item is not None and (state is None or state_of(item, marks) == state)
            if item is not None and wanted and not page.add(orjson.dumps(shape_of(item, marks))):
                return reached
            reached = place
        if part[-1][1] is None:
            return reached
    return None


def _asked_for(request: Request, app: App, position: str, page_rows: int) -> Iterator[Placed]:
    """The items after a position with the code that is asked for, each with its own; no item if the reading ends."""
    code = request.text("code")
    last_sk = ""
    read = 0
    for place, item in newest_items(request, app, position, batch=max(10, page_rows // 4)):
        sk = place.partition("@")[0]
        read += sk != last_sk
        last_sk = sk
        if read > ROWS_READ:
            yield position, None
            return
        position = place
        if code is None or has_code(item, code):
            yield place, item


def newest_items(request: Request, app: App, position: str, *, batch: int) -> Iterator[tuple[str, Rejection]]:
    """The rejected items received from ≤ t < to, newest request first, after `position`; each with its own position."""
    last_sk, _, last_index = position.partition("@")
    rows = newest_rows(
        request.table,
        shards_of(app.tenant),
        from_us=request.from_us,
        to_us=request.to_us,
        through=last_sk,
        batch=batch,
    )
    for row in rows:
        sk = str(row[keys.SK])
        for item in from_row(row):
            if sk != last_sk or (last_index and item.index > int(last_index)):
                yield f"{sk}@{item.index:05d}", item


def _parts(items: Iterable[Placed], size: int) -> Iterator[list[Placed]]:
    """`size` items at a time, fewer if they are large."""
    part: list[Placed] = []
    raw_bytes = 0
    for place, item in items:
        part.append((place, item))
        raw_bytes += 0 if item is None else len(item.raw)
        if len(part) >= size or raw_bytes >= ANSWER_BYTES:
            yield part
            part, raw_bytes = [], 0
    if part:
        yield part


def has_code(rejected: Rejection, code: str) -> bool:
    """Whether an error of this code is among the reasons."""
    return any(finding["code"] == code for finding in rejected.findings)


def shape_of(rejected: Rejection, marks: Mapping[str, Mark]) -> "RejectionShape":
    """A row of `rejections`: the item as it was sent (as text if it is not JSON), and what was wrong with it."""
    raw = rejected.raw
    return {
        "item": orjson.Fragment(raw) if is_json(raw) else raw.decode("utf-8", "replace"),
        "findings": cast("list[Finding]", list(rejected.findings)),
        "receivedAt": format_time(rejected.received_us),
        "app": rejected.app_id,
        "jobId": rejected.job,
        "index": rejected.index,
        "dataVersion": rejected.data_version,
        "sensor": rejected.sensor or None,
        "state": state_of(rejected, marks),
    }


def is_json(raw: bytes) -> bool:
    try:
        orjson.loads(raw)
    except orjson.JSONDecodeError:
        return False
    return True
