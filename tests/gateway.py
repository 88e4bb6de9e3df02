"""The service as its callers see it, in memory: the gateway's routes, the real authorizer, the real handlers.

The routes are those of `functions.http.paths`; the rest of the gateway is what its documentation says: paths with a
greedy variable, a path variable `key` handed to the authorizer, and `$default` (`query`, without an authorizer) for
every path and verb that has no route of its own, OPTIONS among them. Paths and bodies are handed on as
`functions.client.double.request` says.
"""

import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from functions.authorize.handler import Dependencies as AuthorizeDependencies
from functions.authorize.handler import handler as authorize_handler
from functions.client.double import request
from functions.client.double.request import body_parts, fits, handed_on
from functions.core.apps import App
from functions.core.identity import SYSTEM_ID
from functions.core.times import MINUTE_US
from functions.http.gate import ADMIN, CLIENT_SCOPES, KEY_SCOPES
from functions.manage.handler import handler as manage_handler
from functions.process.handler import Dependencies as ProcessDependencies
from functions.process.handler import handler as process_handler
from functions.query.dependencies import Dependencies
from functions.query.handler import handler as query_handler
from functions.query.settings import QuerySettings
from functions.settings import ProcessSettings, TimeoutSettings
from functions.store import keys
from functions.store.erasure.work import WorkQueue
from functions.store.registrations import Registrations
from functions.store.registry import Registry
from functions.timeout.context import Context, SweepResult
from functions.timeout.sweep import sweep
from functions.validate.handler import handler as validate_handler
from tests.fakes import MemoryArchive, MemoryAuditLog, MemoryDeliveryQueue, MemoryQueue, MemoryTable, QuietQueues
from tests.handlers import manage_dependencies, validate_dependencies
from tests.shapes import assert_described
from tests.unit.authorize.pool import ISSUER, NOW_S, Pool

POOL = Pool()
EXPIRES = 4_102_444_800  # 2100
IDLE_MINUTES = 30.0


def app_of(app_id: str, *edapps: str, **how: Any) -> App:
    return App(app_id=app_id, tenant=keys.tenant_of(app_id), edapps=edapps or (app_id,), **how)


def key_of(app: App) -> str:
    return f"ck_key-of-{app.tenant}"


def token_of(app: App, *scopes: str, **claims: Any) -> str:
    return POOL.token(f"client-of-{app.tenant}", *(scopes or CLIENT_SCOPES), **{"exp": EXPIRES, **claims})


def service_of(*apps: App, admin: App, manage_us: int | None = None) -> "Service":
    """A service with these apps and an admin's."""
    service = Service(manage_us=manage_us)
    for app in apps:
        service.register(app)
    service.register(admin, admin=True)
    return service


@dataclass
class Service:
    """Apps, their credentials, and one table, queue and archive that they all share."""

    table: MemoryTable = field(default_factory=MemoryTable)
    queue: MemoryQueue = field(default_factory=MemoryQueue)
    archive: MemoryArchive = field(default_factory=MemoryArchive)
    deliveries: MemoryDeliveryQueue = field(default_factory=MemoryDeliveryQueue)
    audit: MemoryAuditLog = field(default_factory=MemoryAuditLog)
    manage_us: int | None = None  # the time of changes; None: now
    person_requests: WorkQueue | None = None

    def __post_init__(self) -> None:
        self.registry = Registry(self.table)
        self.authorizer = AuthorizeDependencies(registry=self.registry, issuer=ISSUER, key_set=POOL.key_set())

    def register(self, app: App, *, admin: bool = False) -> App:
        self.registry.add_app(app, now_us=0)
        self.registry.add_key(key_of(app), app=app, scopes=KEY_SCOPES, now_us=0)
        scopes = CLIENT_SCOPES | (ADMIN if admin else frozenset())
        self.registry.add_client(f"client-of-{app.tenant}", app=app, scopes=scopes, now_us=0)
        return app

    def call(
        self,
        method: str,
        path: str,
        *,
        credential: str | None = None,
        body: Any = None,
        media_type: str = "application/json",
        request_id: str = "",
        **parameters: Any,
    ) -> dict[str, Any]:
        """What the gateway answers, its JSON parsed into `json`. `credential` is the Authorization header.

        `path` is as a client sends it: an id in it is percent-encoded. `body` is bytes, text, or what JSON is made of.
        """
        handed = handed_on(path)
        if handed is None:
            return _own(400, "Bad Request")
        path = handed
        posted = method in ("POST", "PUT")
        route = route_of(method, path)
        answered_by = answered_by_of(method, path)
        context: dict[str, Any] = {"http": {"method": method}}
        sent = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
        headers = {"content-type": media_type}
        headers |= {"authorization": credential} if credential else {}
        headers |= {"x-request-id": request_id} if request_id else {}
        headers |= {"content-length": str(len(sent))} if posted else {}
        if route is not None:
            asked_of = {"headers": headers, "pathParameters": route}
            verdict = authorize_handler(asked_of, None, dependencies=self.authorizer, now_us=round(NOW_S * 1e6))
            context["authorizer"] = {"lambda": verdict["context"]}
        event = {
            "rawPath": path,
            "rawQueryString": urlencode(
                {name.rstrip("_"): value for name, value in parameters.items()}, quote_via=quote
            ),
            "headers": headers,
            "requestContext": context,
            **(body_parts(sent, media_type) if posted else {"body": None, "isBase64Encoded": False}),
        }
        if not fits(event):
            return _own(413, "Request Entity Too Large")
        if answered_by == "validate":
            answer = validate_handler(event, None, dependencies=validate_dependencies(self.queue, self.table))
        elif answered_by == "manage":
            answer = manage_handler(
                event,
                None,
                dependencies=manage_dependencies(self.table, self.deliveries, self.audit, self.person_requests),
                now_us=self.manage_us,
            )
        else:
            settings = QuerySettings(
                table_name="t",
                idle_minutes=IDLE_MINUTES,
                heartbeat_minutes=5,
                security_contact="mailto:security@example.org",
            )
            dependencies = Dependencies(
                table=self.table, registry_table=self.table, settings=settings, open_queues=QuietQueues
            )
            answer = query_handler(event, None, dependencies=dependencies)
        if method in ("GET", "POST", "PUT", "DELETE"):
            assert_described(method, path, answer)
        if answer.get("body") and answer["headers"].get("Content-Type") == "application/json":
            answer["json"] = json.loads(answer["body"])
        return answer

    def drain(self) -> None:
        """`process` takes what is queued."""
        settings = ProcessSettings(table_name="t", bucket_name="b", idle_minutes=IDLE_MINUTES, heartbeat_minutes=5)
        records = [{"messageId": str(n), "body": body} for n, body in enumerate(self.queue.take())]
        if records:
            dependencies = ProcessDependencies(
                table=self.table,
                archive=self.archive,
                settings=settings,
                registrations=Registrations(self.table, settings.timeouts),
                deliveries=self.deliveries,
            )
            answer = process_handler({"Records": records}, None, dependencies=dependencies)
            assert answer == {"batchItemFailures": []}

    def sweep(self, *, minutes_later: float = 60) -> SweepResult:
        """What `timeout` does so many minutes from now."""
        settings = TimeoutSettings(table_name="t", queue_url="q", idle_minutes=IDLE_MINUTES, heartbeat_minutes=5)
        work = Context(
            table=self.table,
            queue=self.queue,
            settings=settings,
            registrations=Registrations(self.table, settings.timeouts),
            now_us=time.time_ns() // 1000 + round(minutes_later * MINUTE_US),
            lag_us=0,
            system_id=SYSTEM_ID,
        )
        return sweep(work, time_left=lambda: True)

    def settle(self, *, minutes_later: float = 60) -> None:
        """A few minutes' sweeps from then on: one may have to wait for what another found."""
        for minute in range(3):
            self.sweep(minutes_later=minutes_later + minute)
            self.drain()

    def rows_of(self, app: App) -> dict[Any, Any]:
        return {key: dict(row) for key, row in self.table.items.items() if key[0].startswith(f"{app.tenant}#")}


def route_of(method: str, path: str) -> dict[str, str] | None:
    """The path variables of the route with an authorizer that takes a request, or None if `$default` does.

    The routes without one lead to `query`, too.
    """
    routed = request.route_of(method, path)
    return None if routed is None or routed.route.credential == "none" else dict(routed.variables)


def answered_by_of(method: str, path: str) -> str:
    """Which function answers a request with a credential; `query` has all others."""
    routed = request.route_of(method, path)
    return "query" if routed is None or routed.route.credential == "none" else routed.route.answered_by


def _own(status: int, message: str) -> dict[str, Any]:
    """An answer of the gateway's own: no function was called."""
    body = {"message": message}
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps(body),
        "json": body,
    }
