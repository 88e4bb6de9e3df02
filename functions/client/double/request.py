"""What an HTTP API makes of a request: the path that it hands on, and the Lambda event with the body in it."""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote_to_bytes

from functions.http.paths import GatewayRoute, gateway_routes

EVENT_BYTES = 6_291_456  # the largest payload of a synchronous invocation (Lambda quotas)
_TEXT = re.compile(r"text/.*|application/(?:json|xml|javascript)")  # all else, none too, comes as base64
_TRIPLET = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_ESCAPED = re.compile(r'(?:["\\\x00-\x1f\x7f]|[^\x00-\x7f])+')


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """One request as it came. `target` is path and query as the client wrote them; header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class RoutedTo:
    """A route of the gateway, and the variables in the path."""

    route: GatewayRoute
    variables: Mapping[str, str]


def route_of(method: str, path: str) -> RoutedTo | None:
    """The gateway's route for a path as it is handed on; None if `$default` takes it."""
    for route, pattern in _PATTERNS:
        matched = pattern.fullmatch(path) if method in route.methods else None
        if matched is not None:
            return RoutedTo(route, matched.groupdict())
    return None


def _pattern(template: str) -> re.Pattern[str]:
    """`{name}` is one segment, `{name+}` the rest (HTTP API routes)."""
    parts = re.split(r"\{(\w+\+?)\}", template)
    text = "".join(
        (f"(?P<{part.rstrip('+')}>{'.*' if part.endswith('+') else '[^/]+'})") if n % 2 else re.escape(part)
        for n, part in enumerate(parts)
    )
    return re.compile(text, re.DOTALL)


_PATTERNS = [(route, _pattern(route.template)) for route in gateway_routes()]


def lambda_event(request: HttpRequest, path: str, variables: Mapping[str, str]) -> dict[str, Any]:
    """The event of payload format 2.0. A body is handed on as its media type says."""
    query = request.target.partition("?")[2]
    parameters: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True, errors="replace"):
        parameters[name] = f"{parameters[name]},{value}" if name in parameters else value
    has_body = bool(request.body) or request.method == "POST"
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": query,
        "queryStringParameters": parameters,
        "headers": dict(request.headers),
        "pathParameters": dict(variables),
        "requestContext": {"http": {"method": request.method, "path": path}},
        **(
            body_parts(request.body, request.headers.get("content-type", ""))
            if has_body
            else {"body": None, "isBase64Encoded": False}
        ),
    }


def handed_on(sent: str) -> str | None:
    """The path as the handlers get it, or None if the gateway answers 400 itself.

    Captured on AWS (July 2026, `hotsock/voker`): it is decoded, cut at a question mark, and decoded again.
    """
    once = _decoded(sent)
    return None if once is None else _decoded(once.partition("?")[0])


def _decoded(text: str) -> str | None:
    raw = text.encode()
    return None if _TRIPLET.search(raw) else unquote_to_bytes(raw).decode("utf-8", "replace")


def body_parts(body: bytes, media_type: str) -> dict[str, Any]:
    """How a body lies in the event: as text if its type says text, with U+FFFD for what is no UTF-8; else base64."""
    if _TEXT.fullmatch(media_type.partition(";")[0].strip().lower()):
        return {"body": body.decode("utf-8", "replace"), "isBase64Encoded": False}
    return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}


def fits(event: Mapping[str, Any]) -> bool:
    """Whether Lambda takes the event, however many bytes the gateway spends on escapes."""
    return most_bytes(event) <= EVENT_BYTES


def most_bytes(event: Mapping[str, Any]) -> int:
    """The size of the event's JSON with the longest escapes: `\\uXXXX` for quotes, backslashes, controls, non-ASCII.

    Which the gateway uses is not published.
    """
    body = event["body"] or ""
    around = json.dumps({**event, "body": ""})
    plain = len(_ESCAPED.sub("", body))
    units = len(body.encode("utf-16-le", "surrogatepass")) // 2  # a character beyond U+FFFF is two escapes
    return len(around) + plain + 6 * (units - plain)


def usual_bytes(event: Mapping[str, Any]) -> int:
    """The size of the event's JSON with the escapes that JSON demands, and no others."""
    return len(json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode())
