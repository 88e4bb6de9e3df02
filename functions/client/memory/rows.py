"""Rows by key, and by partition of each index, so that a query does not look through the whole table."""

from collections.abc import Iterable, Iterator, Mapping, MutableMapping

from functions.store import keys
from functions.store.dynamodb.row import Key, Row


class Rows(MutableMapping[Key, Row]):
    """A dict of rows that knows which of them lie in a partition of the table or of an index."""

    def __init__(self, rows: Mapping[Key, Row] | Iterable[tuple[Key, Row]] = ()) -> None:
        self._rows: dict[Key, Row] = {}
        self._partitions: dict[tuple[str, object], set[Key]] = {}
        self.update(rows)

    def partition(self, pk: str, index: str = "") -> list[Row]:
        """The rows whose partition key is `pk`, in no order. An index holds only rows that have its keys."""
        return [self._rows[key] for key in self._partitions.get((index, pk), ())]

    def __getitem__(self, key: Key) -> Row:
        return self._rows[key]

    def __setitem__(self, key: Key, row: Row) -> None:
        if key in self._rows:
            self._leave(key)
        self._rows[key] = row
        for place in _places(row):
            self._partitions.setdefault(place, set()).add(key)

    def __delitem__(self, key: Key) -> None:
        self._leave(key)
        del self._rows[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def _leave(self, key: Key) -> None:
        for place in _places(self._rows[key]):
            self._partitions[place].discard(key)


def _places(row: Row) -> list[tuple[str, object]]:
    return [(index, row[names[0]]) for index, names in keys.KEY_NAMES.items() if names[0] in row]
