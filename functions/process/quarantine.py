"""Items set apart: what `validate` rejected and what `process` could not place, as rows with their reasons."""

import orjson

from functions.aws import keys
from functions.aws.facts import body_digest
from functions.aws.row import Row
from functions.core import packing
from functions.core.caliper.verdicts import SERVICE
from functions.core.ids import id_digest, id_in
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
    body = row["body"]
    assert isinstance(body, bytes)
    message = Message(
        tenant=str(row[keys.PK]).partition("#")[0],
        app_id=str(row["app"]),
        job=str(row["job"]),
        received_us=int(str(row["received"])),
    )
    return rejection_row(poisoned(Item("event", packing.expand(body))), message, 0, expires_s=int(str(row[keys.TTL])))


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
