"""Lambda `validate`: answers each request with a verdict on every item, and queues the items.

Routes: `POST /caliper/event`, `/` and `/k/{key}` (200), `/caliper/v1p2`, `/events/1.0` (202),
`/caliper/event/validate`, `/events/1.0/heartbeat`; each also with a slash at its end.
"""

import base64
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from botocore.config import Config

from functions.core.caliper import Refusal
from functions.http import paths
from functions.http.answers import Answer, error
from functions.http.gate import READ, WRITE, Denial, Principal, authorizer_context, gate
from functions.http.paths import Path, ingest_path
from functions.metrics import ACCEPTED, REJECTED, WARNED, metric_fields
from functions.settings import ValidateSettings
from functions.store.aws.client import open_client
from functions.store.dynamodb.table import DynamoTable, Table
from functions.store.errors import TRANSIENT, cause_of
from functions.store.queue import Queue, SqsQueue
from functions.store.signing_keys import KeySet
from functions.validate.ingest import RETRY_AFTER_S, ItemCounts, ingest, unavailable, validation
from functions.validate.signed import is_signed, verified_body

logger = Logger(service="validate")

COMPRESSIONS = {"gzip", "x-gzip", "deflate", "compress", "x-compress", "br", "zstd"}  # some senders write utf-8 there
STRICT = {"": None, "true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependencies:
    """Where items go, where open sessions are read, and the public keys at a URL."""

    queue: Queue
    table: Table
    key_set_of: Callable[[str], KeySet]


@cache
def open_dependencies() -> Dependencies:
    """The dependencies of an instance, from its environment."""
    settings = ValidateSettings.read()
    # A sender is waiting, and the gateway gives up after 30 s.
    config = Config(retries={"mode": "standard", "max_attempts": 3}, connect_timeout=2, read_timeout=5)
    return Dependencies(
        queue=SqsQueue(open_client("sqs", config=config), settings.queue_url),
        table=DynamoTable(open_client("dynamodb", config=config), settings.table_name),
        key_set_of=cache(KeySet),
    )


def handler(
    event: dict[str, Any],
    context: object,
    *,
    dependencies: Dependencies | None = None,
    now_us: int | None = None,
) -> Answer:
    """The answer to one POST, or why it is refused. A failing AWS call is 503: the sender tries again.

    A request that is refused opens no dependencies.
    """
    now_us = time.time_ns() // 1000 if now_us is None else now_us
    path = ingest_path(str(event.get("rawPath", "/")))
    scope = WRITE | READ if path is paths.VALIDATE else WRITE  # to validate stores nothing
    principal = gate(authorizer_context(event), scope=scope, now_s=now_us / 1e6, unscoped_status=401)
    if isinstance(principal, Denial):
        return error(principal.status, principal.code, principal.message, headers=principal.headers)
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
    dependencies = dependencies or open_dependencies()
    payload = verified_body(body, app=principal.app, now_s=now_us / 1e6, key_set_of=dependencies.key_set_of)
    if isinstance(payload, Refusal):
        retry = {"Retry-After": str(RETRY_AFTER_S)} if payload.status == 503 else {}
        return error(payload.status, payload.code, payload.message, pointer="", headers=retry)
    try:
        return route(path, event, payload, principal, dependencies, now_us)
    # the edge of the process: recorded, and the sender asked to try again
    except TRANSIENT as failure:
        logger.error("an AWS call failed", extra={"reason": cause_of(failure)})
        return unavailable("the service could not take the request just now")


def route(
    path: Path, event: Mapping[str, Any], body: bytes, principal: Principal, dependencies: Dependencies, now_us: int
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
    counts = ItemCounts()
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


def media_types(path: Path) -> set[str]:
    """The media types that a path takes. A browser's `sendBeacon` sends its text as text/plain, to a URL with a key."""
    return {"application/json", "text/plain"} if path is paths.KEY_IN_PATH else {"application/json"}


def header(event: Mapping[str, Any], name: str) -> str:
    """A request header; the gateway passes names in lower case."""
    headers = event.get("headers") or {}
    return str(headers.get(name) or headers.get(name.title()) or "")


def is_compressed(event: Mapping[str, Any]) -> bool:
    """Whether a body says or shows that it is compressed.

    None is taken: the gateway hands on application/json as text, which has lost every byte that is not UTF-8.
    """
    body = str(event.get("body") or "")
    shows = body.startswith("H4s") if event.get("isBase64Encoded") else body.startswith(("\x1f\ufffd", "\x1f\x8b"))
    codings = {coding.strip() for coding in header(event, "content-encoding").lower().split(",")}
    return shows or not COMPRESSIONS.isdisjoint(codings)


def body_of(event: Mapping[str, Any]) -> bytes | None:
    """The bytes that were sent, or None if they were not UTF-8.

    The gateway hands on JSON as text, with U+FFFD for bytes that it could not decode. Only the length shows whether the
    sender wrote that character itself.
    """
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        try:
            return base64.b64decode(body, validate=True)
        except ValueError:
            return None
    raw = str(body).encode("utf-8", "surrogatepass")
    sent = header(event, "content-length")
    if "\ufffd" in body and sent.isdecimal() and sent.lstrip("0") != str(len(raw)):
        return None
    return raw
