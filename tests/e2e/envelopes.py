"""What the end-to-end tests send: envelopes of now, by apps made for one test."""

import random
import time
from datetime import UTC, datetime
from typing import Any

from functions.core.apps import App
from functions.operate.registry.registration import Registration, register
from functions.store.dynamodb.table import DynamoTable
from functions.store.registry import Registry
from tests.e2e.conftest import Stack
from tests.payloads import V1P1, V1P2, Payloads, iso


def now() -> str:
    return iso(datetime.now(UTC))


def envelope(*items: Any, version: str = V1P2, sensor: str = "https://app.example.org/sensor") -> dict[str, Any]:
    return {"sensor": sensor, "sendTime": now(), "dataVersion": version, "data": list(items)}


def generator(stack: Stack) -> Payloads:
    """Payloads of the demonstration app whose times are now."""
    return Payloads(random.randrange(1 << 30), app=stack.endpoint.app_id, start=datetime.now(UTC))


def viewed(stack: Stack, **changes: Any) -> Any:
    """One event of the demonstration app, of now, with `changes`."""
    payloads = generator(stack)
    return payloads.resource_viewed(payloads.urn()) | {"eventTime": now()} | changes


def described(version: str = V1P1, **changes: Any) -> dict[str, Any]:
    """One standard event, of now, as a sensor sends it for any app."""
    payloads = Payloads(random.randrange(1 << 30))
    event = {
        "@context": version,
        "id": payloads.urn(),
        "type": "NavigationEvent",
        "actor": {"id": payloads.urn(), "type": "Person"},
        "action": "NavigatedTo",
        "object": {"id": "https://lms.example.edu/pages/1", "type": "WebPage"},
        "eventTime": now(),
        "edApp": {"id": "https://lms.example.edu", "type": "SoftwareApplication"},
    }
    return event | changes


def registry(stack: Stack) -> Registry:
    return Registry(DynamoTable(stack.client("dynamodb"), stack.endpoint.registry_table))


def another_app(stack: Stack, *, admin: bool = False, **settings: Any) -> Registration:
    """An app registered for one test, with credentials of its own. It speaks for every edApp."""
    return register(
        registry(stack),
        stack.client("cognito-idp"),
        App(app_id="", tenant="", name=f"Test app {time.monotonic_ns()}", edapps=("*",), **settings),
        user_pool_id=stack.endpoint.user_pool_id,
        admin=admin,
    )
