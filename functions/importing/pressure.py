"""How much of an import may wait in the queue: so little that an event that is sent meanwhile is stored at once."""

from collections.abc import Callable

from msgspec import Struct

from functions.store.backlog import lag_us
from functions.store.dynamodb.table import Table
from functions.store.queue import Queue

MOST_WAITING = 40  # messages: about what a batch of `process` is
OLDEST_S = 60.0
PAUSE_S = 0.5
TOLD_S = 30.0


class Pressure(Struct):
    """Looks at the queue before each portion. `pause` waits some seconds, `paused_s` in all; `tell` hears of a long
    wait, because nothing else says that `process` has stopped.
    """

    queue: Queue
    table: Table
    clock: Callable[[], int]
    pause: Callable[[float], None]
    tell: Callable[[str], None]
    most_waiting: int = MOST_WAITING
    paused_s: float = 0.0

    def wait(self, *, portion: int) -> None:
        """Return when that many more messages may be queued: the queue holds few, and none of them is old."""
        waited_s = 0.0
        while not self._is_low(portion):
            self.pause(PAUSE_S)
            self.paused_s += PAUSE_S
            waited_s += PAUSE_S
            if waited_s % TOLD_S == 0:
                self.tell(f"waiting for {waited_s:.0f} s: the queue holds messages that are not stored yet")

    def _is_low(self, portion: int) -> bool:
        waiting = self.queue.waiting()
        if not waiting:
            return True
        if waiting + portion > self.most_waiting:
            return False
        return lag_us(self.table, self.queue, now_us=self.clock()) <= OLDEST_S * 1e6
