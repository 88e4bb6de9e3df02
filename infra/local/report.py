"""What a person at the terminal reads: progress with the time it took, and failures that say what to do."""

import sys
import time


class Stopped(Exception):
    """It cannot go on: what is wrong, and what to do about it."""

    def __init__(self, wrong: str, remedy: str) -> None:
        super().__init__(wrong)
        self.remedy = remedy


class Progress:
    """Prints each step as it begins, with the seconds since the first."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._began = time.monotonic()
        self._quiet = quiet

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def step(self, text: str) -> None:
        if not self._quiet:
            print(f"[{self.seconds:5.1f} s] {text}", flush=True)


def print_error(stopped: Stopped) -> None:
    print(f"\nstopped: {stopped}\n  what to do: {stopped.remedy}", file=sys.stderr, flush=True)
