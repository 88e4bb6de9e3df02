"""Manifests as rows of the table: what one batch stored for one app, by which its events are listed.

`storing` writes them; `query` reads them for the lists of what an app sent, and for how often an event arrived.

A manifest holds events that happened in one quarter hour of UTC and arrived in one. It lies by the time of its latest
event, so all that arrived of an event, however often, lies within a quarter hour in one partition. Beside each lies a
pointer by its earliest arrival.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import batched

import orjson
from msgspec import Struct

from functions.core import packing
from functions.core.ids import digest
from functions.core.times import QUARTER_US, day_of, quarter_of
from functions.store import keys
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.attributes import number, packed, texts
from functions.store.dynamodb.row import Key, Row, key_of
from functions.store.quarantine.rejections import bytes_digest

COUNTED_AT_ONCE = 99  # in one transaction, beside its marker (TransactWriteItems limit)


class Arrival(Struct, frozen=True, gc=False):
    """One arrival of one event: where it lies, when the request that brought it was received, the sensor's digest."""

    key: Key
    received_us: int
    sensor: str

    @property
    def id_digest(self) -> str:
        return self.key[1].split("#")[2]

    @property
    def time_us(self) -> int:
        return key_parts.time_from_key(self.key[1].split("#")[1])


class Manifest(Struct, frozen=True):
    """A row as `to_row` wrote it. A reader can pass it by without reading its arrivals."""

    row: Row

    @property
    def count(self) -> int:
        return number(self.row, "count")

    @property
    def first_us(self) -> int:
        """The time of its earliest event."""
        return number(self.row, "first")

    @property
    def last_us(self) -> int:
        return key_parts.time_from_key(str(self.row[keys.SK]).partition("#")[0])

    @property
    def received_us(self) -> int:
        """When the first of it was received."""
        return number(self.row, "received")

    @property
    def sensors(self) -> Sequence[str]:
        return texts(self.row, "sensors")

    def arrivals(self) -> list[Arrival]:
        tenant, sensors, received_us = keys.tenant_in(str(self.row[keys.PK])), self.sensors, self.received_us
        return [
            Arrival((f"{tenant}#{place}", sk), received_us + later_us, sensors[sensor])
            for place, sk, sensor, later_us in orjson.loads(packed(self.row, "keys"))
        ]


def to_row(tenant: str, arrivals: Sequence[Arrival], *, expires_s: int) -> Row:
    """The manifest of arrivals of one quarter hour, of events of one quarter hour. Equal ones make the same row."""
    digests = {sensor: digest(sensor) for sensor in {arrival.sensor for arrival in arrivals}}  # they are few
    named = [Arrival(arrival.key, arrival.received_us, digests[arrival.sensor]) for arrival in arrivals]
    return _row(tenant, named, expires_s=expires_s)


def without(row: Row, unwanted: Callable[[Arrival], bool]) -> Row | None:
    """The manifest without some of its arrivals, as if they had never been sent; None if nothing is left."""
    kept = [arrival for arrival in Manifest(row).arrivals() if not unwanted(arrival)]
    tenant, expires_s = keys.tenant_in(str(row[keys.PK])), number(row, keys.TTL)
    return _row(tenant, kept, expires_s=expires_s) if kept else None


def _row(tenant: str, arrivals: Sequence[Arrival], *, expires_s: int) -> Row:
    arrivals = sorted(arrivals, key=lambda arrival: (arrival.key[1], arrival.key[0], arrival.received_us))
    sensors = sorted({arrival.sensor for arrival in arrivals})
    positions = {sensor: position for position, sensor in enumerate(sensors)}
    received_us = min(arrival.received_us for arrival in arrivals)
    body = orjson.dumps(
        [
            [
                keys.place_of(arrival.key[0]),
                arrival.key[1],
                positions[arrival.sensor],
                arrival.received_us - received_us,
            ]
            for arrival in arrivals
        ]
    )
    name = bytes_digest(b"%d|%b" % (received_us, body))
    last_us = arrivals[-1].time_us
    return {
        keys.PK: keys.manifest_pk(tenant, day_of(last_us)[:6], key_parts.shard_of(name, keys.MANIFEST_SHARDS)),
        keys.SK: f"{key_parts.time_key(last_us)}#{name}",
        keys.TTL: expires_s,
        "keys": packing.compress(body),
        "count": len(arrivals),
        "first": arrivals[0].time_us,
        "received": received_us,
        "sensors": sensors,
    }


def pointer_of(manifest: Row) -> Row:
    """The row by which a manifest is found by its arrival."""
    pk, sk = key_of(manifest)
    _, _, month, shard = pk.split("#")
    received_us = number(manifest, "received")
    return {
        keys.PK: keys.arrival_pk(keys.tenant_in(pk), day_of(received_us)[:6], int(shard)),
        keys.SK: f"{key_parts.time_key(received_us)}#{month}#{shard}#{sk}",
        keys.TTL: manifest[keys.TTL],
    }


def pointed_at(pointer: Row) -> tuple[int, Key]:
    """When the first of a manifest was received, and where it lies."""
    received, month, shard, sk = str(pointer[keys.SK]).split("#", 3)
    return key_parts.time_from_key(received), (
        keys.manifest_pk(keys.tenant_in(str(pointer[keys.PK])), month, int(shard)),
        sk,
    )


def counts_of(
    tenant: str, manifests: Sequence[Row], *, beside: Mapping[Key, int] | None = None
) -> Iterable[tuple[Row, Mapping[Key, int]]]:
    """How to count once what a batch sent, by the UTC days on which it happened and was received, and what is counted
    `beside` it.

    A marker of the batch, and what to add to which row.
    """
    if not manifests:
        return
    name = digest("|".join(sorted(str(manifest[keys.SK]) for manifest in manifests)))
    shard = key_parts.shard_of(name, keys.MANIFEST_SHARDS)
    amounts: Counter[Key] = Counter(beside or {})
    for manifest in manifests:
        happened, received = day_of(Manifest(manifest).last_us), day_of(number(manifest, "received"))
        amounts[keys.sent_pk(tenant), f"{happened}#{shard}"] += number(manifest, "count")
        amounts[keys.received_pk(tenant), f"{received}#{shard}"] += number(manifest, "count")
    expires_s = max(number(manifest, keys.TTL) for manifest in manifests)
    received_us = max(number(manifest, "received") for manifest in manifests)
    for part, some in enumerate(batched(sorted(amounts.items()), COUNTED_AT_ONCE, strict=False)):
        marker: Row = {
            keys.PK: keys.counted_pk(tenant, day_of(received_us)),
            keys.SK: f"{name}#{part}",
            keys.TTL: expires_s,
        }
        yield marker, dict(some)


def span_us(time_us: int) -> tuple[int, int]:
    """The quarter hour that an instant lies in: its first and last microsecond."""
    return quarter_of(time_us), quarter_of(time_us) + QUARTER_US - 1
