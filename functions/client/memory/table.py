"""The table as a dict, with its indexes: the promises of `functions.store.dynamodb.table`, without its limits.

DynamoDB's limits on sizes and expressions are not held here; the tests hold them, around this.
"""

from collections.abc import Iterable, Mapping, Sequence
from threading import RLock

from functions.client.memory.rows import Rows
from functions.core.ids import digest
from functions.store import keys
from functions.store.dynamodb.key_parts import KEY_MAX
from functions.store.dynamodb.row import Key, Row, key_of
from functions.store.dynamodb.table import COUNT, VERSION, Page

PAGE_ROWS = 1000


class MemoryTable:
    """Each call is atomic. Rows that an index does not order come in an order that says nothing of them."""

    def __init__(self, *, page_rows: int = PAGE_ROWS) -> None:
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
            self._rows.update((key_of(row), dict(row)) for row in rows)

    def get_all(self, wanted: Iterable[Key]) -> dict[Key, Row]:
        """The rows that exist among `wanted`."""
        with self.lock:
            return {key: dict(self._rows[key]) for key in dict.fromkeys(wanted) if key in self._rows}

    def put_if(self, row: Row, version: int | None) -> bool:
        """Put `row` if the stored one has `version` (None: there is none), else False."""
        return self.put_all_if([(row, version)])

    def put_all_if(self, rows: Sequence[tuple[Row, int | None]]) -> bool:
        """Put all rows if the version of each holds, or none."""
        with self.lock:
            holds = all(self._holds(row, version) for row, version in rows)
            if holds:
                self._rows.update((key_of(row), dict(row)) for row, _ in rows)
            return holds

    def count_once(self, marker: Row, key: Key, amount: int) -> bool:
        """Put `marker` and count `amount` up at `key`, both or neither. False if the marker exists already."""
        with self.lock:
            if key_of(marker) in self._rows:
                return False
            row = self._rows.get(key, {keys.PK: key[0], keys.SK: key[1]})
            counted = int(str(row.get(COUNT, 0))) + amount
            self._rows[key_of(marker)] = dict(marker)
            self._rows[key] = {**row, COUNT: counted, keys.TTL: marker[keys.TTL]}
            return True

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
        """One page of the partition `pk`, sort keys from `start` to `end` inclusive. Always consistent."""
        del consistent
        pk_name, sk_name = keys.KEY_NAMES[index]
        names = {keys.PK, keys.SK, pk_name, sk_name} - {""}

        def position(row: Row) -> tuple[str, str]:
            return str(row.get(sk_name, "")), digest("|".join(key_of(row))) if index else ""

        with self.lock:
            ordered = sorted(
                (row for row in self._rows.partition(pk, index) if start <= str(row.get(sk_name, "")) <= end),
                key=position,
                reverse=descending,
            )
            if after is not None:
                last = position(after)
                ordered = [row for row in ordered if (position(row) < last if descending else position(row) > last)]
            size = min(limit or self.page_rows, self.page_rows)
            page = [{name: row[name] for name in names} if index else dict(row) for row in ordered[:size]]
            next_key = {name: ordered[size - 1][name] for name in names} if len(ordered) > size else None
            return Page(page, next_key)

    def _holds(self, row: Row, version: int | None) -> bool:
        stored = self._rows.get(key_of(row))
        return stored is None if version is None else stored is not None and stored.get(VERSION) == version
