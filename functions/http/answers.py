"""The answers of the HTTP API: always JSON. A refusal says what was wrong, where, and what to do.

Clients read `message` (timeback-caliper: message, else error), so every error has it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

type Answer = dict[str, Any]

JSON = "application/json"
HTML = "text/html; charset=utf-8"


def answer(status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Answer:
    """An API Gateway HTTP API response (payload format 2.0)."""
    return {
        "statusCode": status,
        "headers": {"Content-Type": JSON, **(headers or {})},
        "body": orjson.dumps(body).decode(),
    }


def error(
    status: int,
    code: str,
    message: str,
    *,
    errors: Sequence[Mapping[str, Any]] = (),
    pointer: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """A refusal: `code` is stable, `message` says what was wrong and what to do, `pointer` where (RFC 6901)."""
    message = message.encode("utf-8", "replace").decode()  # it may quote a header or path, and those hold anything
    body: dict[str, Any] = {"status": "error", "code": code, "message": message, "errors": list(errors)}
    if pointer is not None and not errors:
        body["errors"] = [{"code": code, "pointer": pointer, "message": message}]
    return answer(status, body, headers)
