"""The time of the double: that of this machine, moved as far as a test says."""

import time
from collections.abc import Callable


def machine_time_us() -> int:
    """Microseconds since 1970."""
    return time.time_ns() // 1000


class Clock:
    """Runs on from where it is set, as fast as `machine`."""

    def __init__(self, machine: Callable[[], int] = machine_time_us) -> None:
        self._machine = machine
        self._ahead_us = 0

    def now_us(self) -> int:
        return self._machine() + self._ahead_us

    def set(self, now_us: int) -> None:
        """Let it be `now_us`."""
        self._ahead_us = now_us - self._machine()

    def reset(self) -> None:
        """Let it be the machine's time again."""
        self._ahead_us = 0
