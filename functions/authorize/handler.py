"""The authorizer: stands before every handler, unless the gateway still has its answer for the credential.

It always allows (HTTP API, payload format 2.0, simple responses); what it found out is its context, and the
handler's gate (`functions.http.gate`) answers.
"""

import os
import time
from collections.abc import Mapping
from dataclasses import astuple, dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from functions.authorize.presented import presented
from functions.authorize.tokens import Issuer, issuer_of
from functions.authorize.verdict import verdict
from functions.core.ids import digest
from functions.http.gate import failure_context, principal_context
from functions.settings import AuthorizeSettings
from functions.store.dynamodb.table import DynamoTable, Unprocessed
from functions.store.registry import Registry
from functions.store.signing_keys import KeySet

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

REMEMBER_S = 15 * 60  # how long a principal stands in for a register that does not answer
REMEMBERED_MAX = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """What the authorizer asks, and whom it let in lately: digest of what was shown → (context, unix s)."""

    registry: Registry
    issuer: Issuer
    key_set: KeySet
    remembered: dict[str, tuple[dict[str, str], float]] = field(default_factory=dict)


def handler(
    event: dict[str, Any], _context: object, *, doors: Doors | None = None, now_s: float | None = None
) -> dict[str, Any]:
    """Always `isAuthorized`, with a principal or a failure as context.

    An AWS failure is not let out: the gateway would answer 500, which no client retries. Ingest needs no
    table, so whoever was let in lately stays in while the register is down; everybody else gets the failure
    `unavailable`, which the gate makes a 503.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    doors = doors or _doors()
    now_s = time.time() if now_s is None else now_s
    shown = presented(event)
    who = digest(repr(astuple(shown))) if shown else ""
    try:
        found = verdict(shown, registry=doors.registry, issuer=doors.issuer, key_set=doors.key_set, now_s=now_s)
    except (BotoCoreError, ClientError, Unprocessed, OSError) as error:
        context, at_s = doors.remembered.get(who, (failure_context("unavailable"), now_s))
        if now_s - at_s > REMEMBER_S:
            context = failure_context("unavailable")
        _logger().error("credential not checked", extra={"cause": _cause(error), "stand_in": "failure" not in context})
    else:
        doors.remembered.pop(who, None)
        if isinstance(found, str):
            context = failure_context(found)
        else:
            context = principal_context(found)
            _remember(doors.remembered, who, context, now_s)
    return {"isAuthorized": True, "context": context}


def _remember(
    remembered: dict[str, tuple[dict[str, str], float]], who: str, context: dict[str, str], now_s: float
) -> None:
    while len(remembered) >= REMEMBERED_MAX:
        del remembered[next(iter(remembered))]
    remembered[who] = (context, now_s)


def _cause(error: Exception) -> str:
    """What failed, without the message: that can quote a request."""
    response: Mapping[str, Any] = getattr(error, "response", {})
    return str(response.get("Error", {}).get("Code") or type(error).__name__)


@cache
def _doors() -> Doors:
    import boto3
    from botocore.config import Config

    settings = AuthorizeSettings.read()
    endpoint_url = os.environ.get("AWS_ENDPOINT_URL", "")
    # A caller is waiting: give up in a few seconds, not in botocore's minute.
    config = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 3})
    issuer = issuer_of(settings.user_pool_id, endpoint_url=endpoint_url)
    return Doors(
        registry=Registry(DynamoTable(boto3.client("dynamodb", config=config), settings.registry_table_name)),
        issuer=issuer,
        key_set=KeySet(issuer.keys_url),
    )


@cache
def _logger() -> "Logger":
    from aws_lambda_powertools import Logger

    return Logger(service="authorize")
