"""How much a search along a partition reads at a time if it is not known how far it must go."""

from functions.core.times import FIRST_US, LAST_US

FIRST_ROWS = 50  # of the first page
GROWTH = 4
MOST_ROWS = 800  # of a page; beyond that, whole megabytes are read


class GrowingReach:
    """How far the search for a slice gap reads next: time and rows grow, and at last are unbounded."""

    def __init__(self, slice_gap_us: int) -> None:
        self.span_us = slice_gap_us
        self._limit: int | None = FIRST_ROWS

    def next_limit(self) -> int | None:
        limit = self._limit
        if limit is not None:
            self._limit = GROWTH * limit if limit < MOST_ROWS else None
        return limit

    def widen(self) -> None:
        self.span_us = LAST_US - FIRST_US if self._limit is None else GROWTH * self.span_us
