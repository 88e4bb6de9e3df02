"""The manifests of a batch: what each app sent, cut into rows that fit into the table."""

from collections.abc import Sequence
from operator import attrgetter

from msgspec import Struct

from functions.core.times import DAY_US
from functions.store.dynamodb.row import Row
from functions.store.rows import manifests
from functions.store.rows.events import Stored

MANIFEST_EVENTS = 2_000  # about 120 KB a row, under DynamoDB's 400 KB


class Sent(Struct, frozen=True, gc=False):
    """What a manifest says of an event, so that the event itself need not stay in memory until the batch is read."""

    pk: str
    sk: str
    id: str
    time_us: int
    received_us: int
    sensor: str


def sent(fact: Stored) -> Sent:
    """The mention of a fact."""
    entry = fact.entry
    return Sent(fact.pk, fact.sk, entry.id, entry.time_us, entry.received_us, fact.sensor)


def manifest_rows(tenant: str, events: Sequence[Sent], *, retention_days: int) -> list[Row]:
    """What an app sent, oldest arrival first: one row a batch, more if it is very large."""
    rows: list[Row] = []
    for start in range(0, len(events), MANIFEST_EVENTS):
        part = sorted(events[start : start + MANIFEST_EVENTS], key=attrgetter("received_us", "id"))
        received_us = part[-1].received_us
        rows.append(
            manifests.to_row(
                tenant,
                [((event.pk, event.sk), event.sensor) for event in part],
                times_us=[event.time_us for event in part],
                received_us=received_us,
                expires_s=(received_us + retention_days * DAY_US) // 1_000_000,
            )
        )
    return rows
