"""From a gateway's request to the call of its route: path, verb, credential, parameters and cursor, in that order.

Each step that fails is an answer. What a route may raise is the business of the handler.
"""

from collections.abc import Callable, Mapping
from typing import Any

from functions.http.answers import JSON, Answer, error
from functions.http.cursors import binding, read_cursor
from functions.http.gate import CONTROL, Denial, Principal, authorizer_context, gate
from functions.http.list_formats.negotiation import preferred
from functions.http.parameters import query_pairs, read_parameters
from functions.http.request import RoutedRequest
from functions.http.route import Route
from functions.http.router import Match, Router


def method_of(event: Mapping[str, Any]) -> str:
    return str(event.get("requestContext", {}).get("http", {}).get("method", "GET")).upper()


def resolve[R](event: Mapping[str, Any], router: Router[R]) -> tuple[Route[R], Mapping[str, str]] | Answer:
    """The route that a request is for with the variables of its path, or the answer: 404, 405, or that to OPTIONS."""
    method = method_of(event)
    match = router.match(str(event.get("rawPath") or "/"))
    if match is None:
        return error(404, "unknown-path", "There is nothing here: GET /openapi.json lists every path of this API.")
    if method == "OPTIONS":
        return {"statusCode": 204, "headers": {"Allow": ", ".join(match.allowed)}, "body": ""}
    if match.route is None or method not in ("GET", "HEAD"):
        return method_not_allowed(method, match)
    return match.route, match.variables


def request_of[D, R: RoutedRequest[Any]](
    event: Mapping[str, Any],
    route: Route[R],
    variables: Mapping[str, str],
    *,
    kind: type[R],
    open_dependencies: Callable[[], D],
    now_us: int,
) -> R | Answer:
    """The request as its route understands it, or the answer that refuses it."""
    caller: Principal | None = None
    if route.scope is not None:
        context = authorizer_context(event)
        wrong_path = control_character_error(str(event.get("rawPath"))) if context is None else None
        if wrong_path is not None:
            return wrong_path
        principal = gate(context, scope=route.scope, now_s=now_us / 1e6, unscoped_status=route.unscoped_status)
        if isinstance(principal, Denial):
            return error(principal.status, principal.code, principal.message, headers=principal.headers)
        caller = principal
    pairs = query_pairs(event)
    values = read_parameters(route.parameters, pairs, one_of=route.one_of, strict=route.strict)
    if "statusCode" in values:
        return values
    others = sorted(f"{name}={text}" for name, text in pairs if name not in ("cursor", "limit"))
    cursor_binding = binding(route.path.template, caller.app.tenant if caller else "", *others)
    resume_at = None
    if values.get("cursor") is not None:
        resume_at = read_cursor(values["cursor"], cursor_binding, route.cursor_pattern())
        if resume_at is None:
            return error(
                400,
                "wrong-cursor",
                "`cursor` does not belong to this query: send the `cursor` of the answer before, unchanged and with "
                "the same other parameters, or leave it out to start from the beginning.",
            )
    return kind(
        path=variables,
        values=values,
        now_us=now_us,
        open_dependencies=open_dependencies,
        caller=caller,
        resume_at=resume_at,
        cursor_binding=cursor_binding,
        pairs=pairs,
        media_type=_media_type(event, route),
    )


def _media_type(event: Mapping[str, Any], route: Route[Any]) -> str:
    if route.media_type != JSON or not route.other_media_types:
        return route.media_type
    accept = (event.get("headers") or {}).get("accept", "")
    return preferred(str(accept), (route.media_type, *route.other_media_types))


def method_not_allowed(method: str, match: Match[Any]) -> Answer:
    """405 with the verbs that the path takes (RFC 9110 §15.5.6)."""
    allowed = ", ".join(match.allowed)
    message = f"This path does not take {method[:20]}: use {allowed}."
    return error(405, "wrong-method", message, headers={"Allow": allowed})


def control_character_error(path: str) -> Answer | None:
    """What is wrong with a path that the gateway did not take for the route that it names, if that can be told.

    A line end matches no variable of a path there, so the request goes to `$default`, which asks no authorizer (seen on
    the emulator; AWS documents nothing about it).
    """
    character = CONTROL.search(path)
    if character is None:
        return None
    message = (
        f"The path holds the control character U+{ord(character.group()):04X} and so leads nowhere: take it out. If it "
        "is part of an id, ask with the id as a query parameter, percent-encoded, such as GET /events?id=."
    )
    return error(400, "control-character", message)
