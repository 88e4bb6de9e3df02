"""On which UTC days an app's events happened and were received, and which months a span touches."""

from collections.abc import Iterator

from functions.core.times import day_of
from functions.store import keys
from functions.store.dynamodb.table import COUNT, Table, rows


def sent_by_day(table: Table, tenant: str) -> dict[str, int]:
    """About how many events happened on each UTC day, the newest first: what was sent again may count again."""
    return _by_day(table, keys.sent_pk(tenant))


def received_by_day(table: Table, tenant: str) -> dict[str, int]:
    """How many events were received on each UTC day, the newest first: what was sent again counts again."""
    return _by_day(table, keys.received_pk(tenant))


def _by_day(table: Table, pk: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in rows(table, pk, descending=True):
        day = str(row[keys.SK]).partition("#")[0]
        counts[day] = counts.get(day, 0) + int(str(row[COUNT]))
    return counts


def months_of(start_us: int, end_us: int) -> Iterator[str]:
    """The UTC months that a span touches, in order."""
    month, last = day_of(start_us)[:6], day_of(max(start_us, end_us - 1))[:6]
    while month <= last:
        yield month
        year, number = int(month[:4]), int(month[4:]) + 1
        month = f"{year + number // 13:04d}{(number - 1) % 12 + 1:02d}"
