"""Rejections that `storing` itself makes: accepted items that cannot be handled, or that DynamoDB will never take."""

from collections.abc import Iterable

from functions.core import packing
from functions.core.caliper.findings import SERVICE
from functions.core.ids import id_in
from functions.core.jobs import decode_job_id
from functions.core.messages import Item, Message
from functions.store import keys
from functions.store.dynamodb.attributes import number, packed, text
from functions.store.dynamodb.row import Row
from functions.store.quarantine import rejections
from functions.store.rows import jobs

PROCESSING_FAILED = "processing-failed"


def rejected_by_processing(item: Item) -> Item:
    """An accepted item that could not be handled, as a rejection that says so."""
    finding = {
        "severity": "error",
        "code": PROCESSING_FAILED,
        "pointer": "",
        "message": "The event was accepted but could not be processed; it is kept here and can be submitted again.",
        "source": SERVICE,
    }
    return Item("rejection", item.raw, [finding])


def rejection_of(row: Row) -> list[Row]:
    """The rows of a rejection in place of an event's row that DynamoDB will not take."""
    job = row["job"]
    assert isinstance(job, str | bytes)
    message = Message(
        tenant=keys.tenant_in(str(row[keys.PK])),
        app_id=text(row, "app"),
        job=decode_job_id(job),
        received_us=number(row, "received"),
        sensor=text(row, "sensor") if "sensor" in row else "",
    )
    item = rejected_by_processing(Item("event", packed(row, "body")))
    return rejections.failed_rows(message, [(0, item)], expires_s=number(row, keys.TTL))


def failed_job_rows(rows: Iterable[Row], events: Iterable[Row]) -> list[Row]:
    """The rows of large jobs among `rows` that name these events as stored, changed to name them as failed."""
    failed = {id_in(packing.decompress(body)) for body in (row["body"] for row in events) if isinstance(body, bytes)}
    changed = (jobs.with_failures(row, failed) for row in rows if jobs.is_job_row(row))
    return [row for row in changed if row is not None]
