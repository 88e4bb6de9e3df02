"""Lambda `manage`: every request that changes something other than events, with an audit line for each."""

import os
import time
import uuid
from collections.abc import Mapping
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from botocore.config import Config

from functions.core.apps import App
from functions.core.ids import canonical_id
from functions.core.usage.audit import audit_line
from functions.http.answers import Answer, request_id
from functions.http.changes.bodies import object_in, refused
from functions.http.changes.routes import CHANGE_ROUTES, ChangeRoute
from functions.http.dispatch import method_not_allowed, method_of
from functions.http.gate import Denial, Principal, authorizer_context, gate
from functions.http.parameters import query_pairs, read_parameters
from functions.http.router import Router
from functions.manage.change import ChangeRequest, Outcome
from functions.manage.dependencies import Dependencies
from functions.manage.routes import CALLS
from functions.manage.settings import ManageSettings
from functions.store import keys
from functions.store.audit import CloudWatchAuditLog
from functions.store.aws.client import open_client
from functions.store.dynamodb.table import DynamoTable
from functions.store.erasure.work import SqsWorkQueue
from functions.store.errors import TRANSIENT, cause_of
from functions.store.registry import Registry
from functions.store.webhooks.delivery_queue import SqsDeliveryQueue

logger = Logger(service="manage")

ROUTER: Router[Any] = Router([])
RETRY_AFTER_S = 2


@cache
def open_dependencies() -> Dependencies:
    """The dependencies of an instance, from its environment."""
    settings = ManageSettings.read()
    # The gateway gives up after 30 s.
    config = Config(retries={"mode": "standard", "max_attempts": 4}, connect_timeout=2, read_timeout=5)
    dynamodb = open_client("dynamodb", config=config)
    registry_table = DynamoTable(dynamodb, settings.registry_table_name or settings.table_name)
    audit = CloudWatchAuditLog(open_client("logs", config=config), settings.audit_group, registry_table)
    sqs = open_client("sqs", config=config)
    return Dependencies(
        table=DynamoTable(dynamodb, settings.table_name),
        registry_table=registry_table,
        deliveries=SqsDeliveryQueue(sqs, settings.deliveries_url),
        person_requests=SqsWorkQueue(sqs, settings.person_requests_url),
        audit=audit if settings.audit_group else None,
        settings=settings,
        new_id=lambda: str(uuid.UUID(bytes=os.urandom(16), version=4)),
    )


def handler(
    event: dict[str, Any],
    context: object,
    *,
    dependencies: Dependencies | None = None,
    now_us: int | None = None,
) -> Answer:
    """The answer to one POST, PUT or DELETE. A failing AWS call is 503: the client sends the same again."""
    now_us = time.time_ns() // 1000 if now_us is None else now_us
    verb = method_of(event)
    match = ROUTER.match(str(event.get("rawPath") or "/"))
    if match is None:
        return refused(404, "unknown-path", "There is nothing here: GET /openapi.json lists every path of this API.")
    route = next(
        (candidate for candidate in CHANGE_ROUTES if candidate.path is match.path and candidate.verb == verb), None
    )
    if route is None:
        return method_not_allowed(verb, match)
    principal = gate(authorizer_context(event), scope=route.scope, now_s=now_us / 1e6)
    if isinstance(principal, Denial):
        return refused(principal.status, principal.code, principal.message, headers=principal.headers)
    dependencies = dependencies or open_dependencies()
    values = read_parameters(route.parameters, query_pairs(event), one_of=(), strict=False)
    try:
        request = _request_of(event, route, match.variables, values, principal, dependencies, now_us)
        outcome = CALLS[route.path, verb](request) if isinstance(request, ChangeRequest) else Outcome(request)
    # the edge of the process: recorded, and the client asked to try again
    except TRANSIENT as failure:
        logger.error("an AWS call failed", extra={"reason": cause_of(failure), "route": route.name})
        message = "The service could not change this just now: send the same request again."
        outcome = Outcome(refused(503, "store-unavailable", message, headers={"Retry-After": str(RETRY_AFTER_S)}))
    line = audit_line(
        credential=principal.credential,
        kind=principal.kind,
        app=principal.app.app_id,
        apps=None if _is_own(principal, values.get("app")) else values["app"],
        route=route.name,
        status=outcome.answer["statusCode"],
        changed=outcome.subject,
        rows=outcome.rows,
        request_id=request_id(event),
        now_us=now_us,
    )
    reason = dependencies.audit.write(line) if dependencies.audit is not None else "no audit log"
    if reason is not None:
        logger.error("audit line was not written", extra={"reason": reason, "line": line})
    return outcome.answer


def _request_of(
    event: Mapping[str, Any],
    route: ChangeRoute,
    variables: Mapping[str, str],
    values: dict[str, Any],
    principal: Principal,
    dependencies: Dependencies,
    now_us: int,
) -> ChangeRequest | Answer:
    """The request as its route understands it, or the answer that refuses it."""
    if "statusCode" in values:
        return values
    every_app = route.every_app and principal.is_admin and values.get("app") == "*"
    app = principal.app if every_app else _app_asked(principal, values.get("app"), dependencies)
    if not isinstance(app, App):
        return app
    body = object_in(event) if route.takes else {}
    if "statusCode" in body:
        return dict(body)
    headers = event.get("headers") or {}
    return ChangeRequest(
        path=variables,
        values=values,
        body=body,
        app=app,
        every_app=every_app,
        principal=principal,
        request_id=str(headers.get("x-request-id") or ""),
        now_us=now_us,
        dependencies=dependencies,
    )


def _app_asked(principal: Principal, wanted: str | None, dependencies: Dependencies) -> App | Answer:
    """The caller's own app, or the one that is named by an admin, or by a person who reads it."""
    if wanted is None or _is_own(principal, wanted):
        return principal.app
    if not principal.is_admin and keys.tenant_of(wanted) not in principal.other_tenants:
        message = "This credential changes only what is its own app's: leave `app` out, or use one with admin scope."
        return refused(403, "foreign-app", message)
    app = Registry(dependencies.registry_table).app(keys.tenant_of(wanted))
    return app or refused(404, "unknown-app", "No app is registered under the id in `app`: check it.")


def _is_own(principal: Principal, wanted: str | None) -> bool:
    """Whether a request is about the caller's own app, which is so if it names none."""
    return wanted is None or canonical_id(wanted) == canonical_id(principal.app.app_id)
