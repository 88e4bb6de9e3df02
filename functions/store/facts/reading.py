"""Rows of a timeline read as facts: what cannot be read is left out and told of, and what has a rival knows it.

The sweep and every answer read facts through this, so none of them can count another content of an id than the others.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct, field

from functions.store.dynamodb.row import Key, Row, key_of
from functions.store.dynamodb.table import Page, Table
from functions.store.facts.rivals import is_rival, moment, rival_in, rivals_at
from functions.store.rows.events import UNREADABLE, StoredFact, fact_of_row, with_rival


class Reading(Struct, kw_only=True):
    """How one sweep or answer reads facts, and what it has read so far.

    Facts further apart than `slice_gap_us` are of two slices. TooLong is raised for a slice of over `rows_at_once`
    rows, OutOfTime if `goes_on` denies a page. `unreadable` rows are left out of every slice and listed here.
    """

    slice_gap_us: int
    consistent: bool = False
    rows_at_once: int | None = None
    goes_on: Callable[[], bool] = lambda: True
    rows: int = 0
    unreadable: list[Key] = field(default_factory=list)
    rivals: defaultdict[Key, set[str]] = field(default_factory=lambda: defaultdict(set))  # by partition and moment

    def facts(self, rows: Iterable[Row]) -> Iterator[StoredFact]:
        """The facts that are stored as `rows`, without those that cannot be read. Each knows its lowest rival if the
        rows that tell of it come before it, as they do in the order of time.
        """
        for row in rows:
            pk, sk = key_of(row)
            if is_rival(sk):
                self.rivals[pk, moment(sk)].add(rival_in(sk))
                continue
            try:
                fact = fact_of_row(row)
            except UNREADABLE:
                if (pk, sk) not in self.unreadable:
                    self.unreadable.append((pk, sk))
                continue
            rivals = self.rivals.get((pk, moment(sk))) if self.rivals else None
            yield fact if rivals is None else with_rival(fact, rivals)

    def page(self, rows: Sequence[Row]) -> list[StoredFact]:
        """The facts of one page, in whatever order it comes."""
        self._note(rows)
        return list(self.facts(rows))

    def whole_moments(self, table: Table, page: Page) -> Sequence[Row]:
        """The rows of a page that descends without its last moment, whose rivals may be on the next one. If no other
        moment is left, all of them, and the lowest of its rivals are read apart.
        """
        if page.next_key is None or not page.rows:
            return page.rows
        pk, sk = key_of(page.rows[-1])
        whole = [row for row in page.rows if moment(key_of(row)[1]) != moment(sk)]
        if whole:
            return whole
        first, last = rivals_at(sk)
        self._note(table.query(pk, start=first, end=last, limit=2).rows)  # the lowest may be the content of an event
        return page.rows

    def _note(self, rows: Iterable[Row]) -> None:
        for row in rows:
            pk, sk = key_of(row)
            if is_rival(sk):
                self.rivals[pk, moment(sk)].add(rival_in(sk))
