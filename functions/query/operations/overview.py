"""`GET /operations`: what waits, what was set aside, and how far the sweep is behind. For admins; it only reads.

It costs 2 calls to SQS and 1 receive, which leaves each dead letter visible, 2 reads of the table, and 1 query of each
shard of what is due.
"""

from typing import TYPE_CHECKING

from functions.core.message_format import Unreadable
from functions.core.messages import unpack
from functions.core.times import LAST_US, format_time
from functions.http.answers import Answer, answer
from functions.query.request import Request
from functions.store import keys
from functions.store.backlog import LAG, sweep_orders
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.attributes import number
from functions.store.queue import QueueReader, SetAside

if TYPE_CHECKING:
    from functions.http.shapes.console import KnownDeadLetter, Operations, SweepState, WaitingQueue

UNNOTED = (
    "It can be stored: AWS was failing or the processor was killed each time. Send it again with `make redrive`; "
    "nothing will be stored twice."
)


def get_operations(request: Request) -> Answer:
    queues = request.dependencies.open_queues()
    letters = queues.letters()
    body: Operations = {
        "queue": _queue(request, queues),
        "deadLetters": {"count": max(queues.set_aside(), len(letters)), "letters": [*map(_letter, letters)]},
        "sweep": _sweep(request),
        "checkedAt": format_time(request.now_us),
    }
    return answer(200, body)


def _queue(request: Request, queues: QueueReader) -> "WaitingQueue":
    # Keys of workers' notes begin with a time; those of the other rows there sort after every time.
    end = key_parts.time_key(LAST_US) + key_parts.KEY_MAX
    notes = request.table.query(LAG, end=end, descending=True, limit=1).rows
    if not notes:
        return {"waiting": queues.waiting(), "lastStoredAt": None, "oldestSeconds": None}
    note = notes[0]
    noted_us = number(note, "at")
    return {
        "waiting": queues.waiting(),
        "lastStoredAt": format_time(noted_us),
        "oldestSeconds": round((noted_us - number(note, "oldest")) / 1e6, 1),
    }


def _sweep(request: Request) -> "SweepState":
    """The timer that was due first of each shard, if it is due still."""
    due_us: list[int] = []
    for shard in keys.due_shards():
        end = key_parts.time_key(request.now_us) + key_parts.KEY_MAX
        page = request.table.query(shard, index=keys.BY_DUE, end=end, limit=1)
        due_us += [key_parts.time_from_key(str(row[keys.DUE_SK]).partition("#")[0]) for row in page.rows]
    lag_us = max(0, request.now_us - min(due_us, default=request.now_us))
    return {
        "overdueTimers": len(due_us),
        "lagSeconds": round(lag_us / 1e6, 1),
        "paused": sweep_orders(request.table, now_us=request.now_us).is_paused,
    }


def _letter(set_aside: SetAside) -> "KnownDeadLetter":
    """Counts and reasons only, never what learners did."""
    try:
        message = unpack(set_aside.body)
    except Unreadable as error:
        reason = f"It cannot be read: {set_aside.reason or error}. This version of the service did not write it."
        return {"receivedAt": None, "app": None, "items": None, "reason": reason}
    return {
        "receivedAt": format_time(message.received_us),
        "app": message.app_id,
        "items": len(message.items),
        "reason": set_aside.reason or UNNOTED,
    }
