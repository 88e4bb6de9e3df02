"""Two apps that register webhooks and filters, as their clients call the service, and as the gateway calls `manage`."""

import json
from typing import Any

from functions.core.apps import App
from functions.core.webhooks.delivery import Delivery, unpack
from functions.http.gate import ADMIN, CLIENT_SCOPES, Principal, principal_context
from functions.manage.dependencies import Dependencies
from functions.manage.handler import handler
from tests.fakes import MemoryAuditLog, MemoryDeliveryQueue, MemoryTable
from tests.gateway import Service, app_of, token_of
from tests.handlers import manage_dependencies
from tests.world import NINE_US

APP = app_of("https://learn.example.org/app")
OTHER = app_of("https://lms.example.org/app")
SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
WEBHOOK = {
    "name": "Warehouse",
    "targetUrl": "https://events.example.org/",
    "secret": SECRET,
    "active": True,
    "description": "nightly",
}
FILTER = {
    "filterKey": "object.subject",
    "filterValue": "Math",
    "filterType": "string",
    "filterOperator": "eq",
    "active": True,
}
OWNER = Principal(app=APP, scopes=CLIENT_SCOPES | ADMIN, kind="key", credential="key_1")


def webhook_service(*, admin: bool = False) -> Service:
    """The service with both apps, at nine o'clock; the first one's client may be an admin's."""
    service = Service(manage_us=NINE_US)
    service.register(APP, admin=admin)
    service.register(OTHER)
    return service


def call(service: Service, method: str, path: str, body: Any = None, *, app: App = APP, **rest: Any) -> dict[str, Any]:
    return service.call(method, path, credential=f"Bearer {token_of(app)}", body=body, **rest)


def created(service: Service, app: App = APP, **changed: Any) -> dict[str, Any]:
    answer = call(service, "POST", "/webhooks/", WEBHOOK | changed, app=app)
    assert answer["statusCode"] == 201, answer["body"]
    webhook: dict[str, Any] = answer["json"]["webhook"]
    return webhook


def with_filter(service: Service, webhook: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return call(service, "POST", "/webhook-filters/", FILTER | {"webhookId": webhook["id"]} | changed)


def queued(service: Service) -> list[Delivery]:
    return [unpack(body) for body in service.deliveries.take(10 * NINE_US)]


def event_of(method: str, path: str | None, body: Any = None, **more: Any) -> dict[str, Any]:
    """What the gateway hands on of a request of OWNER."""
    authorizer = {"lambda": principal_context(OWNER)}
    context = {"http": {"method": method}, "authorizer": authorizer, "requestId": "req-1"}
    return {
        "requestContext": context,
        "rawPath": path,
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
    } | more


def handled(event: dict[str, Any], dependencies: Dependencies | None = None, **rest: Any) -> dict[str, Any]:
    dependencies = dependencies or manage_dependencies(MemoryTable(), MemoryDeliveryQueue(), MemoryAuditLog())
    return handler(event, None, dependencies=dependencies, **({"now_us": NINE_US} | rest))
