"""PyJWT's client of a JWK set, which goes on with its last copy if the URL does not answer.

Imported with the first key that is wanted: see `signing_keys`.
"""

import json
import time
from collections.abc import Callable
from typing import Any

import jwt

from functions.store.errors import SigningKeysUnavailable


class JwksClient(jwt.PyJWKClient):
    """`is_stale` says that the last fetch failed. `fetch` takes the place of the HTTP request."""

    def __init__(self, url: str, fetch: Callable[[str], bytes] | None, **options: Any) -> None:
        super().__init__(url, **options)
        self._fetch = fetch
        self._last: jwt.PyJWKSet | None = None
        self.is_stale = False

    def fetch_data(self) -> jwt.PyJWKSet:
        """The keys at the URL, or those of before. Raises SigningKeysUnavailable if there are none."""
        try:
            body: Any = super().fetch_data() if self._fetch is None else json.loads(self._fetch(self.uri))
            self._last = jwt.PyJWKSet.from_dict(self._as_jwk_set_payload(body))
            self._last_successful_fetch = time.monotonic()  # as PyJWT does: the cooldown begins
            self.is_stale = False
        except (jwt.PyJWTError, OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            self.is_stale = True
            if self._last is None:
                raise SigningKeysUnavailable("the JWK set cannot be fetched or read") from error
        return self._last
