"""The events that an app sent, as `GET /caliper/events` lists them: the latest first, or as they first arrived.

Each event once, in any window, at any depth. A page by cursor reads the manifests of the quarter hour in which it
begins and of what it lists; by offset, also those of what it passes by. A walk looks at a bounded number of them:
where they hold too few, the answer ends there and its cursor goes on.
"""

from collections.abc import Collection

from msgspec import Struct, field

from functions.store.dynamodb.table import Table
from functions.store.rows.manifests import Arrival
from functions.store.sent.days import sent_by_day
from functions.store.sent.order import Order, Span, order_of
from functions.store.sent.walk import Walk

EVER = Span()
COUNTED = 50  # events that are counted past a page, so that the total of a short list is exact


class Filter(Struct, frozen=True, kw_only=True):
    """Events in `span` that first arrived in `received` (None: whenever), of any sensor or of one (by its digest), of
    any learner or of these partitions.
    """

    span: Span = EVER
    received: Span | None = None
    sensor: str | None = None
    partitions: Collection[str] | None = None

    def passes(self, arrival: Arrival) -> bool:
        return (
            arrival.time_us in self.span
            and self.sensor in (None, arrival.sensor)
            and (self.partitions is None or arrival.key[0] in self.partitions)
        )


class Selection(Struct, kw_only=True):
    """A page. `after`: where the next page goes on, None at the end.

    `total` is exact up to COUNTED past the page; else it is more than what was passed, and about what there is.
    """

    arrivals: list[Arrival] = field(default_factory=list)
    total: int = 0
    after: Order | None = None


def selected(
    table: Table, tenant: str, wanted: Filter, *, offset: int, limit: int, now_us: int, after: Order | None = None
) -> Selection:
    """At most `limit` events from `offset` on, of those that pass the filter and come after `after`."""
    walk = Walk(table=table, tenant=tenant, needed=offset + limit + COUNTED)
    counts: dict[str, int] = {}
    if wanted.received is not None:
        arrivals = walk.by_arrival(wanted.received, wanted.passes, now_us=now_us, after=after)
    else:
        counts = sent_by_day(table, tenant)
        arrivals = walk.by_time(wanted.span, counts, sensor=wanted.sensor, after=after)
    by_arrival = wanted.received is not None
    selection = Selection()
    for arrival in arrivals:
        selection.total += 1
        if offset < selection.total <= offset + limit:
            selection.arrivals.append(arrival)
        if selection.total > offset + limit + COUNTED:
            break
    if selection.total > offset + limit:
        selection.after = order_of(selection.arrivals[-1], by_arrival=by_arrival)
    elif walk.stopped_at is not None:
        selection.after = walk.stopped_at
        selection.total += 1
    if selection.after is not None and wanted == Filter():
        selection.total = max(selection.total, sum(counts.values()))
    return selection
