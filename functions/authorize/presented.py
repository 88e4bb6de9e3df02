"""What a request shows for itself: the first step of the authorizer. Nothing is checked here, only read.

Senders differ: SDKs send `Bearer <token>`; PHP, Moodle and Blackboard the bare key; Open edX `Basic`, with
the key as either half or in place of both; Canvas can set no header, so its key is a segment of the path,
`/k/{key}`.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Token:
    """A JSON Web Token, by its look (RFC 7519 §3: three base64url parts, the first a JSON object)."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Keys:
    """What may be a sensor key, likeliest first."""

    candidates: tuple[str, ...] = field(repr=False)


def presented(event: Mapping[str, Any]) -> Token | Keys | None:
    """The credential in an HTTP API authorizer event (payload format 2.0), or None where there is none.

    A key in the path counts before a header.
    """
    path_key = (event.get("pathParameters") or {}).get("key")
    if path_key:
        return Keys((path_key,))
    headers = event.get("headers") or {}
    return _read(headers.get("authorization", "").strip())


def _read(authorization: str) -> Token | Keys | None:
    scheme, _, rest = authorization.partition(" ")
    text = rest.strip() or scheme
    if not text or text.lower() in ("bearer", "basic"):
        return None
    if rest and scheme.lower() == "basic":
        return Keys((*_halves(text), text))
    if text.startswith("eyJ") and text.count(".") == 2:
        return Token(text)
    return Keys((text,))


def _halves(basic: str) -> tuple[str, ...]:
    """Password, then user, of the credentials of RFC 7617; nothing where it is none."""
    try:
        user, _, password = base64.b64decode(basic, validate=True).decode().partition(":")
    except ValueError:  # not base64, not UTF-8
        return ()
    return tuple(half for half in (password, user) if half)
