"""PyJWT's client of a JWK set, which goes on with its last copy for an hour if the URL does not answer.

Imported with the first key that is wanted: see `signing_keys`.
"""

import json
import time
from collections.abc import Callable
from typing import Any

import jwt

from functions.store.errors import SigningKeysUnavailable

UNREADABLE = (jwt.PyJWTError, OSError, ValueError, LookupError, TypeError, AttributeError)
KEPT_S = 3_300  # with LIFESPAN_S an hour: a signer that has not answered for as long may have withdrawn every key
PAUSE_S = 10  # after a fetch that failed: each takes up to three seconds, and any body can ask for one


class JwksClient(jwt.PyJWKClient):
    """`is_stale` says that the last fetch failed. `fetch` is the HTTP request."""

    def __init__(self, url: str, fetch: Callable[[str], bytes], **options: Any) -> None:
        super().__init__(url, **options)
        self._fetch = fetch
        self._last: jwt.PyJWKSet | None = None
        self._fetched_s = 0.0
        self._failed_s: float | None = None

    @property
    def is_stale(self) -> bool:
        return self._failed_s is not None

    def fetch_data(self) -> jwt.PyJWKSet:
        """The keys at the URL, or those of before. Raises SigningKeysUnavailable if there are none, or none so late."""
        now_s = time.monotonic()
        cause: Exception | None = None
        if self._failed_s is None or now_s - self._failed_s >= PAUSE_S:
            try:
                body: Any = json.loads(self._fetch(self.uri))
                self._last = jwt.PyJWKSet.from_dict(self._as_jwk_set_payload(body))
            except (*UNREADABLE, SigningKeysUnavailable) as error:
                self._failed_s, cause = now_s, error
            else:
                self._fetched_s = self._last_successful_fetch = now_s  # as PyJWT does: the cooldown begins
                self._failed_s = None
        if self._last is None or now_s - self._fetched_s > KEPT_S:
            raise SigningKeysUnavailable("the JWK set cannot be fetched or read") from cause
        return self._last
