"""Attempts of deliveries as rows of the events table: what was tried and what came of it, for some days.

They hold no event: a webhook's page shows them, and a retry finds by them which lines of which object it means.
"""

from msgspec import Struct

from functions.core.times import DAY_US
from functions.store import keys
from functions.store.dynamodb.attributes import number, text
from functions.store.dynamodb.key_parts import time_from_key, time_key
from functions.store.dynamodb.row import Row
from functions.store.webhooks import keys as webhook_keys

KEPT_US = 30 * DAY_US


class Attempt(Struct, frozen=True, kw_only=True):
    """One POST. `status` 0: there was no answer, and `error` says why. Lines are those of a `Delivery`."""

    tenant: str
    webhook: str
    time_us: int
    message_id: str
    status: int
    error: str = ""
    duration_ms: int
    events: int
    number: int
    next_us: int | None = None
    key: str = ""
    first: int = 0
    last: int = 0

    @property
    def delivered(self) -> bool:
        return 200 <= self.status < 300


def attempt_row(attempt: Attempt) -> Row:
    """`attempt` as it is written."""
    row: Row = {
        keys.PK: webhook_keys.attempts_pk(attempt.tenant, attempt.webhook),
        keys.SK: f"{time_key(attempt.time_us)}#{attempt.message_id}",
        "status": attempt.status,
        "ms": attempt.duration_ms,
        "events": attempt.events,
        "attempt": attempt.number,
        "object": attempt.key,
        "first": attempt.first,
        "last": attempt.last,
        keys.TTL: (attempt.time_us + KEPT_US) // 1_000_000,
    }
    row |= {"error": attempt.error} if attempt.error else {}
    return row if attempt.next_us is None else row | {"next_us": attempt.next_us}


def attempt_of(row: Row, *, tenant: str, webhook: str) -> Attempt:
    """The attempt that `attempt_row` wrote."""
    time, _, message_id = text(row, keys.SK).partition("#")
    return Attempt(
        tenant=tenant,
        webhook=webhook,
        time_us=time_from_key(time),
        message_id=message_id,
        status=number(row, "status"),
        error=text(row, "error") if "error" in row else "",
        duration_ms=number(row, "ms"),
        events=number(row, "events"),
        number=number(row, "attempt"),
        next_us=number(row, "next_us") if "next_us" in row else None,
        key=text(row, "object"),
        first=number(row, "first"),
        last=number(row, "last"),
    )
