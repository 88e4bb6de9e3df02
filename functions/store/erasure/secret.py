"""The stack's secret, by which pseudonyms are made: once, kept in the registry, which only the operator writes."""

from collections.abc import Callable

from functions.core.privacy.pseudonym import SECRET_BYTES
from functions.store import keys
from functions.store.dynamodb.row import Key
from functions.store.dynamodb.table import Table

SECRET_KEY: Key = (keys.LAKE, keys.LAKE_SECRET)  # the lake makes its pseudonyms by it, too


def held_secret(registry: Table) -> bytes | None:
    """The secret, or None if none was made yet."""
    row = registry.get_all([SECRET_KEY]).get(SECRET_KEY)
    if row is None:
        return None
    secret = row["secret"]
    assert isinstance(secret, bytes)
    return secret


def pseudonym_secret(registry: Table, *, random_bytes: Callable[[int], bytes]) -> bytes:
    """The secret; made now if there is none. Of two who make it at once both get the one that is kept."""
    pk, sk = SECRET_KEY
    secret = held_secret(registry)
    if secret is None:
        registry.put_if({keys.PK: pk, keys.SK: sk, "secret": random_bytes(SECRET_BYTES)}, None)
        secret = held_secret(registry)
    assert secret is not None
    return secret
