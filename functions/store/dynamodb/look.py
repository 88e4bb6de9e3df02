"""How much a search along a partition reads at a time when nobody knows how far it must go."""

from functions.core.times import FIRST_US, LAST_US

LOOK_ROWS = 50  # of the first page of a look for a silence
GROWTH = 4
MOST_ROWS = 800  # of a page; where it needs more, whole megabytes are read


class Look:
    """How far a look for a silence reads next: time and rows grow with what was read, and at last are not bounded."""

    def __init__(self, silence_us: int) -> None:
        self.reach_us = silence_us
        self._limit: int | None = LOOK_ROWS

    def next_limit(self) -> int | None:
        limit = self._limit
        if limit is not None:
            self._limit = GROWTH * limit if limit < MOST_ROWS else None
        return limit

    def widen(self) -> None:
        self.reach_us = LAST_US - FIRST_US if self._limit is None else GROWTH * self.reach_us
