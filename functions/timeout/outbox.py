"""Publishing sittings that ended: TimedOuts into the table and the queue, notices on the bus, session rows.

Every step may be repeated. A TimedOut has one id, one content and one time of arrival, that of its decision, so it is
stored once; the sweep stores it itself, so that the next fold has it, and the queue brings it to the archive. Notices
wait in the timer while the bus fails: no sitting waits for them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import replace
from typing import Any

import orjson

from functions.core.ids import content_digest
from functions.core.jobs import job_key
from functions.core.messages import Item, Message, pack, split_message
from functions.core.times import DAY_US
from functions.store.dynamodb.table import Key, Row, Table
from functions.store.registrations import Registration
from functions.store.rows.events import fact_of_item, row_of
from functions.store.rows.sessions import SessionRow, session_row
from functions.storing.pipeline import as_registered
from functions.timeout.context import Context
from functions.timeout.evaluation import Ending

WRITERS = 8
ENDINGS_AT_ONCE = 200
# Before they are packed, of a portion of endings and of the notices that wait for the bus when one is decided. Each
# identifier is in an ending five times, so packed it is a fifth at most: together 360 KB of the 400 that a row may have
# (DynamoDB).
ENDING_BYTES = NOTICE_BYTES = 600_000


def outbox_entry(events: Sequence[Mapping[str, Any]], *, now_us: int) -> Mapping[str, Any]:
    """An entry of a timer's outbox: TimedOuts that were decided together, and when."""
    return {"decided": now_us, "events": list(events)}


def portions(endings: Iterable[Ending]) -> Iterator[list[Ending]]:
    """Endings as they may be decided together: so few that the timer can hold them all."""
    portion: list[Ending] = []
    held_bytes = 0
    for ending in endings:
        ending_bytes = len(orjson.dumps((ending.event, ending.notices)))
        if portion and (len(portion) >= ENDINGS_AT_ONCE or held_bytes + ending_bytes > ENDING_BYTES):
            yield portion
            portion, held_bytes = [], 0
        portion.append(ending)
        held_bytes += ending_bytes
    if portion:
        yield portion


def publish(context: Context, *, tenant: str, app_id: str, entries: Sequence[Mapping[str, Any]]) -> bool:
    """Put the TimedOuts of an outbox into the table, then into the queue. False if SQS did not take all of them."""
    for entry in entries:
        message = _message(tenant, app_id, entry)
        registration = context.registrations.of(tenant, now_us=context.now_us)
        context.table.put_all(_rows(message, registration, retention_days=context.kept_days(tenant)))
        if context.queue.send([pack(part) for part in split_message(message)], group=tenant):
            return False
    return True


def _message(tenant: str, app_id: str, entry: Mapping[str, Any]) -> Message:
    decided_us = int(entry["decided"])
    return Message(
        tenant=tenant,
        app_id=app_id,
        job=job_key(decided_us, content_digest(entry["events"]).encode()),
        received_us=decided_us,
        system=True,
        items=[Item("event", orjson.dumps(event)) for event in entry["events"]],
    )


def _rows(message: Message, registration: Registration, *, retention_days: int) -> list[Row]:
    """As `process` will put them (functions.storing.write_set)."""
    message = as_registered(message, registration)
    expires_s = (message.received_us + retention_days * DAY_US) // 1_000_000
    facts = [fact_of_item(item, message) for item in message.items]
    return [row_of(fact, tenant=message.tenant, auto_attach=False, expires_s=expires_s) for fact in facts]


def store_sessions(table: Table, changed: Sequence[tuple[Key, SessionRow]], *, expires_s: int) -> bool:
    """Put session rows, each only over the version that it was computed from. False if one changed since."""

    def put(change: tuple[Key, SessionRow]) -> bool:
        key, session = change
        row = session_row(key, replace(session, version=session.version + 1), expires_s=expires_s)
        return table.put_if(row, session.version or None)

    if len(changed) < 2:
        return all(map(put, changed))
    with ThreadPoolExecutor(WRITERS) as pool:
        return all(list(pool.map(put, changed)))
