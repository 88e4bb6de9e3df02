"""What an app sent, newest arrival first, read off its manifests: one row a batch, with the keys of its events.

Without a filter the days before are passed by their counts, so a page at any depth of 10 million events costs: 1 query
of the counts (at most 4 rows a day, 24 KB a year), 4 of the manifests of the day where the page lies, and its events.
With a filter each manifest says which times and sensors it holds; LOOKED_AT of them are looked at.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field

import orjson

from functions.core import packing
from functions.core.timeline.entry import FUTURE_TOLERANCE_US
from functions.core.times import FIRST_US, LAST_US, day_of
from functions.store import keys
from functions.store.dynamodb.table import COUNT, Key, Row, Table, rows

LOOKED_AT = 5_000
BATCH = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Events of any sensor or of one (its digest), with start ≤ time < end."""

    sensor: str | None = None
    start_us: int | None = None
    end_us: int | None = None

    @property
    def everything(self) -> bool:
        return self.sensor is None and self.start_us is None and self.end_us is None


@dataclass(slots=True)
class Slice:
    """The keys of a page. `total` is exact where `ended`; else it is never too low: how many there are at least."""

    keys: list[Key] = field(default_factory=list)
    total: int = 0
    ended: bool = True


def newest(table: Table, tenant: str, wanted: Wanted, *, offset: int, limit: int, look_at: int = LOOKED_AT) -> Slice:
    """The keys from `offset` on, `limit` at most, of all that an app sent and that is `wanted`."""
    counts = sent_by_day(table, tenant)
    found = Slice()
    passed = looked_at = 0
    for day, count in counts.items():
        if wanted.everything and passed + count <= offset:
            passed += count  # may be more than are there (batches delivered again): the page then begins a day later
            continue
        if wanted.start_us is not None and day < day_of(max(wanted.start_us - FUTURE_TOLERANCE_US, FIRST_US)):
            break  # nothing arrives that long before it happened
        for manifest in of_day(table, tenant, day, BATCH if wanted.everything else None):
            looked_at += 1
            inside = matching(manifest, wanted, tenant, skip=offset - passed, room=limit - len(found.keys))
            passed += inside.total
            found.keys += inside.keys
            full = len(found.keys) >= limit
            if (full and wanted.everything) or looked_at >= look_at:
                found.ended = False
                break
        if not found.ended:
            break
    found.total = passed
    if wanted.everything and not found.ended:
        found.total = max(sum(counts.values()), passed)
    elif not found.ended:
        found.total = passed + 1
    return found


def sent_by_day(table: Table, tenant: str) -> dict[str, int]:
    """How many events arrived on each day, the newest first."""
    counts: dict[str, int] = {}
    for row in rows(table, keys.sent_pk(tenant), descending=True):
        day = str(row[keys.SK]).partition("#")[0]
        counts[day] = counts.get(day, 0) + int(str(row[COUNT]))
    return counts


def of_day(table: Table, tenant: str, day: str, batch: int | None) -> Iterator[Row]:
    """The manifests of a day, newest first, over all shards."""
    shards = [
        rows(table, keys.manifest_pk(tenant, day, shard), descending=True, limit=batch)
        for shard in range(keys.MANIFEST_SHARDS)
    ]
    return heapq.merge(*shards, key=lambda row: str(row[keys.SK]), reverse=True)


def matching(manifest: Row, wanted: Wanted, tenant: str, *, skip: int, room: int) -> Slice:
    """How many events of a manifest are wanted, and the keys of those after the first `skip`, `room` at most."""
    first_us, last_us = int(str(manifest["first"])), int(str(manifest["last"]))
    start_us = FIRST_US if wanted.start_us is None else wanted.start_us
    end_us = LAST_US + 1 if wanted.end_us is None else wanted.end_us
    sensors, count = manifest["sensors"], int(str(manifest[COUNT]))
    assert isinstance(sensors, list)
    if last_us < start_us or first_us >= end_us or (wanted.sensor is not None and wanted.sensor not in sensors):
        return Slice()
    whole = start_us <= first_us and last_us < end_us and (wanted.sensor is None or sensors == [wanted.sensor])
    if whole and (skip >= count or room <= 0):
        return Slice(total=count)
    body = manifest["keys"]
    assert isinstance(body, bytes)
    found = [
        (f"{tenant}#{place}", sk)
        for place, sk, sensor in reversed(orjson.loads(packing.expand(body)))
        if (wanted.sensor is None or sensors[sensor] == wanted.sensor)
        and (whole or start_us <= keys.instant_us(sk.split("#")[1]) < end_us)
    ]
    skip = max(skip, 0)
    return Slice(keys=found[skip : skip + max(room, 0)], total=len(found))
