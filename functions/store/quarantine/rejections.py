"""Quarantine as rows of the table: items that are not stored as events, one packed row for all those of a message.

`storing` writes them; `query` shows them to their sender; `operate` exports them to be corrected. What a row holds and
how many of its items can be found by id are bounded, so that a request of rubbish costs no more than a good one.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from msgspec import Struct

from functions.core import packing
from functions.core.ids import digest, id_digest, id_in
from functions.core.messages import Item, Message
from functions.store import keys
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.attributes import number, packed, text
from functions.store.dynamodb.row import Key, Row, key_of

ENTRIES = "#I"  # ends the partition of index entries
KEPT_ITEMS = 100  # rejected items of a message that a row holds; the archive has all
PACKED_BYTES = 350_000  # of a row's items (DynamoDB: 400 KB a row); the largest item with its findings fits
INDEX_STEP_BYTES = 512  # of rejected items that pay for one index entry, which costs as much as an event's row

type Numbered = Sequence[tuple[int, Item]]


class Rejection(Struct, frozen=True, kw_only=True):
    """One rejected item: the bytes that were sent, what was wrong with them, and which request they came in."""

    tenant: str
    app_id: str
    raw: bytes
    findings: Sequence[Mapping[str, Any]]
    received_us: int
    job: str
    index: int  # of the item in its request
    data_version: str
    sensor: str
    send_time: str  # as the envelope said it

    @property
    def content(self) -> str:
        """A digest of the bytes, which need not be JSON."""
        return bytes_digest(self.raw)


class Entry(Struct, frozen=True):
    """Where a rejected item lies: the row that holds it, and its index there (None if it is the only one)."""

    row_key: Key
    index: int | None


def rejected_rows(message: Message, items: Numbered, *, expires_s: int) -> list[Row]:
    """The row of a message's rejected items, and index entries for those of the first KEPT_ITEMS that have ids.

    `items` are numbered by their place in the message. What does not fit is counted as `left_out`.
    """
    if not items:
        return []
    kept = items[:KEPT_ITEMS]
    body = _body(kept)
    while len(body) > PACKED_BYTES and len(kept) > 1:
        kept = kept[: len(kept) // 2]
        body = _body(kept)
    row = _row(message, body, left_out=len(items) - len(kept), expires_s=expires_s)
    sent_bytes = sum(len(item.raw) for _, item in items)
    return [row, *_entries(row, kept)[: math.ceil(sent_bytes / INDEX_STEP_BYTES)]]


def failed_rows(message: Message, items: Numbered, *, expires_s: int) -> list[Row]:
    """The rows of accepted items that could not be processed: all of them are kept, each with an index entry."""
    if not items:
        return []
    body = _body(items)
    if len(items) > 1 and (len(items) > KEPT_ITEMS or len(body) > PACKED_BYTES):
        half = len(items) // 2
        parts = (items[:half], items[half:])
        return [row for part in parts for row in failed_rows(message, part, expires_s=expires_s)]
    row = _row(message, body, left_out=0, expires_s=expires_s)
    return [row, *_entries(row, items)]


def from_row(row: Row) -> list[Rejection]:
    """The rejections that a row holds, in the order of their request; an earlier version wrote a row for each."""
    shared: dict[str, Any] = {
        "tenant": keys.tenant_in(str(row[keys.PK])),
        "app_id": text(row, "app"),
        "received_us": number(row, "received"),
        "job": text(row, "job"),
        "data_version": text(row, "version"),
        "sensor": text(row, "sensor") if "sensor" in row else "",
        "send_time": text(row, "send_time") if "send_time" in row else "",
    }
    if "body" in row:
        findings = orjson.loads(packed(row, "reasons"))
        return [Rejection(raw=packed(row, "body"), findings=findings, index=number(row, "index"), **shared)]
    header, _, raws = packed(row, "items").partition(b"\n")
    rejections: list[Rejection] = []
    start = 0
    for index, length, findings in orjson.loads(header):
        raw = raws[start : start + length]
        rejections.append(Rejection(raw=raw, findings=findings, index=index, **shared))
        start += length
    return rejections


def entry_of(key: Key) -> Entry:
    """Where the item lies that the row at `key` is found by in the index."""
    pk, sk = key
    if not pk.endswith(ENTRIES):
        return Entry(key, None)
    row_sk, _, index = sk.rpartition("#")
    return Entry((pk.removesuffix(ENTRIES), row_sk), int(index))


def item_of(rows: Mapping[Key, Row], entry: Entry) -> Rejection | None:
    """The rejection that `entry` names, among `rows` that were read."""
    row = rows.get(entry.row_key)
    if row is None:
        return None
    return next((item for item in from_row(row) if entry.index in (None, item.index)), None)


def bytes_digest(raw: bytes) -> str:
    """A digest of bytes that need not be JSON."""
    return digest(raw.decode("utf-8", "replace"))


def _body(items: Numbered) -> bytes:
    """The items as one compressed value: a line of JSON with number, length and findings of each, and their bytes."""
    header = orjson.dumps([[index, len(item.raw), list(item.findings)] for index, item in items])
    return packing.compress(b"".join([header, b"\n", *(item.raw for _, item in items)]))


def _row(message: Message, body: bytes, *, left_out: int, expires_s: int) -> Row:
    job = digest(message.job)
    row: Row = {
        keys.PK: keys.rejection_pk(message.tenant, key_parts.shard_of(job, keys.REJECTION_SHARDS)),
        keys.SK: f"{key_parts.time_key(message.received_us)}#{job}#{bytes_digest(body)}",
        keys.TTL: expires_s,
        "items": body,
        "received": message.received_us,
        "app": message.app_id,
        "job": message.job,
        "version": message.data_version,
    }
    if message.sensor:
        row["sensor"] = message.sensor
    if message.send_time:
        row["send_time"] = message.send_time
    if left_out:
        row["left_out"] = left_out
    return row


def _entries(row: Row, items: Iterable[tuple[int, Item]]) -> list[Row]:
    """A small row for each item that has an id, by which the index finds it."""
    pk, sk = key_of(row)
    ids = ((index, id_in(item.raw)) for index, item in items)
    return [
        {
            keys.PK: pk + ENTRIES,
            keys.SK: f"{sk}#{index:05d}",
            keys.TTL: row[keys.TTL],
            keys.BY_ID_PK: keys.rejection_ref(keys.tenant_in(pk), id_digest(event_id)),
        }
        for index, event_id in ids
        if event_id
    ]
