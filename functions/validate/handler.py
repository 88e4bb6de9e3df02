"""Lambda `validate`: takes requests from the gateway, lets by who may write, and answers with a verdict on each item.

Routes: `POST /caliper/event`, `/` and `/k/{key}` (200), `/caliper/v1p2`, `/events/1.0` (202),
`/caliper/event/validate`, `/events/1.0/heartbeat`; each also with a slash at its end.
"""

import os
import time
from collections.abc import Mapping
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from functions.core.apps import App
from functions.core.budgets import Tally
from functions.core.caliper import Refusal
from functions.http import paths
from functions.http.answers import Answer, error, request_id, with_request_id
from functions.http.gate import WRITE, Denial, authorizer_context, gate
from functions.http.paths import Path, ingest_path
from functions.settings import ValidateSettings
from functions.store.dynamodb.table import DynamoTable, Table, Unprocessed
from functions.store.queue import Queue, SqsQueue
from functions.store.signers.signing_keys import KeySet
from functions.store.usage import UsageMeter
from functions.validate.heartbeat import heartbeat
from functions.validate.ingest import RETRY_AFTER_S, ingest, unavailable, validation
from functions.validate.over_budget import over_budget
from functions.validate.request_body import body_bytes, body_of, header, is_compressed, media_types
from functions.validate.signed import is_signed, opened

logger = Logger(service="validate")

STRICT = {"": None, "true": True, "1": True, "false": False, "0": False}


@cache
def _settings() -> ValidateSettings:
    return ValidateSettings.read()


@cache
def _queue() -> Queue:
    config = Config(retries={"mode": "standard", "max_attempts": 3}, connect_timeout=2, read_timeout=5)
    return SqsQueue(boto3.client("sqs", config=config), _settings().queue_url)


@cache
def _table() -> Table:
    config = Config(retries={"mode": "standard", "max_attempts": 3}, connect_timeout=2, read_timeout=5)
    return DynamoTable(boto3.client("dynamodb", config=config), _settings().table_name)


@cache
def _meter() -> UsageMeter:
    return UsageMeter()


@cache
def _counters() -> Table:
    # A sender is waiting, and its events are queued already: counting them must not take long.
    config = Config(retries={"mode": "standard", "total_max_attempts": 1}, connect_timeout=1, read_timeout=1)
    return DynamoTable(boto3.client("dynamodb", config=config), _settings().table_name)


def handler(
    event: dict[str, Any],
    context: object,
    *,
    queue: Queue | None = None,
    table: Table | None = None,
    key_set: KeySet | None = None,
    meter: UsageMeter | None = None,
) -> Answer:
    """The answer to one POST; an error has the id of its request."""
    answer = _metered(event, queue=queue, table=table, key_set=key_set, meter=meter)
    return with_request_id(answer, event)


def _metered(
    event: dict[str, Any],
    *,
    queue: Queue | None,
    table: Table | None,
    key_set: KeySet | None,
    meter: UsageMeter | None,
) -> Answer:
    """The answer to a request, which counts against the budget of its app."""
    now_us = time.time_ns() // 1000
    principal = gate(authorizer_context(event), scope=WRITE, now_s=now_us / 1e6, unscoped_status=401)
    if isinstance(principal, Denial):
        return error(principal.status, principal.code, principal.message, headers=principal.headers)
    app = principal.app
    meter = meter or (_meter() if queue is None else UsageMeter())
    exhausted = meter.exhausted(app, now_us=now_us)
    if exhausted is not None:
        logger.warning("over budget", extra={"app": app.app_id, "budget": exhausted.kind})
        return over_budget(app, exhausted)
    tally = Tally()
    answer = answered(event, app, now_us=now_us, queue=queue, table=table, key_set=key_set, tally=tally)
    usage = tally.usage(body_bytes=body_bytes(event))
    if not meter.add(_counters if table is None else lambda: table, app, usage, now_us=now_us):
        logger.error("usage was not added up", extra={"app": app.app_id})
    return answer


def answered(
    event: Mapping[str, Any],
    app: App,
    *,
    now_us: int,
    queue: Queue | None,
    table: Table | None,
    key_set: KeySet | None,
    tally: Tally,
) -> Answer:
    """The answer to a request of an app that may write and has budget left."""
    path = ingest_path(str(event.get("rawPath", "/")))
    if path is None:
        return error(404, "unknown-path", "There is nothing here: GET /openapi.json lists every path of this API.")
    if is_compressed(event):
        return error(
            415,
            "compressed",
            "The body is compressed, and compressed bodies are not taken: send the JSON as it is, with neither gzip "
            "nor any other Content-Encoding.",
            headers={"Accept-Encoding": "identity"},
        )
    body = body_of(event)
    if body is None:
        return error(400, "not-utf8", "The body is not UTF-8: encode it so and send it again.", pointer="")
    media_type = header(event, "content-type").partition(";")[0].strip().lower()
    if media_type not in media_types(path) and not is_signed(body):
        found = f"this request's is {media_type[:80]}" if media_type else "this request has none"
        message = f"Send the header `Content-Type: application/json`, with a body of JSON; {found}."
        return error(415, "unsupported-media-type", message)
    said = opened(body, app=app, now_s=now_us / 1e6, key_set=key_set)
    if isinstance(said, Refusal):
        retry = {"Retry-After": str(RETRY_AFTER_S)} if said.status == 503 else {}
        return error(said.status, said.code, said.message, pointer="", headers=retry)
    try:
        return route(path, event, said, app, now_us, queue, table, tally)
    # the edge of the process: recorded, and the sender told to retry
    except (BotoCoreError, ClientError, Unprocessed) as failure:
        logger.error("an AWS call failed", extra={"reason": type(failure).__name__, "requestId": request_id(event)})
        return unavailable("the service could not take the request just now")


def route(
    path: Path,
    event: Mapping[str, Any],
    body: bytes,
    app: App,
    now_us: int,
    queue: Queue | None,
    table: Table | None,
    tally: Tally,
) -> Answer:
    """The one thing that this path asks for."""
    if path is paths.VALIDATE:
        query = event.get("queryStringParameters") or {}
        asked = str(query.get("strict", "")).lower()
        if asked not in STRICT:
            message = "`strict` is true or false; left out, the app's registration says."
            return error(400, "wrong-parameter", message)
        strict = STRICT[asked]
        return validation(body, app=app, strict=strict)
    queue = queue or _queue()
    nonce = os.urandom(8)
    if path is paths.HEARTBEAT:
        tally.items += 1
        return heartbeat(body, app=app, queue=queue, table=table or _table(), now_us=now_us, nonce=nonce)
    taken = ingest(
        body,
        app=app,
        queue=queue,
        now_us=now_us,
        nonce=nonce,
        success_status=path.accepted,
        bare_event=path is paths.TIMEBACK_INGEST,
        tally=tally,
    )
    logger.info("taken", extra={"app": app.app_id, "status": taken["statusCode"], "bytes": len(body)})
    return taken
