"""What an app sent today and yesterday, from counts that are kept: 3 queries, and 4 to 8 for the last arrival."""

from collections import Counter
from itertools import chain

from functions.core.ids import digest
from functions.core.sender_alarms.alarms import SentCounts
from functions.core.times import DAY_US, day_of
from functions.store import keys
from functions.store.dynamodb.attributes import number
from functions.store.dynamodb.table import COUNT, Table, rows
from functions.store.quarantine.counts import EVERY_CODE
from functions.store.rows.manifests import Manifest, pointed_at
from functions.store.sender_alarms.keys import findings_pk

LOOKED_AT = 20  # newest manifests of a shard: those of this service's own events tell nothing of the sender
OWN_SENSOR = digest("")  # of what this service emits


def sent_counts(table: Table, tenant: str, *, now_us: int) -> SentCounts:
    """The counts of an app's last two days of UTC."""
    first = day_of(now_us - DAY_US)
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
        last_us=last_arrival_us(table, tenant, now_us=now_us),
    )


def last_arrival_us(table: Table, tenant: str, *, now_us: int) -> int | None:
    """When something was last received of an app, this month or last; None if nothing was."""
    for month in (day_of(now_us)[:6], day_of(now_us - 31 * DAY_US)[:6]):
        pointers = chain.from_iterable(
            table.query(keys.arrival_pk(tenant, month, shard), descending=True, limit=LOOKED_AT).rows
            for shard in range(keys.MANIFEST_SHARDS)
        )
        places = {key: received_us for received_us, key in map(pointed_at, pointers)}
        held = table.get_all(places, consistent=False) if places else {}
        received = [places[key] for key, row in held.items() if set(Manifest(row).sensors) != {OWN_SENSOR}]
        if received:
            return max(received)
    return None


def _since(table: Table, pk: str, first: str) -> dict[str, int]:
    """By code, the counts of the days from one on."""
    counts: Counter[str] = Counter()
    for row in rows(table, pk, start=first, end="9"):
        counts[str(row[keys.SK]).partition("#")[2]] += number(row, COUNT)
    return dict(counts)
