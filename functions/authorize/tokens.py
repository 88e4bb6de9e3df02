"""Tokens of the user pool: is it ours, unaltered, for an API, and whose? Used where a request shows a JWT.

PyJWT and cryptography cost 30 ms of CPU to import, so they are imported when the first token comes: an
instance that sees only sensor keys never pays.
"""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from functions.core.credentials import Failure

if TYPE_CHECKING:
    from jwt import PyJWK
    from jwt.types import Options

REFETCH_S = 60  # a stranger's made-up key ids cause one fetch a minute, no more
FETCH_TIMEOUT_S = 3
ALGORITHM = "RS256"  # the only one that Cognito signs with
_CLOCKLESS: "Options" = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False}


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified token says. `expires_at` is in unix seconds."""

    client_id: str
    scopes: frozenset[str]
    expires_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """The user pool as an issuer of tokens."""

    url: str
    keys_url: str


def issuer_of(user_pool_id: str, *, endpoint_url: str = "") -> Issuer:
    """The issuer that tokens of a pool name, and where its public keys are.

    On AWS both are at Cognito (`<region>_<suffix>` is a pool id). An emulator at `endpoint_url` names the same
    issuer and serves the keys itself.
    """
    url = f"https://cognito-idp.{user_pool_id.partition('_')[0]}.amazonaws.com/{user_pool_id}"
    keys_at = f"{endpoint_url.rstrip('/')}/{user_pool_id}" if endpoint_url else url
    return Issuer(url=url, keys_url=f"{keys_at}/.well-known/jwks.json")


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


def verify(token: str, *, issuer: Issuer, key_set: KeySet, now_s: float) -> Claims | Failure:
    """The claims of a good access token of `issuer`, else what is wrong with it.

    The issuer is compared first: to a token of another service that is the useful answer, and no key is
    sought.
    """
    import jwt

    try:
        header = jwt.get_unverified_header(token)
        if jwt.decode(token, options={"verify_signature": False}).get("iss") != issuer.url:
            return "wrong_issuer"
        key = key_set.find(str(header.get("kid")), now_s=now_s)
        if key is None:
            return "bad_signature"
        claims: dict[str, Any] = jwt.decode(token, key, algorithms=[ALGORITHM], options=_CLOCKLESS)
    except jwt.InvalidSignatureError:
        return "bad_signature"
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        return "bad_token"
    return _accepted(claims, now_s)


def _accepted(claims: dict[str, Any], now_s: float) -> Claims | Failure:
    client_id, scope, expires_at = claims.get("client_id"), claims.get("scope", ""), claims.get("exp")
    if claims.get("token_use") != "access" or not isinstance(client_id, str) or not isinstance(scope, str):
        return "not_an_access_token"
    if not isinstance(expires_at, int | float) or not math.isfinite(expires_at):
        return "bad_token"
    if now_s >= expires_at:
        return "expired"
    return Claims(client_id, frozenset(scope.split()), float(expires_at))


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
        with urllib.request.urlopen(url, timeout=FETCH_TIMEOUT_S) as answer:  # noqa: S310  # our own settings' URL
            body: bytes = answer.read()
    except http.client.HTTPException as error:
        raise OSError("the issuer's keys were cut short") from error
    return body
