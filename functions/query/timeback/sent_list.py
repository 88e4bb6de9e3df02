"""The events that an app sent, newest arrival first, by its manifests: one row a batch, with the keys of its events.

Without a filter, whole days are skipped by their counts, so a page at any depth of 10 million events costs: 1 query of
the counts (at most 4 rows a day, 24 KB a year), 4 of the manifests of the day in which the page lies, and its events.
With a filter, each manifest says which times and sensors it holds; at most MANIFESTS_READ of them are read.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field

import orjson

from functions.core import packing
from functions.core.timeline.entry import FUTURE_TOLERANCE_US
from functions.core.times import FIRST_US, LAST_US, day_of
from functions.store import keys
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.table import COUNT, Key, Row, Table, rows

MANIFESTS_READ = 5_000
BATCH = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Events of any sensor or of one (by its digest), with start ≤ time < end."""

    sensor: str | None = None
    start_us: int | None = None
    end_us: int | None = None

    @property
    def is_empty(self) -> bool:
        return self.sensor is None and self.start_us is None and self.end_us is None


@dataclass(slots=True)
class Selection:
    """The keys of a page. `total` is exact if `ended`; otherwise it is at least as high as what was counted."""

    keys: list[Key] = field(default_factory=list)
    total: int = 0
    ended: bool = True


def newest(
    table: Table, tenant: str, wanted: Filter, *, offset: int, limit: int, manifests: int = MANIFESTS_READ
) -> Selection:
    """At most `limit` keys from `offset` on, of the events of an app that pass the filter."""
    counts = sent_by_day(table, tenant)
    selection = Selection()
    passed = manifests_read = 0
    for day, count in counts.items():
        if wanted.is_empty and passed + count <= offset:
            passed += count  # may be too high (batches delivered again): the page then begins a day later
            continue
        if wanted.start_us is not None and day < day_of(max(wanted.start_us - FUTURE_TOLERANCE_US, FIRST_US)):
            break  # nothing arrives that long before it happened
        for manifest in of_day(table, tenant, day, BATCH if wanted.is_empty else None):
            manifests_read += 1
            inside = matching(manifest, wanted, tenant, skip=offset - passed, room=limit - len(selection.keys))
            passed += inside.total
            selection.keys += inside.keys
            full = len(selection.keys) >= limit
            if (full and wanted.is_empty) or manifests_read >= manifests:
                selection.ended = False
                break
        if not selection.ended:
            break
    selection.total = passed
    if wanted.is_empty and not selection.ended:
        selection.total = max(sum(counts.values()), passed)
    elif not selection.ended:
        selection.total = passed + 1
    return selection


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


def matching(manifest: Row, wanted: Filter, tenant: str, *, skip: int, room: int) -> Selection:
    """How many events of a manifest pass the filter, and the keys of those after the first `skip`, at most `room`."""
    first_us, last_us = int(str(manifest["first"])), int(str(manifest["last"]))
    start_us = FIRST_US if wanted.start_us is None else wanted.start_us
    end_us = LAST_US + 1 if wanted.end_us is None else wanted.end_us
    sensors, count = manifest["sensors"], int(str(manifest[COUNT]))
    assert isinstance(sensors, list)
    if last_us < start_us or first_us >= end_us or (wanted.sensor is not None and wanted.sensor not in sensors):
        return Selection()
    whole = start_us <= first_us and last_us < end_us and (wanted.sensor is None or sensors == [wanted.sensor])
    if whole and (skip >= count or room <= 0):
        return Selection(total=count)
    body = manifest["keys"]
    assert isinstance(body, bytes)
    matching_keys = [
        (f"{tenant}#{place}", sk)
        for place, sk, sensor in reversed(orjson.loads(packing.decompress(body)))
        if (wanted.sensor is None or sensors[sensor] == wanted.sensor)
        and (whole or start_us <= key_parts.time_from_key(sk.split("#")[1]) < end_us)
    ]
    skip = max(skip, 0)
    return Selection(keys=matching_keys[skip : skip + max(room, 0)], total=len(matching_keys))
