"""Rejections as rows of the table: an item that is not stored as an event, kept in quarantine with its findings.

`storing` writes them; `query` shows them to their sender; `operate` takes them out to be corrected. How many there are
on a day, and by which code, is counted once a batch, however often SQS delivers it: each count has a marker beside it,
as the counts of events have (`manifests`).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from msgspec import Struct

from functions.core import packing
from functions.core.ids import digest, id_digest, id_in
from functions.core.messages import Item, Message
from functions.core.times import day_of
from functions.store import keys
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.attributes import number, packed, text
from functions.store.dynamodb.row import Key, Row

EVERY_CODE = "*"  # the count of rejected items, whatever their findings

type Count = tuple[Row, Mapping[Key, int]]  # the marker that says it was counted, and how many at which row


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
    sent: str = ""  # the digest of what was sent, where the bytes are no longer that

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
        sent=item.content,
    )


def to_row(rejected: Rejection, *, expires_s: int) -> Row:
    """A row of the newest-first list of its shard, found by the event's id too, if it has one."""
    content = rejected.sent or rejected.content
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


def masked_row(row: Row, item: Item) -> Row:
    """The row with the bytes and findings of `item`, at the same place."""
    reasons = packing.compress(orjson.dumps(list(item.findings)))
    return row | {"body": packing.compress(item.raw), "reasons": reasons}


def bytes_digest(raw: bytes) -> str:
    """A digest of bytes that need not be JSON."""
    return digest(raw.decode("utf-8", "replace"))


def counts_of(rejected: Iterable[Rejection], *, expires_s: int) -> list[Count]:
    """How to count the rejections of one batch: once in all and once by each code, for each app and day."""
    members: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for rejected_item in rejected:
        codes = {str(finding["code"]) for finding in rejected_item.findings if finding.get("severity") == "error"}
        for code in {EVERY_CODE, *codes}:
            name = f"{rejected_item.job}#{rejected_item.index}#{rejected_item.sent or rejected_item.content}"
            members[rejected_item.tenant, day_of(rejected_item.received_us), code].append(name)
    counts: list[Count] = []
    for (tenant, day, code), names in sorted(members.items()):
        marker: Row = {
            keys.PK: keys.counted_pk(tenant, day),
            keys.SK: digest("\n".join([code, *sorted(names)])),
            keys.TTL: expires_s,
        }
        counts.append((marker, {(keys.rejected_pk(tenant), f"{day}#{code}"): len(names)}))
    return counts


def code_and_day(row: Row) -> tuple[str, str]:
    """What a row of counts is of."""
    day, _, code = str(row[keys.SK]).partition("#")
    return code, day
