"""The credential that a request carries: the first step of the authorizer. It is only read here, not checked.

Senders differ: SDKs send `Bearer <token>`; PHP, Moodle and Blackboard the bare key; Open edX `Basic`, with the key as
user name, as password, or instead of both; Canvas cannot set a header, so its key is a segment of the path, `/k/{key}`.
"""

import base64
from collections.abc import Mapping
from typing import Any

from msgspec import Struct


class Token(Struct, frozen=True):
    """A JSON Web Token, by its form (RFC 7519 §3: three base64url parts, the first a JSON object)."""

    text: str

    def __repr__(self) -> str:
        return "Token(…)"  # not the credential: a message of an error may quote it


class KeyCandidates(Struct, frozen=True):
    """The texts that may be a sensor key, likeliest first."""

    texts: tuple[str, ...]

    def __repr__(self) -> str:
        return f"KeyCandidates({len(self.texts)})"


def credential_in_request(event: Mapping[str, Any]) -> Token | KeyCandidates | None:
    """The credential in an HTTP API authorizer event (payload format 2.0), or None if it has none.

    A key in the path is read before a header.
    """
    path_key = (event.get("pathParameters") or {}).get("key")
    if path_key:
        return KeyCandidates((path_key,))
    headers = event.get("headers") or {}
    return _in_header(headers.get("authorization", "").strip())


def _in_header(authorization: str) -> Token | KeyCandidates | None:
    scheme, _, credentials = authorization.partition(" ")
    text = credentials.strip() or scheme
    if not text or text.lower() in ("bearer", "basic"):
        return None
    if credentials and scheme.lower() == "basic":
        return KeyCandidates((*_halves(text), text))
    if text.startswith("eyJ") and text.count(".") == 2:
        return Token(text)
    return KeyCandidates((text,))


def _halves(basic: str) -> tuple[str, ...]:
    """Password, then user name, of the credentials of RFC 7617; empty if the text is not of that form."""
    try:
        user, _, password = base64.b64decode(basic, validate=True).decode().partition(":")
    except ValueError:  # not base64, not UTF-8
        return ()
    return tuple(half for half in (password, user) if half)
