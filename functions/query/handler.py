"""Lambda `query`: every read, health, the API's own description, and the answer to paths and verbs that are none."""

import time
from collections.abc import Callable
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from functions.http.answers import Answer, error
from functions.http.cursors import binding, read_cursor
from functions.http.gate import CONTROL, Denial, Principal, authorizer_context, gate
from functions.http.parameters import given_in, read
from functions.http.request import Request
from functions.http.route import Route
from functions.http.router import Match, match
from functions.query.preflight import is_preflight, preflight
from functions.settings import QuerySettings
from functions.store.dynamodb.table import DynamoTable, Table, Unprocessed

logger = Logger(service="query")

RETRY_AFTER_S = 2


@cache
def _settings() -> QuerySettings:
    return QuerySettings.read()


@cache
def _dynamodb() -> Any:
    # The gateway gives up after 30 s.
    config = Config(
        retries={"mode": "standard", "max_attempts": 4}, connect_timeout=2, read_timeout=5, parameter_validation=False
    )
    return boto3.client("dynamodb", config=config)


@cache
def _table() -> Table:
    return DynamoTable(_dynamodb(), _settings().table_name)


@cache
def _registry_table() -> Table:
    return DynamoTable(_dynamodb(), _settings().registry_table_name)


def handler(
    event: dict[str, Any],
    context: object,
    *,
    table: Table | None = None,
    registry_table: Table | None = None,
    settings: QuerySettings | None = None,
    now_us: int | None = None,
) -> Answer:
    """The answer to one request. With `table` alone, the registry is in it, too."""
    now_us = time.time_ns() // 1000 if now_us is None else now_us
    registry_table = registry_table or table
    method = str(event.get("requestContext", {}).get("http", {}).get("method", "GET")).upper()
    headers = event.get("headers") or {}
    if is_preflight(method, headers):
        return preflight(headers, (settings or _settings()).cors_origins)
    matched = match(str(event.get("rawPath") or "/"))
    if matched is None:
        return error(404, "unknown-path", "There is nothing here: GET /openapi.json lists every path of this API.")
    if method not in matched.allowed or method not in ("GET", "HEAD", "OPTIONS"):
        return wrong_verb(method, matched)
    if method == "OPTIONS":
        return {"statusCode": 204, "headers": {"Allow": ", ".join(matched.allowed)}, "body": ""}
    assert matched.route is not None
    found = request_of(
        event,
        matched.route,
        matched,
        now_us=now_us,
        open_table=(lambda: table) if table is not None else _table,
        open_registry_table=(lambda: registry_table) if registry_table is not None else _registry_table,
        open_settings=(lambda: settings) if settings is not None else _settings,
    )
    given = _called(matched.route, found) if isinstance(found, Request) else found
    return {**given, "body": ""} if method == "HEAD" else given


def _called(route: Route, request: Request) -> Answer:
    try:
        return route.call(request)
    # the edge of the process: recorded, and the reader told to retry
    except (BotoCoreError, ClientError, Unprocessed) as failure:
        logger.error("an AWS call failed", extra={"reason": type(failure).__name__, "route": route.path})
        return error(
            503,
            "store-unavailable",
            "What was asked for could not be read just now: send the same request again.",
            headers={"Retry-After": str(RETRY_AFTER_S)},
        )


def wrong_verb(method: str, matched: Match) -> Answer:
    """405 with the verbs that the path takes (RFC 9110 §15.5.6)."""
    allowed = ", ".join(matched.allowed)
    message = f"This path does not take {method[:20]}: use {allowed}."
    return error(405, "wrong-method", message, headers={"Allow": allowed})


def astray(path: str) -> Answer | None:
    """What is wrong with a path that the gateway did not take for the route that it names, if that can be told.

    A line end matches no variable of a path there, so the request goes to `$default`, which asks no authorizer (seen on
    the emulator; of AWS nothing is published).
    """
    found = CONTROL.search(path)
    if found is None:
        return None
    message = (
        f"The path holds the control character U+{ord(found.group()):04X} and so leads nowhere: take it out. Where it "
        "is part of an id, ask with the id as a query parameter, percent-encoded, such as GET /events?id=."
    )
    return error(400, "control-character", message)


def request_of(
    event: dict[str, Any],
    route: Route,
    matched: Match,
    *,
    now_us: int,
    open_table: Callable[[], Table],
    open_registry_table: Callable[[], Table],
    open_settings: Callable[[], QuerySettings],
) -> Request | Answer:
    """The request as its route understands it, or the answer that refuses it."""
    caller: Principal | None = None
    if route.scope is not None:
        context = authorizer_context(event)
        lost = astray(str(event.get("rawPath"))) if context is None else None
        if lost is not None:
            return lost
        principal = gate(context, scope=route.scope, now_s=now_us / 1e6, unscoped_status=route.unscoped_status)
        if isinstance(principal, Denial):
            return error(principal.status, principal.code, principal.message, headers=principal.headers)
        caller = principal
    given = given_in(event)
    values = read(route.parameters, given, one_of=route.one_of, strict=route.strict)
    if "statusCode" in values:
        return values
    others = sorted(f"{name}={text}" for name, text in given if name not in ("cursor", "limit"))
    bound_to = binding(route.path, caller.app.tenant if caller else "", *others)
    continues = None
    if values.get("cursor") is not None:
        continues = read_cursor(values["cursor"], bound_to, route.position)
        if continues is None:
            return error(
                400,
                "wrong-cursor",
                "The cursor is not one of this query: send the `cursor` of the answer before unchanged, with the "
                "same other parameters, or leave it out to begin anew.",
            )
    return Request(
        path=matched.variables,
        values=values,
        now_us=now_us,
        open_table=open_table,
        open_registry_table=open_registry_table,
        open_settings=open_settings,
        caller=caller,
        continues=continues,
        bound_to=bound_to,
    )
