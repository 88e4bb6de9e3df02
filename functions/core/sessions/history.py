"""What happened long before it arrived: an import, or a device that was offline. It is kept, and no notice is sent."""

from functions.core.times import DAY_US

LONG_OVER_US = DAY_US


def is_long_over(time_us: int, *, received_us: int) -> bool:
    """Whether something was over for a day when this service heard of it."""
    return received_us - time_us > LONG_OVER_US
