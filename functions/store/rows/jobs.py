"""Jobs of large requests as rows of the table: one row for each message, with the ids of its events.

A small request's job id carries the digests of its events (`core/jobs.py`), so it needs no row. `storing` writes these
rows; `query` reads them to say what became of a request.
"""

from collections.abc import Collection, Iterable, Sequence

import orjson
from msgspec import Struct

from functions.core import packing
from functions.core.messages import Message
from functions.store import keys
from functions.store.dynamodb.attributes import number, packed_ids
from functions.store.dynamodb.row import Row

PACKED_BYTES = 350_000  # of a row's ids (DynamoDB: 400 KB a row)
_FURTHER = "#"


class JobPart(Struct, frozen=True, kw_only=True):
    """What became of one message of a request: ids as they were sent, None for an item without one."""

    stored: Sequence[str | None]
    failed: Sequence[str | None]
    received_us: int


def to_rows(part: JobPart, message: Message, *, expires_s: int) -> list[Row]:
    """The row of `message`'s part of its job; further rows for ids that do not fit into one, of which it says how many.

    A message has at most 250 ids of 2,048 bytes, which need not compress.
    """
    packed = _fitting(part)
    rows: list[Row] = [
        {
            keys.PK: keys.job_pk(message.tenant, message.job.partition(".")[0]),
            keys.SK: f"{message.part:05d}" if number == 0 else f"{message.part:05d}{_FURTHER}{number}",
            keys.TTL: expires_s,
            "received": part.received_us,
            **ids,
        }
        for number, ids in enumerate(packed)
    ]
    if len(rows) > 1:
        rows[0]["further"] = len(rows) - 1
    return rows


def missing_rows(rows: Iterable[Row], parts: int) -> int:
    """How many rows of a job in `parts` messages are not among `rows`, as far as they tell."""
    expected, present = parts, 0
    for row in rows:
        present += 1
        expected += number(row, "further") if "further" in row else 0
    return max(expected - present, 0)


def from_row(row: Row) -> JobPart:
    """The part, or piece of one, that a row of `to_rows` holds."""
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
    """Whether `to_rows` wrote this row."""
    return keys.place_of(str(row[keys.PK])).startswith("J#")


def _fitting(part: JobPart) -> list[Row]:
    """The ids of a part, in as few rows as they fit into."""
    packed = _packed(part)
    size = sum(len(value) for value in packed.values() if isinstance(value, bytes))
    if size <= PACKED_BYTES:
        return [packed]
    stored, failed = len(part.stored) // 2, len(part.failed) // 2
    halves = (
        JobPart(stored=part.stored[:stored], failed=part.failed[:failed], received_us=part.received_us),
        JobPart(stored=part.stored[stored:], failed=part.failed[failed:], received_us=part.received_us),
    )
    return [row for half in halves for row in _fitting(half)]


def _packed(part: JobPart) -> Row:
    packed: Row = {"ids": packing.compress(orjson.dumps(part.stored))}
    if part.failed:
        packed["failed"] = packing.compress(orjson.dumps(part.failed))
    return packed
