"""Parts of keys: times as digits that sort, and shards. `functions.store.keys` puts them together."""

from functions.core.times import FIRST_US

KEY_MAX = "~"  # sorts after every character that a key of this service can hold


def time_key(us: int) -> str:
    """An instant as 18 digits that sort as time does, from year 1 on."""
    return f"{us - FIRST_US:018d}"


def time_from_key(key_part: str) -> int:
    """The instant that `time_key` wrote."""
    return int(key_part) + FIRST_US


def shard_of(digest_part: str, shards: int) -> int:
    """A stable shard for a digest: placement depends on the item alone."""
    return spread(digest_part) % shards


def spread(digest_part: str) -> int:
    """A number that spreads keys over shards."""
    value = 0
    for byte in digest_part.encode():
        value = (value * 31 + byte) & 0xFFFFFFFF
    return value
