"""The stack's secret, by which pseudonyms are made: once, kept in the registry, which only the operator writes."""

from collections.abc import Callable

from functions.core.privacy.pseudonym import SECRET_BYTES
from functions.store import keys
from functions.store.dynamodb.row import Key
from functions.store.dynamodb.table import Table

SECRET_KEY: Key = (keys.LAKE, keys.LAKE_SECRET)  # the lake makes its pseudonyms by it, too


def pseudonym_secret(registry: Table, *, random_bytes: Callable[[int], bytes]) -> bytes:
    """The secret; made now if there is none. Of two who make it at once both get the one that is kept."""
    pk, sk = SECRET_KEY
    held = registry.get_all([SECRET_KEY]).get(SECRET_KEY)
    if held is None:
        registry.put_if({keys.PK: pk, keys.SK: sk, "secret": random_bytes(SECRET_BYTES)}, None)
        held = registry.get_all([SECRET_KEY])[SECRET_KEY]
    secret = held["secret"]
    assert isinstance(secret, bytes)
    return secret
