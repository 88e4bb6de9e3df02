"""Lambda `query`: every read, health, the API's own description, and the answers to unknown paths and wrong verbs."""

import os
import time
from collections.abc import Mapping
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from botocore.config import Config

from functions.http.answers import Answer, error, request_id, with_request_id
from functions.http.dispatch import method_of, request_of, resolve
from functions.http.route import Route
from functions.http.router import Router
from functions.query.audit import audit_read
from functions.query.dependencies import Dependencies
from functions.query.preflight import is_preflight, preflight
from functions.query.request import Request
from functions.query.routes import ROUTES
from functions.query.settings import QuerySettings
from functions.store.audit import CloudWatchAuditLog
from functions.store.aws.client import open_client
from functions.store.dynamodb.table import DynamoTable
from functions.store.erasure.exports import SIGNATURE, S3Exports
from functions.store.errors import TRANSIENT
from functions.store.queue import SqsQueueReader

logger = Logger(service="query")

ROUTER = Router(ROUTES)
RETRY_AFTER_S = 2


@cache
def open_dependencies() -> Dependencies:
    """The dependencies of an instance, from its environment."""
    settings = QuerySettings.read()
    endpoint_url = os.environ.get("AWS_ENDPOINT_URL")
    if endpoint_url:  # an emulator serves the login page itself
        settings = settings.model_copy(update={"login_url": f"{endpoint_url}/oauth2/authorize"})
    # The gateway gives up after 30 s.
    config = Config(
        retries={"mode": "standard", "max_attempts": 4}, connect_timeout=2, read_timeout=5, parameter_validation=False
    )
    dynamodb = open_client("dynamodb", config=config)
    registry_table = DynamoTable(dynamodb, settings.registry_table_name or settings.table_name)
    return Dependencies(
        table=DynamoTable(dynamodb, settings.table_name),
        registry_table=registry_table,
        settings=settings,
        audit=CloudWatchAuditLog(open_client("logs", config=config), settings.audit_group, registry_table)
        if settings.audit_group
        else None,
        open_queues=lambda: SqsQueueReader(
            open_client("sqs", config=config), settings.queue_url, settings.dead_letters_url
        ),
        open_exports=lambda: S3Exports(
            open_client("s3", config=config.merge(Config(signature_version=SIGNATURE))), settings.bucket_name
        ),
    )


def handler(
    event: dict[str, Any],
    context: object,
    *,
    dependencies: Dependencies | None = None,
    now_us: int | None = None,
) -> Answer:
    """The answer to one GET, HEAD or OPTIONS, or why there is none. A failure of the store is 503.

    A request that needs no table opens none.
    """
    answer = with_request_id(_answered(event, dependencies, now_us), event)
    return {**answer, "body": ""} if method_of(event) == "HEAD" else answer


def _answered(event: dict[str, Any], dependencies: Dependencies | None, now_us: int | None) -> Answer:
    headers = event.get("headers") or {}
    if is_preflight(method_of(event), headers):
        return preflight(headers, (dependencies or open_dependencies()).settings.cors_origins)
    resolved = resolve(event, ROUTER)
    if isinstance(resolved, dict):
        return resolved
    route, variables = resolved
    request = request_of(
        event,
        route,
        variables,
        kind=Request,
        open_dependencies=open_dependencies if dependencies is None else lambda: dependencies,
        now_us=time.time_ns() // 1000 if now_us is None else now_us,
    )
    if not isinstance(request, Request):
        return request
    return _answer(request, route, event)


def _answer(request: Request, route: Route[Request], event: Mapping[str, Any]) -> Answer:
    try:
        answer = route.call(request)
        if route.names_people and request.caller is not None and request.dependencies.audit is not None:
            audit_read(request, request.dependencies.audit, route.path.template, answer, request_id(event))
    # the edge of the process: recorded, and the reader asked to try again
    except TRANSIENT as failure:
        named = {"route": route.path.template, "requestId": request_id(event)}
        logger.error("an AWS call failed", extra={"reason": type(failure).__name__, **named})
        return error(
            503,
            "store-unavailable",
            "The service could not read its table just now: send the same request again.",
            headers={"Retry-After": str(RETRY_AFTER_S)},
        )
    return answer
