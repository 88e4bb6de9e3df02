"""The answers of the HTTP API: always JSON. A refusal says what was wrong, where, and what to do.

Clients read `message` (timeback-caliper: message, else error), so every error has it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

type Answer = dict[str, Any]

JSON = "application/json"
# What an answer says is about people: no cache keeps it, and no browser takes it for anything but JSON.
PRIVATE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"


def answer(status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Answer:
    """An API Gateway HTTP API response (payload format 2.0)."""
    return {
        "statusCode": status,
        "headers": {"Content-Type": JSON, **PRIVATE, **(headers or {})},
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


def request_id(event: Mapping[str, Any]) -> str:
    """The id that the gateway gave a request; empty if there is none."""
    return str(event.get("requestContext", {}).get("requestId") or "")


def with_request_id(response: Answer, event: Mapping[str, Any]) -> Answer:
    """An error with the id by which the access log and the functions' logs name its request; other answers as they are.

    `event` is the gateway's, which made the id.
    """
    named = request_id(event)
    body = response.get("body")
    if response["statusCode"] < 400 or not named or not body or response["headers"].get("Content-Type") != JSON:
        return response
    return {**response, "body": orjson.dumps(orjson.loads(body) | {"requestId": named}).decode()}
