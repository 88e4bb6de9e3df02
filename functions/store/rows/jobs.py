"""Jobs of large requests as rows of the table: one row for each message, with the ids of its events.

A small request's job id carries the digests of its events (`core/jobs.py`), so it needs no row. `storing` writes these
rows; `query` reads them to say what became of a request.
"""

from collections.abc import Collection, Sequence

import orjson
from msgspec import Struct

from functions.core import packing
from functions.core.messages import Message
from functions.store import keys
from functions.store.dynamodb.attributes import number, packed_ids
from functions.store.dynamodb.row import Row


class JobPart(Struct, frozen=True, kw_only=True):
    """What became of one message of a request: ids as they were sent, None for an item without one."""

    stored: Sequence[str | None]
    failed: Sequence[str | None]
    received_us: int


def to_row(part: JobPart, message: Message, *, expires_s: int) -> Row:
    """The row of `message`'s part of its job."""
    return {
        keys.PK: keys.job_pk(message.tenant, message.job.partition(".")[0]),
        keys.SK: f"{message.part:05d}",
        keys.TTL: expires_s,
        "received": part.received_us,
        **_packed(part),
    }


def from_row(row: Row) -> JobPart:
    """The part that `to_row` wrote."""
    return JobPart(stored=packed_ids(row, "ids"), failed=packed_ids(row, "failed"), received_us=number(row, "received"))


def with_failures(row: Row, failed: Collection[str | None]) -> Row | None:
    """The row with those of its stored ids that are in `failed` named as failed; None if it names none of them."""
    part = from_row(row)
    moved = [event_id for event_id in part.stored if event_id in failed]
    if not moved:
        return None
    kept = [event_id for event_id in part.stored if event_id not in failed]
    return row | _packed(JobPart(stored=kept, failed=[*part.failed, *moved], received_us=part.received_us))


def is_job_row(row: Row) -> bool:
    """Whether `to_row` wrote this row."""
    return keys.place_of(str(row[keys.PK])).startswith("J#")


def _packed(part: JobPart) -> Row:
    packed: Row = {"ids": packing.compress(orjson.dumps(part.stored))}
    if part.failed:
        packed["failed"] = packing.compress(orjson.dumps(part.failed))
    return packed
