"""The door to the public keys that somebody signs with: a JWK set (RFC 7517 §5) at a URL.

The user pool's, by which `authorize` checks tokens; a sender's own, by which `validate` checks signed bodies. PyJWT and
cryptography cost 30 ms of CPU to import, so that waits until a key is wanted.
"""

import json
import math
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jwt import PyJWK

REFETCH_S = 60  # a stranger's made-up key ids cause one fetch a minute, no more
FETCH_TIMEOUT_S = 3


class KeySet:
    """The public keys that an issuer signs with, by key id, fetched when an unknown one is asked for."""

    def __init__(self, url: str, fetch: Callable[[str], bytes] | None = None) -> None:
        self._url = url
        self._fetch = fetch or _get
        self._keys: dict[str, PyJWK] = {}
        self._fetched_s = -math.inf

    def find(self, key_id: str, *, now_s: float) -> "PyJWK | None":
        """The key, or None where the issuer has none of that id. OSError where its keys cannot be had."""
        if key_id not in self._keys and now_s - self._fetched_s >= REFETCH_S:
            self._keys = _parse(self._fetch(self._url))
            self._fetched_s = now_s
        return self._keys.get(key_id)


def _parse(body: bytes) -> "dict[str, PyJWK]":
    import jwt

    try:
        found = jwt.PyJWKSet.from_dict({"keys": json.loads(body)["keys"]})
    except (jwt.PyJWTError, ValueError, LookupError, TypeError) as error:
        raise OSError("the issuer's keys cannot be read") from error
    return {key.key_id: key for key in found.keys if key.key_id}


def _get(url: str) -> bytes:
    import http.client
    import urllib.request

    try:
        with urllib.request.urlopen(url, timeout=FETCH_TIMEOUT_S) as answer:  # noqa: S310  # the settings' URL, or one that an operator registered
            body: bytes = answer.read()
    except http.client.HTTPException as error:
        raise OSError("the issuer's keys were cut short") from error
    return body
