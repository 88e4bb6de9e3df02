"""The event index rows that a warm worker knows to be stored, so that it does not read them with every batch.

All events of a session have the same few event index rows, and reading one costs as much as reading a session timer.
Forgetting is harmless: what is not known is read. Rows of the table go by expiry only, which is remembered too.
"""

from collections.abc import Mapping

from functions.store import keys
from functions.store.dynamodb.table import Key, Row
from functions.store.rows.timers import SLACK_US

MOST = 100_000  # keys, some 30 MB; beyond that all are forgotten


class EventIndexCache:
    """Keys of event index rows that this worker read or put, with the second until which each lives."""

    def __init__(self, *, most: int = MOST) -> None:
        self._most = most
        self._until_s: dict[Key, int] = {}

    def unknown(self, index_rows: Mapping[Key, Row]) -> dict[Key, Row]:
        """Those that must be looked up."""
        return {key: row for key, row in index_rows.items() if outlived(self._until_s.get(key, 0), row)}

    def stored(self, key: Key, row: Row) -> None:
        """`row` is in the table at `key`."""
        if len(self._until_s) >= self._most:
            self._until_s.clear()
        self._until_s[key] = int(str(row[keys.TTL]))


def stale(stored: Row | None, row: Row) -> bool:
    """Whether an event index row must be put: it is not there, or would expire before the events it leads to."""
    return stored is None or outlived(int(str(stored[keys.TTL])), row)


def outlived(until_s: int, row: Row) -> bool:
    """Whether the events that `row` leads to outlive an event index row that lives until then (second of unix time)."""
    return until_s < int(str(row[keys.TTL])) - SLACK_US // 1_000_000
