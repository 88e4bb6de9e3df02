"""Reading quarantine: the rejections of an app, newest request first, by key and never by scan.

`query` lists them; `operate` exports them. Rejections lie in REJECTION_SHARDS partitions, a query each.
"""

import heapq
from collections.abc import Iterator

from functions.core.times import FIRST_US, LAST_US
from functions.store import key_parts, keys
from functions.store.dynamodb.row import Row
from functions.store.dynamodb.table import Table, rows


def newest_rows(
    table: Table,
    tenant: str,
    *,
    from_us: int | None = None,
    to_us: int | None = None,
    through: str = "",
    batch: int | None = None,
) -> Iterator[Row]:
    """The rows of a tenant's rejections received from ≤ t < to, newest first, read as the iterator advances.

    `through`: begin with the row of this sort key. `batch`: rows of one query.
    """
    start = key_parts.time_key(FIRST_US if from_us is None else from_us)
    end = key_parts.time_key(LAST_US if to_us is None else to_us - 1) + key_parts.KEY_MAX
    if through:
        end = min(end, through)
    if start > end:
        return iter(())
    shards = [
        rows(table, keys.rejection_pk(tenant, shard), start=start, end=end, descending=True, limit=batch)
        for shard in range(keys.REJECTION_SHARDS)
    ]
    return heapq.merge(*shards, key=lambda row: str(row[keys.SK]), reverse=True)


def rows_of_job(table: Table, tenant: str, *, received_us: int, job_digest: str, limit: int) -> list[Row]:
    """Rows with rejections of one job, at most `limit` of a shard. One query, or one a shard if there are none.

    An earlier version put each rejection into the shard of its own content, so the others are asked last.
    """
    own = key_parts.shard_of(job_digest, keys.REJECTION_SHARDS)
    received = key_parts.time_key(received_us)
    start = f"{received}#{job_digest}"
    there = table.query(keys.rejection_pk(tenant, own), start=start, end=start + key_parts.KEY_MAX, limit=limit).rows
    if there:
        return there
    shards = (keys.rejection_pk(tenant, shard) for shard in range(keys.REJECTION_SHARDS))
    end = received + key_parts.KEY_MAX
    return [row for pk in shards for row in table.query(pk, start=received, end=end, limit=limit).rows]
