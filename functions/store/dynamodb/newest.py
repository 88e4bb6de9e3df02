"""Lists that lie in several partitions by time, read as one, the newest first, by key and never by scan.

Rejections and conflicts are listed so: a query for each partition, whose rows' sort keys begin with a time.
"""

import heapq
from collections.abc import Iterable, Iterator

from functions.core.times import FIRST_US, LAST_US
from functions.store import keys
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.row import Row
from functions.store.dynamodb.table import Table, rows


def newest_rows(
    table: Table,
    partitions: Iterable[str],
    *,
    from_us: int | None = None,
    to_us: int | None = None,
    through: str = "",
    batch: int | None = None,
) -> Iterator[Row]:
    """The rows of these partitions from ≤ t < to, newest first, read as the iterator advances.

    `through`: begin with the row of this sort key. `batch`: rows of one query.
    """
    start = key_parts.time_key(FIRST_US if from_us is None else from_us)
    end = key_parts.time_key(LAST_US if to_us is None else to_us - 1) + key_parts.KEY_MAX
    if through:
        end = min(end, through)
    if start > end:
        return iter(())
    lists = [rows(table, pk, start=start, end=end, descending=True, limit=batch) for pk in partitions]
    return heapq.merge(*lists, key=lambda row: str(row[keys.SK]), reverse=True)
