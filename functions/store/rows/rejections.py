"""Rejections as rows of the table: an item that is not stored as an event, kept in quarantine with its findings.

`storing` writes them; `query` shows them to their sender; `operate` takes them out to be corrected.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from msgspec import Struct

from functions.core import packing
from functions.core.ids import digest, id_digest, id_in
from functions.core.messages import Item, Message
from functions.store import key_parts, keys
from functions.store.dynamodb.attributes import number, packed, text
from functions.store.dynamodb.row import Row


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

    @property
    def content(self) -> str:
        """A digest of the bytes, which need not be JSON. The same bytes are always in the same shard."""
        return bytes_digest(self.raw)


def rejection(item: Item, message: Message, index: int) -> Rejection:
    """The rejection that item number `index` of a message is."""
    return Rejection(
        tenant=message.tenant,
        app_id=message.app_id,
        raw=item.raw,
        findings=item.findings,
        received_us=message.received_us,
        job=message.job,
        index=index,
        data_version=message.data_version,
    )


def to_row(rejected: Rejection, *, expires_s: int) -> Row:
    """A row of the newest-first list of its shard, found by the event's id too, if it has one."""
    content = rejected.content
    row: Row = {
        keys.PK: keys.rejection_pk(rejected.tenant, key_parts.shard_of(content, keys.REJECTION_SHARDS)),
        keys.SK: f"{key_parts.time_key(rejected.received_us)}#{content}",
        keys.TTL: expires_s,
        "body": packing.compress(rejected.raw),
        "reasons": packing.compress(orjson.dumps(list(rejected.findings))),
        "received": rejected.received_us,
        "app": rejected.app_id,
        "job": rejected.job,
        "version": rejected.data_version,
        "index": rejected.index,
    }
    event_id = id_in(rejected.raw)
    if event_id:
        row[keys.BY_ID_PK] = keys.rejection_ref(rejected.tenant, id_digest(event_id))
    return row


def from_row(row: Row) -> Rejection:
    """The rejection that `to_row` wrote."""
    return Rejection(
        tenant=keys.tenant_in(str(row[keys.PK])),
        app_id=text(row, "app"),
        raw=packed(row, "body"),
        findings=orjson.loads(packed(row, "reasons")),
        received_us=number(row, "received"),
        job=text(row, "job"),
        index=number(row, "index"),
        data_version=text(row, "version"),
    )


def bytes_digest(raw: bytes) -> str:
    """A digest of bytes that need not be JSON."""
    return digest(raw.decode("utf-8", "replace"))
