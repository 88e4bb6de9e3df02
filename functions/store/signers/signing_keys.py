"""The public keys that a token's or a body's signer publishes: a JWK set (RFC 7517 §5) at a URL.

The user pool's, by which `authorize` checks tokens; a sender's own, by which `validate` checks signed bodies. PyJWT and
cryptography cost 30 ms of CPU to import, so that waits until a key is wanted.
"""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from functions.store.errors import SigningKeysUnavailable
from functions.store.signers.fetcher import JwkSetFetcher

if TYPE_CHECKING:
    from jwt import PyJWK

    from functions.store.signers.jwks_client import JwksClient

LIFESPAN_S = 300  # a key that its publisher withdrew is trusted for as long
COOLDOWN_S = 60  # made-up key ids cause one fetch a minute, no more


class KeySet:
    """The public keys at a URL, by key id. They are fetched when they are first wanted, and again after LIFESPAN_S.

    If the URL does not answer then, the keys of before are good for an hour after they were fetched.
    """

    def __init__(self, url: str, fetch: Callable[[str], bytes] | None = None) -> None:
        """`fetch` takes the place of the hardened fetcher, which asks public addresses only."""
        self._url = url
        self._fetch = fetch or JwkSetFetcher()

    def find(self, key_id: str) -> "PyJWK | None":
        """The key, or None if the set has none of that id. Raises SigningKeysUnavailable if that cannot be known."""
        import jwt

        try:
            return self._client.get_signing_key(key_id)
        except jwt.PyJWKClientError as error:
            if self._client.is_stale:
                raise SigningKeysUnavailable(
                    "the JWK set cannot be fetched, and its last copy lacks the key"
                ) from error
            return None

    @cached_property
    def _client(self) -> "JwksClient":
        from functions.store.signers.jwks_client import JwksClient

        return JwksClient(self._url, self._fetch, lifespan=LIFESPAN_S, cooldown_duration=COOLDOWN_S)
