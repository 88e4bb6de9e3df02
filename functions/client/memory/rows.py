"""The rows of the table in memory, sorted by partition as the table and its indexes keep them."""

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterator, Mapping, MutableMapping, Sequence

from functions.core.ids import digest
from functions.store import keys
from functions.store.dynamodb.row import Key, Row

type Place = tuple[str, str, Key]  # the sort key, what orders rows of an equal one, and the row's key


class Rows(MutableMapping[Key, Row]):
    """A dict by key. `places` are those of one partition of the table or an index, in order.

    Rows that an index does not order come in no order that tells of them.
    """

    def __init__(self, rows: Mapping[Key, Row] | None = None) -> None:
        self._rows: dict[Key, Row] = {}
        self._places: defaultdict[tuple[str, str], list[Place]] = defaultdict(list)
        self.update(rows or {})

    def places(self, index: str, pk: str) -> Sequence[Place]:
        return self._places.get((index, pk), ())

    def of_index(self, index: str, after: Row | None) -> Iterator[Key]:
        """The keys of everything that an index holds, partition by partition, behind one row of it."""
        reached = None if after is None else (str(after[keys.KEY_NAMES[index][0]]), place_of(index, after))
        for held_by, pk in sorted(self._places):
            for place in self._places[held_by, pk] if held_by == index else ():
                if reached is None or (pk, place) > reached:
                    yield place[2]

    def __setitem__(self, key: Key, row: Row) -> None:
        if key in self._rows:
            del self[key]
        self._rows[key] = row
        for partition, place in _places_of(key, row):
            insort(self._places[partition], place)

    def __delitem__(self, key: Key) -> None:
        for partition, place in _places_of(key, self._rows.pop(key)):
            del self._places[partition][bisect_left(self._places[partition], place)]

    def __getitem__(self, key: Key) -> Row:
        return self._rows[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


def between(places: Sequence[Place], start: str, end: str) -> tuple[int, int]:
    """From which place to before which one the sort keys lie from `start` to `end`, both included."""
    return (
        bisect_left(places, start, key=lambda place: place[0]),
        bisect_right(places, end, key=lambda place: place[0]),
    )


def place_of(index: str, row: Row) -> Place:
    """Where a row, or what an index holds of it, stands in its partition."""
    key = str(row[keys.PK]), str(row[keys.SK])
    sk_name = keys.KEY_NAMES[index][1]
    return (str(row[sk_name]) if sk_name else "", digest("|".join(key)) if index else "", key)


def _places_of(key: Key, row: Row) -> Iterator[tuple[tuple[str, str], Place]]:
    for index, (pk_name, sk_name) in keys.KEY_NAMES.items():
        if pk_name in row and (not sk_name or sk_name in row):
            yield (index, str(row[pk_name])), place_of(index, {**row, keys.PK: key[0], keys.SK: key[1]})
