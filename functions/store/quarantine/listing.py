"""Reading quarantine: where the rejections of an app lie, and those of one job.

`query` lists them; `operate` exports them. Rejections lie in REJECTION_SHARDS partitions, a query each.
"""

from functions.store import keys
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.row import Row
from functions.store.dynamodb.table import Table


def shards_of(tenant: str) -> list[str]:
    """The partitions in which an app's rejections lie."""
    return [keys.rejection_pk(tenant, shard) for shard in range(keys.REJECTION_SHARDS)]


def rows_of_job(table: Table, tenant: str, *, received_us: int, job_digest: str, limit: int) -> list[Row]:
    """Rows with rejections of one job, at most `limit` of a shard. One query, or one a shard if there are none.

    An earlier version put each rejection into the shard of its own content, so the others are asked last.
    """
    own = key_parts.shard_of(job_digest, keys.REJECTION_SHARDS)
    received = key_parts.time_key(received_us)
    start = f"{received}#{job_digest}"
    rows = table.query(keys.rejection_pk(tenant, own), start=start, end=start + key_parts.KEY_MAX, limit=limit).rows
    if rows:
        return rows
    end = received + key_parts.KEY_MAX
    return [row for pk in shards_of(tenant) for row in table.query(pk, start=received, end=end, limit=limit).rows]
