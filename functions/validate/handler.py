"""Lambda `validate`: answers each request with a verdict on every item, and queues the items.

Routes: `POST /caliper/event`, `/` and `/k/{key}` (200), `/caliper/v1p2`, `/events/1.0` (202),
`/caliper/event/validate`, `/events/1.0/heartbeat`; each also with a slash at its end.
"""

import os
import time
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from botocore.config import Config
from msgspec import Struct, field

from functions.core.caliper.findings import Refusal
from functions.core.usage.budgets import Usage
from functions.http import paths
from functions.http.answers import Answer, error, request_id, with_request_id
from functions.http.gate import READ, WRITE, Denial, Principal, authorizer_context, gate
from functions.http.paths import Path, ingest_path
from functions.metrics import ACCEPTED, REJECTED, WARNED, metric_fields
from functions.store.aws.client import open_client
from functions.store.dynamodb.table import DynamoTable, Table
from functions.store.errors import TRANSIENT, cause_of
from functions.store.queue import Queue, SqsQueue
from functions.store.usage import UsageMeter
from functions.validate.ingest import RETRY_AFTER_S, ItemCounts, ingest, unavailable, validation
from functions.validate.over_budget import over_budget
from functions.validate.request_body import body_bytes, body_of, header, is_compressed, media_types
from functions.validate.settings import ValidateSettings
from functions.validate.signed import is_signed, verified_body

if TYPE_CHECKING:
    from functions.store.signers.signing_keys import KeySet

logger = Logger(service="validate")

# A sender is waiting, and its events are queued already: counting them must not take long.
COUNTING = Config(retries={"mode": "standard", "total_max_attempts": 1}, connect_timeout=1, read_timeout=1)
STRICT = {"": None, "true": True, "1": True, "false": False, "0": False}


class Dependencies(Struct, frozen=True, kw_only=True):
    """Where items go, where open sessions are read, the public keys at a URL, and where usage is counted.

    `counters` is the table by a client that gives up soon; `table` counts if there is none.
    """

    queue: Queue
    table: Table
    key_set_of: "Callable[[str], KeySet]"
    counters: Table | None = None
    meter: UsageMeter = field(default_factory=UsageMeter)


@cache
def open_dependencies() -> Dependencies:
    """The dependencies of an instance, from its environment."""
    settings = ValidateSettings.read()
    # A sender is waiting, and the gateway gives up after 30 s.
    config = Config(retries={"mode": "standard", "max_attempts": 3}, connect_timeout=2, read_timeout=5)
    return Dependencies(
        queue=SqsQueue(open_client("sqs", config=config), settings.queue_url),
        table=DynamoTable(open_client("dynamodb", config=config), settings.table_name),
        key_set_of=cache(partial(open_key_set, allow_loopback="AWS_ENDPOINT_URL" in os.environ)),
        counters=DynamoTable(open_client("dynamodb", config=COUNTING), settings.table_name),
    )


def open_key_set(url: str, *, allow_loopback: bool) -> "KeySet":
    """The public keys at a URL. Few apps sign what they send."""
    from functions.store.signers.fetcher import JwkSetFetcher
    from functions.store.signers.signing_keys import KeySet

    return KeySet(url, JwkSetFetcher(allow_loopback=allow_loopback))


def handler(
    event: dict[str, Any],
    context: object,
    *,
    dependencies: Dependencies | None = None,
    now_us: int | None = None,
) -> Answer:
    """The answer to one POST, or why it is refused. A failing AWS call is 503: the sender tries again.

    What an app uses counts against its budget. An error has the id of its request.
    """
    return with_request_id(_metered(event, dependencies, now_us), event)


def _metered(event: dict[str, Any], dependencies: Dependencies | None, now_us: int | None) -> Answer:
    now_us = time.time_ns() // 1000 if now_us is None else now_us
    path = ingest_path(str(event.get("rawPath", "/")))
    scope = WRITE | READ if path is paths.VALIDATE else WRITE  # to validate stores nothing
    principal = gate(authorizer_context(event), scope=scope, now_s=now_us / 1e6, unscoped_status=401)
    if isinstance(principal, Denial):
        return error(principal.status, principal.code, principal.message, headers=principal.headers)
    app, dependencies = principal.app, dependencies or open_dependencies()
    meter = dependencies.meter
    exhausted = meter.exhausted(app, now_us=now_us)
    if exhausted is not None:
        logger.warning("over budget", extra={"app": app.app_id, "budget": exhausted.kind})
        return over_budget(app, exhausted)
    counts = ItemCounts()
    answer = answered(event, principal, dependencies, now_us=now_us, counts=counts)
    items = counts.accepted + counts.rejected
    usage = Usage(items=items, body_bytes=body_bytes(event), rejects=counts.rejected)
    if not meter.add(dependencies.counters or dependencies.table, app, usage, now_us=now_us):
        logger.error("usage was not added up", extra={"app": app.app_id})
    return answer


def answered(
    event: Mapping[str, Any], principal: Principal, dependencies: Dependencies, *, now_us: int, counts: ItemCounts
) -> Answer:
    """The answer to a request of an app that may write and has budget left; its items are added to `counts`."""
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
        sent_type = f"this request's is {media_type[:80]}" if media_type else "this request has none"
        message = f"Send the header `Content-Type: application/json`, with a body of JSON; {sent_type}."
        return error(415, "unsupported-media-type", message)
    payload = verified_body(body, app=principal.app, now_s=now_us / 1e6, key_set_of=dependencies.key_set_of)
    if isinstance(payload, Refusal):
        retry = {"Retry-After": str(RETRY_AFTER_S)} if payload.status == 503 else {}
        return error(payload.status, payload.code, payload.message, pointer="", headers=retry)
    try:
        return route(path, event, payload, principal, dependencies, now_us, counts)
    # the edge of the process: recorded, and the sender asked to try again
    except TRANSIENT as failure:
        logger.error("an AWS call failed", extra={"reason": cause_of(failure), "requestId": request_id(event)})
        return unavailable("the service could not take the request just now")


def route(
    path: Path,
    event: Mapping[str, Any],
    body: bytes,
    principal: Principal,
    dependencies: Dependencies,
    now_us: int,
    counts: ItemCounts,
) -> Answer:
    """The answer of the one function that answers this path."""
    app = principal.app
    if path is paths.VALIDATE:
        query = event.get("queryStringParameters") or {}
        wanted = str(query.get("strict", "")).lower()
        if wanted not in STRICT:
            message = "`strict` is true or false; left out, the app's registration says."
            return error(400, "wrong-parameter", message)
        return validation(body, app=app, strict=STRICT[wanted], now_us=now_us)
    queue, nonce = dependencies.queue, os.urandom(8)
    if path is paths.HEARTBEAT:
        counts.accepted += 1
        # It reads sessions, of which a cold start for any other request needs nothing.
        from functions.validate.heartbeat import heartbeat

        return heartbeat(
            body,
            app=app,
            credential=principal.credential,
            queue=queue,
            table=dependencies.table,
            now_us=now_us,
            nonce=nonce,
        )
    answered = ingest(
        body,
        app=app,
        queue=queue,
        now_us=now_us,
        nonce=nonce,
        credential=principal.credential,
        success_status=path.accepted,
        bare_event=path is paths.TIMEBACK_INGEST,
        counts=counts,
    )
    line = {"app": app.app_id, "status": answered["statusCode"], "bytes": len(body)}
    values = {ACCEPTED: counts.accepted, REJECTED: counts.rejected, WARNED: counts.warned}
    logger.info("taken", extra=line | metric_fields(values))
    return answered
