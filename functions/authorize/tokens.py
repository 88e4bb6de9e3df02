"""Access tokens of the user pool: whether one is ours, unaltered and unexpired, and which client it names.

PyJWT and cryptography cost 30 ms of CPU to import, so they are imported with the first token: an instance that sees
only sensor keys never pays.
"""

import math
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from functions.http.gate import Failure
from functions.store.signers.signing_keys import KeySet

if TYPE_CHECKING:
    from jwt.types import Options

ALGORITHM = "RS256"  # the only one that Cognito signs with
_CLOCKLESS: "Options" = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False}


class Claims(Struct, frozen=True):
    """The claims of a verified token. `expires_at` is in unix seconds; `subject` and `groups` are those of a person."""

    client_id: str
    scopes: frozenset[str]
    expires_at: float
    groups: frozenset[str] = frozenset()
    subject: str = ""


class Issuer(Struct, frozen=True, kw_only=True):
    """The user pool as an issuer of tokens: its name in their `iss`, and the URL of its keys."""

    url: str
    keys_url: str


def issuer_of(user_pool_id: str, *, endpoint_url: str = "") -> Issuer:
    """The issuer of a pool's tokens. On AWS it is at Cognito (`<region>_<suffix>` is a pool id).

    An emulator at `endpoint_url` names the same issuer and serves the keys itself.
    """
    url = f"https://cognito-idp.{user_pool_id.partition('_')[0]}.amazonaws.com/{user_pool_id}"
    base_url = f"{endpoint_url.rstrip('/')}/{user_pool_id}" if endpoint_url else url
    return Issuer(url=url, keys_url=f"{base_url}/.well-known/jwks.json")


def verify(token: str, *, issuer: Issuer, key_set: KeySet, now_s: float) -> Claims | Failure:
    """The claims of a valid access token of `issuer`, else what is wrong with it.

    The issuer is compared first: for a token of another service that is the useful answer, and no key is looked up.
    Raises SigningKeysUnavailable.
    """
    import jwt

    try:
        header = jwt.get_unverified_header(token)
        if jwt.decode(token, options={"verify_signature": False}).get("iss") != issuer.url:
            return "wrong_issuer"
        key = key_set.find(str(header.get("kid")))
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
    groups = claims.get("cognito:groups", [])
    if not isinstance(groups, list):
        return "bad_token"
    subject = str(claims.get("sub") or "")
    return Claims(client_id, frozenset(scope.split()), float(expires_at), frozenset(map(str, groups)), subject)
