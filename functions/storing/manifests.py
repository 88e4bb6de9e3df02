"""The manifests of a batch: what each app sent, cut into rows that fit into the table."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import batched

from functions.core.times import DAY_US, quarter_of
from functions.store.dynamodb.row import Row
from functions.store.rows import manifests
from functions.store.rows.events import StoredFact
from functions.store.rows.manifests import Arrival

MANIFEST_EVENTS = 500  # about 30 KB: a page of a list that needs a few of them does not pay for thousands


def sent(fact: StoredFact) -> Arrival:
    """The mention of a fact: the event itself need not stay in memory until the batch is read."""
    return Arrival((fact.pk, fact.sk), fact.entry.received_us, fact.sensor)


def manifest_rows(tenant: str, arrivals: Iterable[Arrival], *, retention_days: int) -> list[Row]:
    """What an app sent: one row for each quarter hour in which it happened and arrived, more if one is very full."""
    groups: dict[tuple[int, int], list[Arrival]] = defaultdict(list)
    for arrival in arrivals:
        groups[quarter_of(arrival.received_us), quarter_of(arrival.time_us)].append(arrival)
    rows: list[Row] = []
    for group in groups.values():
        by_arrival = sorted(group, key=lambda arrival: (arrival.received_us, arrival.key))
        for part in batched(by_arrival, MANIFEST_EVENTS, strict=False):
            expires_s = (part[-1].received_us + retention_days * DAY_US) // 1_000_000
            rows.append(manifests.to_row(tenant, part, expires_s=expires_s))
    return rows
