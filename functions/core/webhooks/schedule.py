"""When a delivery that failed is tried again, and when it is given up. Nothing here waits or asks a clock."""

from collections.abc import Callable

from functions.core.times import DAY_US, MINUTE_US

SECOND_US = 1_000_000
HOUR_US = 60 * MINUTE_US
# As consumers of Standard Webhooks know it: ten attempts in a little over three days.
DELAYS_US = (
    5 * SECOND_US, 5 * MINUTE_US, 30 * MINUTE_US, 2 * HOUR_US, 5 * HOUR_US, 10 * HOUR_US, 14 * HOUR_US, 20 * HOUR_US,
    24 * HOUR_US,
)  # fmt: skip
GIVEN_UP_US = 4 * DAY_US  # a message that waited for an endpoint that fails; its own attempts are over before
DISABLED_US = 5 * DAY_US  # an endpoint that failed for so long, with no success between
RETRY_AFTER_MAX_US = DAY_US
PROBE_US = MINUTE_US  # an endpoint that fails is asked once in so long
WAIT_US = 15 * MINUTE_US  # the longest delay of an SQS message: what waits is looked at so often
JITTER = 0.1

type Random = Callable[[], float]


def next_attempt_us(attempts: int, *, now_us: int, retry_after_us: int, random: Random) -> int | None:
    """When to try again after so many attempts; None if there is none left. `random` gives numbers from 0 to 1."""
    if attempts > len(DELAYS_US):
        return None
    delay_us = round(DELAYS_US[attempts - 1] * (1 + JITTER * random()))
    return now_us + max(delay_us, min(retry_after_us, RETRY_AFTER_MAX_US))


def probe_us(failures: int, *, now_us: int) -> int:
    """When an endpoint that failed so many times in a row may be asked again, by whichever message comes first."""
    return now_us + (DELAYS_US[0] if failures <= 1 else PROBE_US)


def waiting_until_us(probe_at_us: int, *, now_us: int, failing_us: int, random: Random) -> int:
    """When a message that met an endpoint that fails looks again: after no longer than the endpoint has failed so far.

    So an endpoint that was down for a minute has all its events about a minute after it answers. Of many messages each
    minute some come by, so that one of them is the probe.
    """
    return max(probe_at_us, now_us + round(min(failing_us, WAIT_US - PROBE_US) * random()))
