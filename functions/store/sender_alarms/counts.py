"""What an app sent today and yesterday, from counts that are kept: 3 queries, and for the last arrival 4 to 16."""

from collections import Counter
from itertools import chain

from functions.core.ids import digest
from functions.core.sender_alarms.alarms import SenderAlarms, SentCounts
from functions.core.times import DAY_US, day_of
from functions.store import keys
from functions.store.days import month_of, month_start_us
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.attributes import number
from functions.store.dynamodb.newest import newest_rows
from functions.store.dynamodb.table import COUNT, Table, rows
from functions.store.quarantine.counts import EVERY_CODE
from functions.store.quarantine.listing import shards_of
from functions.store.rows.manifests import Manifest, pointed_at
from functions.store.sender_alarms.keys import findings_pk

# Newest manifests of a shard: those of this service's own events tell nothing of the sender. After a class that ended
# there may be many of them.
LOOKED_AT = (20, 500)
OWN_SENSOR = digest("")  # of what this service emits


def sent_counts(table: Table, alarms: SenderAlarms, *, now_us: int) -> SentCounts:
    """The counts of an app's last two days of UTC. The last arrival is looked up only if silence is an alarm."""
    tenant, first = alarms.tenant, day_of(now_us - DAY_US)
    rejected = _since(table, keys.rejected_pk(tenant), first)
    warned = _since(table, findings_pk(tenant), first)
    codes = Counter(rejected) + Counter(warned)
    del codes[EVERY_CODE]
    return SentCounts(
        stored=sum(
            number(row, COUNT) for row in rows(table, keys.received_pk(tenant), start=first, end=f"{day_of(now_us)}~")
        ),
        rejected=rejected.get(EVERY_CODE, 0),
        warned=warned.get(EVERY_CODE, 0),
        codes=dict(codes),
        last_us=last_arrival_us(table, tenant, now_us=now_us) if alarms.silent_hours else None,
    )


def last_arrival_us(table: Table, tenant: str, *, now_us: int) -> int | None:
    """When something that was stored was last received of an app, this month or last; None if nothing was."""
    this_month = month_of(now_us)
    for month in (this_month, month_of(month_start_us(this_month) - 1)):
        for limit in LOOKED_AT:
            shards = [
                table.query(keys.arrival_pk(tenant, month, shard), descending=True, limit=limit).rows
                for shard in range(keys.MANIFEST_SHARDS)
            ]
            places = {key: received_us for received_us, key in map(pointed_at, chain.from_iterable(shards))}
            held = table.get_all(places, consistent=False)
            received = [places[key] for key, row in held.items() if set(Manifest(row).sensors) != {OWN_SENSOR}]
            if received:
                return max(received)
            if all(len(pointers) < limit for pointers in shards):
                break
    return None


def last_rejection_us(table: Table, tenant: str) -> int | None:
    """When something that was rejected was last received of an app; None if nothing is kept. 8 queries."""
    newest = next(newest_rows(table, shards_of(tenant), batch=1), None)
    return None if newest is None else key_parts.time_from_key(str(newest[keys.SK]).partition("#")[0])


def _since(table: Table, pk: str, first: str) -> dict[str, int]:
    """By code, the counts of the days from one on."""
    counts: Counter[str] = Counter()
    for row in rows(table, pk, start=first, end="9"):
        counts[str(row[keys.SK]).partition("#")[2]] += number(row, COUNT)
    return dict(counts)
