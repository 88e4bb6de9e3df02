"""Manifests: what each app sent, one row a batch, by which its events are listed in the order of their arrival."""

from collections.abc import Sequence
from operator import attrgetter

import orjson
from msgspec import Struct

from functions.core import packing
from functions.core.ids import digest
from functions.core.times import DAY_US, day_of
from functions.store import keys
from functions.store.dynamodb.row import Key, Row
from functions.store.rows.events import Stored, body_digest

MANIFEST_EVENTS = 2_000  # about 120 KB a row, under DynamoDB's 400 KB


class Sent(Struct, frozen=True, gc=False):
    """What a manifest says of an event. (The event itself need not be kept in memory until the batch is read.)"""

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
    """What this app sent: one row a batch (more where it is very large) with its events' keys.

    `first` and `last` are the earliest and latest time of these events, `sensors` the digests of those that sent them
    (a key's third part says which), so that a reader can pass by what cannot hold what it looks for.
    """
    made: list[Row] = []
    for at in range(0, len(events), MANIFEST_EVENTS):
        part = sorted(events[at : at + MANIFEST_EVENTS], key=attrgetter("received_us", "id"))
        digests = {sensor: digest(sensor) for sensor in {event.sensor for event in part}}
        sensors = sorted(set(digests.values()))
        places = {sensor: sensors.index(name) for sensor, name in digests.items()}
        found = [[keys.place_of(event.pk), event.sk, places[event.sensor]] for event in part]
        body = orjson.dumps(found)
        name = body_digest(body)
        received_us = part[-1].received_us
        shard = keys.shard_of(name, keys.MANIFEST_SHARDS)
        made.append(
            {
                keys.PK: keys.manifest_pk(tenant, day_of(received_us), shard),
                keys.SK: f"{keys.instant(received_us)}#{name}",
                keys.TTL: (received_us + retention_days * DAY_US) // 1_000_000,
                "keys": packing.compress(body),
                "count": len(part),
                "first": min(event.time_us for event in part),
                "last": max(event.time_us for event in part),
                "sensors": sensors,
            }
        )
    return made


def count_of(tenant: str, manifest: Row) -> tuple[Row, Key, int]:
    """What to count of a manifest: the marker by which it is counted once, the row of its app and day, how many."""
    received, _, name = str(manifest[keys.SK]).partition("#")
    day = day_of(keys.instant_us(received))
    marker: Row = {keys.PK: keys.counted_pk(tenant, day), keys.SK: name, keys.TTL: manifest[keys.TTL]}
    return (
        marker,
        (keys.sent_pk(tenant), f"{day}#{keys.shard_of(name, keys.MANIFEST_SHARDS)}"),
        int(str(manifest["count"])),
    )
