"""Waiting for what becomes true in its own time: a condition is looked at until it holds, within a bound."""

import time
from collections.abc import Callable

PATIENCE_SECONDS = 60.0
LOOK_SECONDS = 0.2


def wait_for[T](what: str, look: Callable[[], T], *, seconds: float = PATIENCE_SECONDS) -> T:
    """The first truthy result of `look`; AssertionError, naming `what` and the last result, if none comes."""
    deadline = time.monotonic() + seconds
    while True:
        outcome = look()
        if outcome:
            return outcome
        assert time.monotonic() < deadline, f"{what}: not within {seconds:.0f} s; last: {outcome!r}"
        time.sleep(LOOK_SECONDS)
