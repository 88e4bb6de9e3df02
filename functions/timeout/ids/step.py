"""When the walk of the ids goes on: said apart from it, because a sweep between two steps does without the walk."""

from functions.core.times import MINUTE_US

STEP_MINUTES = 10


def is_step(now_us: int) -> bool:
    """Whether the walk goes on in this minute."""
    return now_us // MINUTE_US % STEP_MINUTES == 0
