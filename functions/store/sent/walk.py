"""What an app sent, read off its manifests: each event once, by its time, or by when it first arrived.

Both walks read manifests in the order of what is listed and let an event go when no later manifest can hold one before
it. So a walk reads about what it lists: manifests of the quarter hour in which it begins, and of the events after.
"""

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import groupby

from msgspec import Struct, field

from functions.core.times import DAY_US, LAST_US, day_of
from functions.store import keys
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.row import Key, Row
from functions.store.dynamodb.table import READ_BATCH, Table, rows
from functions.store.rows.manifests import Arrival, Manifest, pointed_at, span_us
from functions.store.sent.days import months_of
from functions.store.sent.order import Group, Order, Span, in_order, order_of, ordered

LOOK_ROWS, POINTERS = 4, 32  # of each shard: how many events a manifest of this app holds is not known yet
MANIFESTS_AT_ONCE = 8  # doubled with each BatchGet
MANIFESTS = 20_000  # that one answer looks at: five megabytes if each holds one event
QUARTERS = 50  # through which one answer looks for first arrivals, four queries each

type Wanted = Callable[[Arrival], bool]


class Walk(Struct, kw_only=True):
    """One answer's way through the manifests of an app. `needed`: about how many events it is to list.

    It ends early when it has looked at MANIFESTS, or for first arrivals through QUARTERS; `stopped_at` then says after
    which place another walk goes on.
    """

    table: Table
    tenant: str
    needed: int
    stopped_at: Order | None = None
    looked_at: int = 0
    manifests: int = 0  # that `by_time` read
    events: int = 0  # in them
    _quarters: dict[int, dict[Key, Counter[int]]] = field(default_factory=dict)

    def by_time(
        self, span: Span, days: Iterable[str], *, sensor: str | None = None, after: Order | None = None
    ) -> Iterator[Arrival]:
        """The first arrival of each event of the span after `after`, the latest event first.

        `days`: those of which the app sent events (`sent_by_day`).
        """
        latest_us = span.end_us - 1 if after is None else min(span.end_us - 1, -after[0])
        if latest_us < span.start_us:
            return
        months = sorted({day[:6] for day in days if day <= day_of(latest_us)}, reverse=True)
        start, end = key_parts.time_key(span.start_us), key_parts.time_key(span_us(latest_us)[1]) + key_parts.KEY_MAX
        first_month = day_of(span.start_us)[:6]

        def groups() -> Iterator[Group]:
            for month in months:
                if month < first_month:
                    return
                for manifest in self._of_month(month, start, end):
                    if manifest.first_us > latest_us:
                        continue
                    if self._stops_at((-manifest.last_us, "", "")):
                        yield -manifest.last_us, None
                        return
                    if sensor is not None and sensor not in manifest.sensors:
                        continue
                    yield (
                        -manifest.last_us,
                        [
                            (order, arrival)
                            for order, arrival in ordered(manifest, by_arrival=False, after=after)
                            if arrival.time_us in span and sensor in (None, arrival.sensor)
                        ],
                    )

        for _, same in groupby(in_order(groups()), key=lambda arrival: arrival.key):
            yield min(same, key=lambda arrival: arrival.received_us)

    def by_arrival(
        self, received: Span, wanted: Wanted, *, now_us: int, after: Order | None = None
    ) -> Iterator[Arrival]:
        """The first arrival of each wanted event that first arrived in the span, after `after`, the earliest first.

        What arrives while it is read comes later in the list, and what arrives again does not move in it.
        """
        start_us = received.start_us if after is None else max(received.start_us, after[0])
        end_us = min(received.end_us, now_us + DAY_US)
        if end_us <= start_us:
            return
        start, end = key_parts.time_key(span_us(start_us)[0]), key_parts.time_key(end_us - 1) + key_parts.KEY_MAX

        def groups() -> Iterator[Group]:
            for received_us, manifest in self._pointed_at(months_of(start_us, end_us), start, end):
                if received_us >= start_us and self._stops_at((received_us, "", "")):
                    yield received_us, None
                    return
                yield (
                    received_us,
                    [
                        (order, each)
                        for order, each in ordered(manifest, by_arrival=True, after=after)
                        if each.received_us in received and wanted(each)
                    ],
                )

        for _, same in groupby(in_order(groups()), key=lambda each: (each.received_us, each.key)):
            arrival = next(same)
            if self.first_arrival_us(arrival.key) >= arrival.received_us:
                yield arrival
            if len(self._quarters) >= QUARTERS:
                self.stopped_at = order_of(arrival, by_arrival=True)
                return

    def first_arrival_us(self, key: Key) -> int:
        """When the event that lies there was first received; LAST_US if no manifest says so."""
        return min(self.arrived_us(key), default=LAST_US)

    def arrived_us(self, key: Key) -> Collection[int]:
        """When it was received, each time, twice in one request too. What SQS delivered twice counts once."""
        time_us = key_parts.time_from_key(key[1].split("#")[1])
        quarter_us, last_us = span_us(time_us)
        if quarter_us not in self._quarters:
            start, end = key_parts.time_key(quarter_us), key_parts.time_key(last_us) + key_parts.KEY_MAX
            counts: dict[Key, Counter[int]] = defaultdict(Counter)
            for shard in range(keys.MANIFEST_SHARDS):
                pk = keys.manifest_pk(self.tenant, day_of(time_us)[:6], shard)
                for row in rows(self.table, pk, start=start, end=end):
                    times = Counter((arrival.key, arrival.received_us) for arrival in Manifest(row).arrivals())
                    for (place, received_us), count in times.items():
                        counts[place][received_us] = max(counts[place][received_us], count)
            self._quarters[quarter_us] = counts
        return list(self._quarters[quarter_us].get(key, Counter()).elements())

    def _stops_at(self, order: Order) -> bool:
        """Whether no more manifests may be looked at, of which the next holds nothing before `order`."""
        if self.looked_at >= MANIFESTS:
            self.stopped_at = order
            return True
        self.looked_at += 1
        return False

    def _of_month(self, month: str, start: str, end: str) -> Iterator[Manifest]:
        """The manifests of a month over all shards, the latest event first."""
        shards = [
            self._shard(keys.manifest_pk(self.tenant, month, shard), start, end)
            for shard in range(keys.MANIFEST_SHARDS)
        ]
        for row in heapq.merge(*shards, key=lambda row: str(row[keys.SK]), reverse=True):
            yield Manifest(row)

    def _shard(self, pk: str, start: str, end: str) -> Iterator[Row]:
        after: Row | None = None
        while True:
            limit = self._next_rows()
            page = self.table.query(pk, start=start, end=end, descending=True, limit=limit, after=after)
            self.manifests += len(page.rows)
            self.events += sum(Manifest(row).count for row in page.rows)
            yield from page.rows
            after = page.next_key
            if after is None:
                return

    def _next_rows(self) -> int:
        """How many manifests of each shard are likely to hold what is needed, by those that were read."""
        if not self.manifests:
            return LOOK_ROWS
        of_a_shard = 1.3 * self.needed * self.manifests / self.events / keys.MANIFEST_SHARDS
        return max(LOOK_ROWS, min(1000, math.ceil(of_a_shard)))

    def _pointed_at(self, months: Iterable[str], start: str, end: str) -> Iterator[tuple[int, Manifest]]:
        """Manifests with the first of their arrivals, the earliest first."""
        batch: list[tuple[int, Key]] = []
        size = MANIFESTS_AT_ONCE
        for pointer in self._pointers(months, start, end):
            batch.append(pointer)
            if len(batch) >= size:
                yield from self._got(batch)
                batch, size = [], min(2 * size, READ_BATCH)
        yield from self._got(batch)

    def _got(self, batch: Sequence[tuple[int, Key]]) -> Iterator[tuple[int, Manifest]]:
        wanted = [key for _, key in batch]
        row_by_key = self.table.get_all(wanted, consistent=False)
        yield from ((received_us, Manifest(row_by_key[key])) for received_us, key in batch if key in row_by_key)

    def _pointers(self, months: Iterable[str], start: str, end: str) -> Iterator[tuple[int, Key]]:
        for month in months:
            shards = [
                rows(self.table, keys.arrival_pk(self.tenant, month, shard), start=start, end=end, limit=POINTERS)
                for shard in range(keys.MANIFEST_SHARDS)
            ]
            yield from map(pointed_at, heapq.merge(*shards, key=lambda row: str(row[keys.SK])))
