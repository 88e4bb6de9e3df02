"""Items set apart: what `validate` rejected and what `process` could not place, as rows with their reasons."""

from collections.abc import Iterable

import orjson

from functions.aws import keys
from functions.aws.attributes import packed_ids
from functions.aws.facts import body_digest
from functions.aws.row import Row
from functions.core import packing
from functions.core.caliper.findings import SERVICE
from functions.core.ids import id_digest, id_in
from functions.core.jobs import job_of
from functions.core.messages import Item, Message


def poisoned(item: Item) -> Item:
    """An accepted item that could not be placed, as a rejection that says so."""
    finding = {
        "severity": "error",
        "code": "processing-failed",
        "pointer": "",
        "message": "The event was accepted but could not be processed; it is kept here and can be submitted again.",
        "source": SERVICE,
    }
    return Item("rejection", item.raw, [finding])


def set_apart(row: Row) -> Row:
    """The rejection in place of an event's row that DynamoDB will not take."""
    body, job = row["body"], row["job"]
    assert isinstance(body, bytes)
    assert isinstance(job, str | bytes)
    message = Message(
        tenant=str(row[keys.PK]).partition("#")[0],
        app_id=str(row["app"]),
        job=job_of(job),
        received_us=int(str(row["received"])),
    )
    return rejection_row(poisoned(Item("event", packing.expand(body))), message, 0, expires_s=int(str(row[keys.TTL])))


def failing(rows: Iterable[Row], events: Iterable[Row]) -> list[Row]:
    """The rows of large jobs among `rows` that name these events as stored, turned to name them as failed."""
    gone = {id_in(packing.expand(body)) for body in (row["body"] for row in events) if isinstance(body, bytes)}
    changed = []
    for row in rows:
        ids = packed_ids(row, "ids")
        if not gone.isdisjoint(ids):
            failed = [*packed_ids(row, "failed"), *(one for one in ids if one in gone)]
            kept = [one for one in ids if one not in gone]
            changed.append(
                {**row, "ids": packing.compress(orjson.dumps(kept)), "failed": packing.compress(orjson.dumps(failed))}
            )
    return changed


def rejection_row(item: Item, message: Message, index: int, *, expires_s: int) -> Row:
    """One quarantined item with its reasons, newest first within its shard, found by id where it has one."""
    content = body_digest(item.raw)
    row: Row = {
        keys.PK: keys.rejection_pk(message.tenant, keys.shard_of(content, keys.REJECTION_SHARDS)),
        keys.SK: f"{keys.instant(message.received_us)}#{content}",
        keys.TTL: expires_s,
        "body": packing.compress(item.raw),
        "reasons": packing.compress(orjson.dumps(list(item.findings))),
        "received": message.received_us,
        "app": message.app_id,
        "job": message.job,
        "version": message.data_version,
        "index": index,
    }
    event_id = id_in(item.raw)
    if event_id:
        row[keys.BY_ID_PK] = keys.rejection_ref(message.tenant, id_digest(event_id))
    return row
