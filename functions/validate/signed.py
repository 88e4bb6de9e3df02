"""Signed bodies: before a body is parsed, its signature is checked against the keys that its app registered.

Canvas' data streams can "sign the payload": the body is then no JSON but a JWT in compact form (RFC 7515 §7.1), RS256,
with the envelope as its claims; its `kid` names one of the previous, current and next key of the JWK set that
Instructure publishes and changes each month (Canvas documentation, Live Events: setup; HTTPS delivery). Which content
type such a body has is not published, so none is asked of it.
"""

import math
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import orjson

from functions.core.apps import App
from functions.core.caliper.findings import Refusal
from functions.store.errors import SigningKeysUnavailable

if TYPE_CHECKING:
    from functions.store.signers.signing_keys import KeySet

ALGORITHM = "RS256"  # the one that Canvas signs with
_COMPACT = re.compile(rb"\s*(eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)\s*")
_HOW = "Send the body as the sender signed it, unchanged."


def is_signed(body: bytes) -> bool:
    """Whether a body looks like a JWT; JSON never does."""
    return _COMPACT.fullmatch(body) is not None


def verified_body(body: bytes, *, app: App, now_s: float, key_set_of: "Callable[[str], KeySet]") -> bytes | Refusal:
    """The content of a body with a good signature. An app that registered no keys sends unsigned, any other signed.

    A refusal is 400 if no signature is expected, 401 if it is missing or wrong, 503 if the sender's keys cannot be
    fetched. `now_s` is unix time, against which an `exp` among the claims counts (RFC 7519 §4.1.4). `key_set_of`
    gives the key set at a URL.
    """
    signed = _COMPACT.fullmatch(body)
    if not app.signed_by:
        if signed is None:
            return body
        return Refusal(
            400,
            "signing-keys-unknown",
            "The body is a signed JWT, and no keys are registered for this app to check it by. Have the operator "
            "register the URL of the sender's JWK set, or switch signing off at the sender.",
        )
    if signed is None:
        return Refusal(
            401,
            "unsigned",
            "The body is not signed, and this app is registered to sign what it sends. Switch signing on at the "
            "sender (Canvas: Sign Payload), or have the operator take the JWK set off the registration.",
        )
    return _verified(signed.group(1).decode(), app, key_set_of(app.signed_by), now_s)


def _verified(token: str, app: App, key_set: "KeySet", now_s: float) -> bytes | Refusal:
    import jwt

    try:
        key = key_set.find(str(jwt.get_unverified_header(token).get("kid")))
    except jwt.InvalidTokenError:
        return _refused("is not a readable JWT")
    except SigningKeysUnavailable:
        return Refusal(
            503, "signing-keys-unavailable", "The sender's keys could not be fetched just now. Send it again."
        )
    if key is None:
        return _refused("is signed with a key that is not in the registered JWK set")
    try:
        payload: bytes = jwt.PyJWS().decode(token, key, algorithms=[ALGORITHM])
        claims = orjson.loads(payload)
    except (jwt.InvalidTokenError, orjson.JSONDecodeError):
        return _refused("has a signature that does not verify")
    if not isinstance(claims, dict):
        return payload  # the envelope's reader says what it must be
    expires_at = claims.get("exp", math.inf)
    if isinstance(expires_at, bool) or not isinstance(expires_at, int | float):
        return _refused("has an `exp` that is not a number")
    if now_s >= expires_at:
        return _refused("has expired")
    if app.signed_issuer and claims.get("iss") != app.signed_issuer:
        return _refused("does not name the registered issuer in `iss`")
    return payload


def _refused(fault: str) -> Refusal:
    return Refusal(401, "bad-signature", f"The signed body {fault}. {_HOW}")
