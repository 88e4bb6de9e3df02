"""The body of a request, as the gateway hands it on: its media type, its bytes, and whether they came unharmed."""

import base64
from collections.abc import Mapping
from typing import Any

from functions.http import paths
from functions.http.paths import Path

COMPRESSIONS = {"gzip", "x-gzip", "deflate", "compress", "x-compress", "br", "zstd"}  # some senders write utf-8 there


def media_types(path: Path) -> set[str]:
    """The media types that a path takes. A browser's `sendBeacon` sends its text as text/plain, to a URL with a key."""
    return {"application/json", "text/plain"} if path is paths.KEY_IN_PATH else {"application/json"}


def header(event: Mapping[str, Any], name: str) -> str:
    """A request header; the gateway passes names in lower case."""
    headers = event.get("headers") or {}
    return str(headers.get(name) or headers.get(name.title()) or "")


def is_compressed(event: Mapping[str, Any]) -> bool:
    """Whether a body says or shows that it is compressed.

    None is taken, for what the gateway hands on as text (application/json) has lost the bytes that were no UTF-8.
    """
    body = str(event.get("body") or "")
    shows = body.startswith("H4s") if event.get("isBase64Encoded") else body.startswith(("\x1f\ufffd", "\x1f\x8b"))
    codings = {coding.strip() for coding in header(event, "content-encoding").lower().split(",")}
    return shows or not COMPRESSIONS.isdisjoint(codings)


def body_of(event: Mapping[str, Any]) -> bytes | None:
    """The bytes that were sent, or None if they were no UTF-8.

    The gateway hands on JSON as text, with U+FFFD for what it could not decode; only the length tells that from one
    that was sent.
    """
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        try:
            return base64.b64decode(body, validate=True)
        except ValueError:
            return None
    raw = str(body).encode("utf-8", "surrogatepass")
    sent = header(event, "content-length")
    if "\ufffd" in body and sent.isdecimal() and sent.lstrip("0") != str(len(raw)):
        return None
    return raw


def body_bytes(event: Mapping[str, Any]) -> int:
    """The size of a body, whatever it holds."""
    body = str(event.get("body") or "")
    return len(body) * 3 // 4 if event.get("isBase64Encoded") else len(body)
