"""Lambda `authorize`: called before every handler, unless the gateway has cached its answer for the credential.

It always allows (HTTP API, payload format 2.0, simple responses); the principal or the failure is its context, and the
handler's gate (`functions.http.gate`) answers.
"""

import hmac
import os
import time
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import astuple

from functions.authorize.authenticate import authenticate
from functions.authorize.credential_in_request import credential_in_request
from functions.authorize.settings import AuthorizeSettings
from functions.authorize.tokens import Issuer, issuer_of
from functions.core.ids import digest
from functions.http.gate import failure_context, principal_context
from functions.settings import ORIGIN_HEADER
from functions.store.dynamodb.table import DynamoTable
from functions.store.errors import TRANSIENT, cause_of
from functions.store.registry import Registry
from functions.store.signers.fetcher import JwkSetFetcher
from functions.store.signers.signing_keys import KeySet

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

REMEMBER_S = 15 * 60  # for how long a principal is remembered in case the registry does not answer
REMEMBERED_MAX = 10_000

type Context = dict[str, str]


class Dependencies(Struct, frozen=True, kw_only=True):
    """What the authorizer asks, and the principals of late: digest of the credential → (context, unix seconds)."""

    registry: Registry
    issuer: Issuer
    key_set: KeySet
    console_client_id: str = ""
    origin_secret: str = ""
    remembered: dict[str, tuple[Context, float]] = field(default_factory=dict)


@cache
def open_dependencies() -> Dependencies:
    """The dependencies of an instance, from its environment."""
    from botocore.config import Config

    from functions.store.aws.client import open_client

    settings = AuthorizeSettings.read()
    endpoint_url = os.environ.get("AWS_ENDPOINT_URL", "")
    # A caller is waiting: give up in a few seconds, not in botocore's minute.
    config = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 3})
    issuer = issuer_of(settings.user_pool_id, endpoint_url=endpoint_url)
    return Dependencies(
        registry=Registry(DynamoTable(open_client("dynamodb", config=config), settings.registry_table_name)),
        issuer=issuer,
        key_set=KeySet(issuer.keys_url, JwkSetFetcher(allow_loopback=bool(endpoint_url))),
        console_client_id=settings.console_client_id,
        origin_secret=settings.origin_secret,
    )


def handler(
    event: dict[str, Any],
    context: object,
    *,
    dependencies: Dependencies | None = None,
    now_us: int | None = None,
) -> dict[str, Any]:
    """Always `isAuthorized`, with a principal or a failure as context.

    An AWS failure is not let out: the gateway would answer 500, which clients do not retry. Ingest needs no table, so a
    credential that was good in the last REMEMBER_S stays good while the registry is down; every other gets the failure
    `unavailable`, which the gate makes a 503.
    """
    dependencies = dependencies or open_dependencies()
    if not came_through_edge(event, dependencies.origin_secret):
        return {"isAuthorized": True, "context": failure_context("wrong_address")}
    now_s = time.time() if now_us is None else now_us / 1e6
    sent = credential_in_request(event)
    credential_digest = digest(repr(astuple(sent))) if sent else ""
    try:
        outcome = authenticate(
            sent,
            registry=dependencies.registry,
            issuer=dependencies.issuer,
            key_set=dependencies.key_set,
            now_s=now_s,
            console_client_id=dependencies.console_client_id,
        )
    # the edge of the process: recorded, and the caller asked to try again
    except TRANSIENT as error:
        answer = _remembered(dependencies.remembered, credential_digest, now_s)
        _logger().error("credential not checked", extra={"cause": cause_of(error), "stand_in": "failure" not in answer})
        return {"isAuthorized": True, "context": answer}
    dependencies.remembered.pop(credential_digest, None)
    if isinstance(outcome, str):
        return {"isAuthorized": True, "context": failure_context(outcome)}
    answer = principal_context(outcome)
    _remember(dependencies.remembered, credential_digest, answer, now_s)
    return {"isAuthorized": True, "context": answer}


def came_through_edge(event: Mapping[str, Any], origin_secret: str) -> bool:
    """Whether the request carries the secret that CloudFront adds, if CloudFront stands before the API."""
    sent_secret = str((event.get("headers") or {}).get(ORIGIN_HEADER, ""))
    return not origin_secret or hmac.compare_digest(sent_secret.encode(), origin_secret.encode())


def _remembered(remembered: dict[str, tuple[Context, float]], credential_digest: str, now_s: float) -> Context:
    unavailable = failure_context("unavailable")
    context, remembered_s = remembered.get(credential_digest, (unavailable, now_s))
    return context if now_s - remembered_s <= REMEMBER_S else unavailable


def _remember(
    remembered: dict[str, tuple[Context, float]], credential_digest: str, context: Context, now_s: float
) -> None:
    while len(remembered) >= REMEMBERED_MAX:
        del remembered[next(iter(remembered))]
    remembered[credential_digest] = (context, now_s)


@cache
def _logger() -> "Logger":
    from aws_lambda_powertools import Logger

    return Logger(service="authorize")
