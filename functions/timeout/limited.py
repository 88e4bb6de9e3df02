"""A table whose reads end: how the sweep looks at a timeline that would take all of its memory, or all of its time."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, cast

from functions.store import keys
from functions.store.dynamodb.table import Page, Row, Table


class TooLong(Exception):
    """More rows than may be held at once."""


class OutOfTime(Exception):
    """The sweep must end before this timeline is read."""


def limited(table: Table, *, rows: int, silence_us: int | None, time_left: Callable[[], bool]) -> Table:
    """`table`, whose queries raise TooLong where more than `rows` facts were read, and OutOfTime where no time is left.

    Where what is read is folded and dropped at every silence longer than `silence_us`, only what came since counts.
    """
    return cast("Table", _Limited(table, rows, silence_us, time_left))


class _Limited:
    def __init__(self, table: Table, rows: int, silence_us: int | None, time_left: Callable[[], bool]) -> None:
        self._table = table
        self._most = rows
        self._silence_us = silence_us
        self._time_left = time_left
        self._held = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)

    def query(self, pk: str, **asked: Any) -> Page:
        if not self._time_left():
            raise OutOfTime
        page = self._table.query(pk, **asked)
        facts = [row for row in page.rows if str(row[keys.SK]).startswith(keys.EVENT)]
        since = None if self._silence_us is None else _since_silence(facts, self._silence_us)
        self._held = self._held + len(facts) if since is None else since
        if self._held > self._most:
            raise TooLong
        return page


def _since_silence(facts: Sequence[Row], silence_us: int) -> int | None:
    """How many facts of a page came since its last silence; None where it has none."""
    moments = [keys.instant_us(str(row[keys.SK]).split("#")[1]) for row in facts]
    silences = [at for at, (one, next_one) in enumerate(pairwise(moments), 1) if abs(next_one - one) > silence_us]
    return len(facts) - silences[-1] if silences else None
