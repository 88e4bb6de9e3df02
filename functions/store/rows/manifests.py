"""Manifests as rows of the table: what one batch stored for one app, by which its events are listed by arrival.

`storing` writes them; `query` reads them for the list of what an app sent and for how often an event arrived.
"""

from collections.abc import Sequence

import orjson
from msgspec import Struct

from functions.core import packing
from functions.core.ids import digest
from functions.core.times import day_of
from functions.store import keys
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.attributes import number, texts
from functions.store.dynamodb.row import Key, Row
from functions.store.rows.rejections import bytes_digest


class ManifestEntry(Struct, frozen=True, gc=False):
    """Where one event lies, and the digest of the sensor that sent it."""

    key: Key
    sensor: str


class Manifest(Struct, frozen=True, kw_only=True):
    """The events of one batch, oldest arrival first, with the earliest and latest of their times and all sensors.

    A reader can so pass by a manifest that cannot hold what it looks for, without reading its entries.
    """

    count: int
    first_us: int
    last_us: int
    sensors: Sequence[str]
    received_us: int
    packed_entries: bytes
    tenant: str

    def entries(self) -> list[ManifestEntry]:
        """Every event of the batch."""
        return [
            ManifestEntry((f"{self.tenant}#{place}", sk), self.sensors[sensor])
            for place, sk, sensor in orjson.loads(packing.decompress(self.packed_entries))
        ]


def to_row(
    tenant: str, events: Sequence[tuple[Key, str]], *, times_us: Sequence[int], received_us: int, expires_s: int
) -> Row:
    """The row of a batch's `events` (their keys and sensors), which came last at `received_us`."""
    digests = {sensor: digest(sensor) for sensor in {sensor for _, sensor in events}}
    sensors = sorted(set(digests.values()))
    places = {sensor: sensors.index(name) for sensor, name in digests.items()}
    body = orjson.dumps([[keys.place_of(pk), sk, places[sensor]] for (pk, sk), sensor in events])
    name = bytes_digest(body)
    shard = key_parts.shard_of(name, keys.MANIFEST_SHARDS)
    return {
        keys.PK: keys.manifest_pk(tenant, day_of(received_us), shard),
        keys.SK: f"{key_parts.time_key(received_us)}#{name}",
        keys.TTL: expires_s,
        "keys": packing.compress(body),
        "count": len(events),
        "first": min(times_us),
        "last": max(times_us),
        "sensors": sensors,
    }


def from_row(row: Row) -> Manifest:
    """The manifest that `to_row` wrote."""
    body = row["keys"]
    assert isinstance(body, bytes)
    return Manifest(
        count=number(row, "count"),
        first_us=number(row, "first"),
        last_us=number(row, "last"),
        sensors=texts(row, "sensors"),
        received_us=key_parts.time_from_key(str(row[keys.SK]).partition("#")[0]),
        packed_entries=body,
        tenant=keys.tenant_in(str(row[keys.PK])),
    )


def count_of(tenant: str, row: Row) -> tuple[Row, Key, int]:
    """How to count a manifest once: the marker that says it was counted, the row of its day, and how many events."""
    received, _, name = str(row[keys.SK]).partition("#")
    day = day_of(key_parts.time_from_key(received))
    marker: Row = {keys.PK: keys.counted_pk(tenant, day), keys.SK: name, keys.TTL: row[keys.TTL]}
    day_key = (keys.sent_pk(tenant), f"{day}#{key_parts.shard_of(name, keys.MANIFEST_SHARDS)}")
    return marker, day_key, number(row, "count")
