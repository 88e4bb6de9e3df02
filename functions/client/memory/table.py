"""The table as a dict, with its indexes: the promises of `functions.store.dynamodb.table`, without its limits.

DynamoDB's limits on sizes and expressions are not held here; the tests hold them, around this.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from threading import RLock

from functions.client.memory.rows import Rows, between, place_of
from functions.store import keys
from functions.store.dynamodb.key_parts import KEY_MAX
from functions.store.dynamodb.row import Key, Row, key_of
from functions.store.dynamodb.table import COUNT, VERSION, Page

PAGE_ROWS = 1000


class MemoryTable:
    """Each call is atomic. Rows that an index does not order come in an order that says nothing of them."""

    def __init__(self, *, page_rows: int | None = PAGE_ROWS) -> None:
        self._rows = Rows()
        self.page_rows = page_rows
        self.lock = RLock()

    @property
    def items(self) -> Rows:
        """Every row by its key."""
        return self._rows

    @items.setter
    def items(self, rows: Mapping[Key, Row]) -> None:
        self._rows = Rows(rows)

    def put_all(self, rows: Iterable[Row]) -> None:
        """Put every row, the last among equal keys."""
        with self.lock:
            for row in rows:
                self._put(row)

    def delete_all(self, unwanted: Iterable[Key]) -> None:
        """Delete the rows that exist among `unwanted`."""
        with self.lock:
            for key in unwanted:
                self._rows.pop(key, None)

    def get_all(self, wanted: Iterable[Key], *, consistent: bool = True) -> dict[Key, Row]:
        """The rows that exist among `wanted`. Always consistent."""
        del consistent
        with self.lock:
            return {key: dict(self._rows[key]) for key in dict.fromkeys(wanted) if key in self._rows}

    def put_if(self, row: Row, version: int | None) -> bool:
        """Put `row` if the stored one has `version` (None: there is none), else False."""
        return self.put_all_if([(row, version)])

    def put_all_if(self, rows: Sequence[tuple[Row, int | None]]) -> bool:
        """Put all rows if the version of each holds, or none."""
        with self.lock:
            holds = all(self._holds(row, version) for row, version in rows)
            for row, _ in rows if holds else ():
                self._put(row)
            return holds

    def count_once(self, marker: Row, amounts: Mapping[Key, int]) -> bool:
        """Put `marker` and count up at each key by its amount, all or nothing. False if the marker exists already."""
        with self.lock:
            if key_of(marker) in self._rows:
                return False
            self._put(marker)
            for key, amount in amounts.items():
                row = self._rows.get(key, {keys.PK: key[0], keys.SK: key[1]})
                self._put({**row, COUNT: int(str(row.get(COUNT, 0))) + amount, keys.TTL: marker[keys.TTL]})
            return True

    def count_up(self, key: Key, amounts: dict[str, int], *, expires_s: int) -> Row:
        """Count each of `amounts` up in the row at `key`; the row as it is then."""
        with self.lock:
            row: Row = {**self._rows.get(key, {keys.PK: key[0], keys.SK: key[1]}), keys.TTL: expires_s}
            row |= {name: int(str(row.get(name, 0))) + amount for name, amount in amounts.items()}
            self._put(row)
            return dict(row)

    def query(
        self,
        pk: str,
        *,
        start: str = "",
        end: str = KEY_MAX,
        index: str = "",
        descending: bool = False,
        limit: int | None = None,
        after: Row | None = None,
        consistent: bool = False,
    ) -> Page:
        """One page of the partition `pk`, sort keys from `start` to `end` inclusive. Always consistent.

        Where it has as many rows as its limit it says that there may be more, as DynamoDB does.
        """
        del consistent
        with self.lock:
            places = self._rows.places(index, pk)
            low, high = between(places, start, end)
            if after is not None and descending:
                high = min(high, bisect_left(places, place_of(index, after)))
            elif after is not None:
                low = max(low, bisect_right(places, place_of(index, after)))
            span = max(high - low, 0)
            size = min(span, *(most for most in (limit, self.page_rows, span) if most is not None))
            chosen = places[high - size : high][::-1] if descending else places[low : low + size]
            names = dict.fromkeys(name for name in (keys.PK, keys.SK, *keys.KEY_NAMES[index]) if name)
            rows = [self._rows[key] for _, _, key in chosen]
            rows = [{name: row[name] for name in names} if index else dict(row) for row in rows]
            page = rows[: self._rows_of_a_page(rows)]
            more = len(page) < span or (limit is not None and len(page) == limit > 0)
            return Page(page, {name: page[-1][name] for name in names} if page and more else None)

    def scan(self, index: str, *, after: Row | None = None) -> Page:
        """One page of a whole index, partition by partition."""
        with self.lock:
            names = dict.fromkeys(name for name in (keys.PK, keys.SK, *keys.KEY_NAMES[index]) if name)
            waiting = [self._rows[key] for key in self._rows.of_index(index, after)]
            rows = [{name: row[name] for name in names} for row in waiting[: self.page_rows]]
            page = rows[: self._rows_of_a_page(rows)]
            return Page(page, page[-1] if page and len(page) < len(waiting) else None)

    def _rows_of_a_page(self, rows: Sequence[Row]) -> int:
        """How many of these rows, at most `page_rows`, one query returns."""
        return len(rows)

    def _put(self, row: Row) -> None:
        self._rows[key_of(row)] = dict(row)

    def _holds(self, row: Row, version: int | None) -> bool:
        stored = self._rows.get(key_of(row))
        return stored is None if version is None else stored is not None and stored.get(VERSION) == version
