"""The body of a request that changes something: one JSON object, or the answer that refuses it."""

import base64
from collections.abc import Mapping
from typing import Any

import orjson

from functions.http.answers import Answer, error

LARGEST = 65_536  # bytes


def object_in(event: Mapping[str, Any]) -> Mapping[str, Any] | Answer:
    """The object that a request carries. An answer has `statusCode`, which no body of this API has.

    The media type does not matter: TimeBack's client sends one with every request, bodiless ones too.
    """
    raw = _bytes_of(event)
    if raw is None or len(raw) > LARGEST:
        return refused(413, "too-large", f"The body has more than {LARGEST} bytes: send a smaller one.")
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return refused(400, "not-json", "The body is not JSON: send a JSON object.", pointer="")
    if not isinstance(body, dict) or "statusCode" in body:
        return refused(400, "not-an-object", "The body is not an object of this route: send a JSON object.", pointer="")
    return body


def _bytes_of(event: Mapping[str, Any]) -> bytes | None:
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(body).encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(body, validate=True)
    except ValueError:
        return None


def refused(status: int, code: str, message: str, **more: Any) -> Answer:
    """A refusal that TimeBack's clients read as well: they look for `message`, else for a text `error`."""
    answered = error(status, code, message, **more)
    body = orjson.loads(answered["body"])
    return {**answered, "body": orjson.dumps({**body, "error": message}).decode()}
