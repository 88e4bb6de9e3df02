"""The secret that the lake's pseudonyms are keyed with: one for each stack, made once and kept in the registry."""

from collections.abc import Callable

from functions.store import keys
from functions.store.dynamodb.table import Table

SECRET_BYTES = 32
_KEY = (keys.LAKE, keys.LAKE_SECRET)


def lake_secret(table: Table, *, random_bytes: Callable[[int], bytes]) -> bytes:
    """The stack's secret; made now if there is none. Of two that make it at once both get the one that is kept."""
    held = table.get_all([_KEY]).get(_KEY)
    if held is None:
        table.put_if({keys.PK: keys.LAKE, keys.SK: keys.LAKE_SECRET, "secret": random_bytes(SECRET_BYTES)}, None)
        held = table.get_all([_KEY])[_KEY]
    secret = held["secret"]
    assert isinstance(secret, bytes)
    return secret
