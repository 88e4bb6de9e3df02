"""A table in memory that adds up what DynamoDB would bill for what is done to it, by the kind of row."""

from collections import Counter
from collections.abc import Iterable, Sequence

from functions.store import keys
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.table import COUNT, Key, Page, Row, key_of
from tests.bench.items import index_row, read_units, write_units
from tests.fakes import MemoryTable

KINDS = {"E#": "event", "M#": "membership", "S#": "session", "S~": "session", "L#": "session", "T": "timer"}


def kind_of(key: Key) -> str:
    """event, membership, session or timer by the sort key; everything else is bookkeeping of the batch."""
    return KINDS.get(key[1][:2], "batch")


def index_units(old: Row | None, new: Row, *names: str) -> int:
    """Writes to one index: none where its keys stay, one where a row comes or goes, two where it moves."""
    before = old and all(name in old for name in names) and index_row(old, *names)
    after = all(name in new for name in names) and index_row(new, *names)
    if before == after:
        return 0
    return sum(write_units(row) for row in (before, after) if row)


class MeteredTable(MemoryTable):
    """`written_units` and `read_units` by kind of row."""

    def __init__(self) -> None:
        super().__init__()
        self.written_units: Counter[str] = Counter()
        self.read_units: Counter[str] = Counter()

    def _bill(self, row: Row, times: int = 1) -> None:
        old = self.items.get(key_of(row))
        units = max(write_units(row), write_units(old) if old else 1) * times
        units += index_units(old, row, keys.BY_ID_PK) + index_units(old, row, keys.DUE_PK, keys.DUE_SK)
        self.written_units[kind_of(key_of(row))] += units

    def put_all(self, rows: Iterable[Row]) -> None:
        unique = {key_of(row): row for row in rows}
        for row in unique.values():
            self._bill(row)
        super().put_all(unique.values())

    def put_all_if(self, rows: Sequence[tuple[Row, int | None]]) -> bool:
        for row, _ in rows:
            self._bill(row, 2 if len(rows) > 1 else 1)  # a transaction costs twice
        return super().put_all_if(rows)

    def count_once(self, marker: Row, key: Key, amount: int) -> bool:
        self._bill(marker, 2)
        self._bill({keys.PK: key[0], keys.SK: key[1], COUNT: amount}, 2)
        return super().count_once(marker, key, amount)

    def get_all(self, wanted: Iterable[Key]) -> dict[Key, Row]:
        unique = list(dict.fromkeys(wanted))
        found = super().get_all(unique)
        for key in unique:
            self.read_units[kind_of(key)] += int(read_units([found[key]] if key in found else [], consistent=True))
        return found

    def query(
        self,
        pk: str,
        *,
        start: str = "",
        end: str = key_parts.KEY_MAX,
        index: str = "",
        descending: bool = False,
        limit: int | None = None,
        after: Row | None = None,
        consistent: bool = False,
    ) -> Page:
        page = super().query(
            pk,
            start=start,
            end=end,
            index=index,
            descending=descending,
            limit=limit,
            after=after,
            consistent=consistent,
        )
        # Halves are counted twice over and halved by who reads them: a Counter holds whole numbers.
        self.read_units["halves"] += round(2 * read_units(page.rows, consistent=consistent))
        return page
