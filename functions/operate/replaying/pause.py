"""The pause of the sweep while a replay works: sessions of which only a part is in the table must not end."""

import threading
from collections.abc import Callable

from functions.core.times import MINUTE_US
from functions.store.backlog import pause_sweep
from functions.store.dynamodb.table import Table

PAUSE_US = 10 * MINUTE_US


class SweepPause:
    """A lease that keeps the sweep of a table from ending sessions of which only a part is there.

    Renewed while the work goes on, so that work that is killed keeps sessions open for `for_us` at most.
    """

    def __init__(self, table: Table, clock: Callable[[], int], *, for_us: int = PAUSE_US) -> None:
        self._table, self._clock, self._for_us = table, clock, for_us
        self.until_us = 0
        self._lock = threading.Lock()
        self.renew()

    def renew(self) -> None:
        """Pause for the whole time again, if less than half of it is left. Any worker may call it."""
        with self._lock:
            now_us = self._clock()
            if self.until_us - now_us < self._for_us // 2:
                self.until_us = now_us + self._for_us
                pause_sweep(self._table, until_us=self.until_us)

    def end(self) -> None:
        pause_sweep(self._table, until_us=0)
