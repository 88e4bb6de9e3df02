"""What an app registered of webhooks and filters, and how deliveries went, in full; an admin reads that of all apps."""

from typing import Any

import pytest

from functions.core.times import MINUTE_US
from functions.core.webhooks.webhook import Filter, Webhook
from functions.store import keys
from functions.store.rows.webhooks.attempts import Attempt, attempt_row
from functions.store.rows.webhooks.endpoints import Endpoint, endpoint_row
from functions.store.rows.webhooks.webhooks import filter_row, webhook_row
from tests.payloads import APP, Json
from tests.unit.query.world import NINE_US, OTHER_APP, World

SENSOR = "https://learn.example.org/sensor"
NINE = "2026-03-02T09:00:00.000Z"


def register(world: World, app: str, name: str, slot: int, *, sensor: str | None = None) -> None:
    """A webhook, with a filter of its own."""
    tenant = keys.tenant_of(app)
    stamps: dict[str, Any] = {"updated_us": NINE_US, "slot": slot, "version": 1, "active": True}
    created_us = NINE_US + slot * MINUTE_US
    webhook = Webhook(
        id=name,
        tenant=tenant,
        app_id=app,
        name=name,
        target_url="https://events.example.org/",
        secret="whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        sensor=sensor,
        created_us=created_us,
        **stamps,
    )
    stored = Filter(
        id=f"filter-{name}",
        webhook=name,
        key="object.subject",
        value="Math",
        type="string",
        operator="eq",
        created_us=created_us,
        **stamps,
    )
    world.table.put_all([webhook_row(webhook), filter_row(stored, tenant=tenant)])


@pytest.fixture
def world() -> World:
    """Two webhooks of the app, and one of another."""
    world = World()
    world.register(APP, OTHER_APP)
    register(world, APP, "first", 0)
    register(world, APP, "second", 1, sensor=SENSOR)
    register(world, OTHER_APP, "third", 0)
    return world


def described(name: str, app: str, **changed: Any) -> Json:
    return {
        "id": name,
        "name": name,
        "targetUrl": "https://events.example.org/",
        "secret": "********ZWY=",
        "active": True,
        "sensor": None,
        "description": None,
        "disabled": None,
        "app": app,
        "created_at": NINE,
        "updated_at": NINE,
        "deleted_at": None,
        **changed,
    }


def filter_of(name: str, created_at: str = NINE) -> Json:
    return {
        "id": f"filter-{name}",
        "webhookId": name,
        "filterKey": "object.subject",
        "filterValue": "Math",
        "filterType": "string",
        "filterOperator": "eq",
        "filterOperation": "eq",
        "active": True,
        "created_at": created_at,
        "updated_at": NINE,
        "deleted_at": None,
    }


def names(rows: list[Json]) -> list[str]:
    return [row["id"] for row in rows]


def test_webhooks_are_listed_of_the_apps_that_are_named(world: World) -> None:
    first, second = world.get("/webhooks")["webhooks"]
    assert first == described("first", APP) | {"secret": first["secret"]}
    later = "2026-03-02T09:01:00.000Z"
    assert second == described("second", APP, sensor=SENSOR, created_at=later) | {"secret": second["secret"]}
    assert "MDEy" not in first["secret"]
    assert names(world.get("/webhooks", sensor=SENSOR)["webhooks"]) == ["second"]
    assert world.get("/webhooks", sensor="urn:none")["webhooks"] == []
    assert world.refused("/webhooks", app=OTHER_APP) == (403, "foreign-app")
    world.as_admin()
    assert names(world.get("/webhooks", app=OTHER_APP)["webhooks"]) == ["third"]
    assert sorted(names(world.get("/webhooks", app="*")["webhooks"])) == ["first", "second", "third"]


def test_filters_are_listed_of_the_apps_that_are_named(world: World) -> None:
    of_second = filter_of("second", "2026-03-02T09:01:00.000Z")
    assert world.get("/webhook-filters")["filters"] == [filter_of("first"), of_second]
    assert world.get("/webhook-filters/webhook/second")["filters"] == [of_second]
    assert world.get("/webhook-filters/filter-second")["filter"] == of_second
    world.as_admin()
    every = world.get("/webhook-filters", app="*")["filters"]
    assert sorted(names(every)) == ["filter-first", "filter-second", "filter-third"]


@pytest.mark.parametrize(
    ("path", "name", "code"),
    [
        ("/webhooks/{}", "webhook", "unknown-webhook"),
        ("/webhooks/{}/attempts", "webhookId", "unknown-webhook"),
        ("/webhook-filters/webhook/{}", "filters", "unknown-webhook"),
        ("/webhook-filters/filter-{}", "filter", "unknown-filter"),
    ],
)
def test_what_another_app_registered_is_read_by_an_admin_alone(world: World, path: str, name: str, code: str) -> None:
    assert name in world.get(path.format("first"))
    for unknown in ("third", "none"):
        assert world.refused(path.format(unknown)) == (404, code)
    assert world.refused(path.format("third"), app=OTHER_APP) == (403, "foreign-app")
    world.as_admin()
    assert name in world.get(path.format("third"), app=OTHER_APP)
    assert name in world.get(path.format("third"), app="*")
    assert world.refused(path.format("third")) == (404, code)
    assert world.refused(path.format("none"), app="*") == (404, code)


def test_a_webhook_is_told_as_it_is_listed(world: World) -> None:
    listed = world.get("/webhooks")["webhooks"]
    assert [world.get(f"/webhooks/{name}")["webhook"] for name in ("first", "second")] == listed


def test_attempts_are_told_in_full_the_newest_first(world: World) -> None:
    tenant = keys.tenant_of(APP)
    tried: Json = {"tenant": tenant, "webhook": "first", "events": 9, "key": "k", "first": 3, "last": 11}
    failed = Attempt(
        time_us=NINE_US, message_id="a", status=0, error="timeout", duration_ms=7, number=1,
        next_us=NINE_US + MINUTE_US, **tried,
    )  # fmt: skip
    done = Attempt(time_us=NINE_US + MINUTE_US, message_id="a", status=204, duration_ms=8, number=2, **tried)
    endpoint = Endpoint(tenant=tenant, slot=0, webhook="first", failing_since_us=NINE_US, failures=1)
    world.table.put_all([attempt_row(failed), attempt_row(done)])
    assert world.get("/webhooks/second/attempts") == {"webhookId": "second", "failingSince": None, "attempts": []}
    assert world.get("/webhooks/first/attempts")["failingSince"] is None
    world.table.put_all([endpoint_row(endpoint)])
    minute_later = "2026-03-02T09:01:00.000Z"
    first: Json = {"messageId": "a", "attemptedAt": NINE, "status": None, "error": "timeout", "delivered": False}
    second: Json = {"messageId": "a", "attemptedAt": minute_later, "status": 204, "error": None, "delivered": True}
    assert world.get("/webhooks/first/attempts") == {
        "webhookId": "first",
        "failingSince": NINE,
        "attempts": [
            {**second, "durationMs": 8, "events": 9, "attempt": 2, "nextAttemptAt": None},
            {**first, "durationMs": 7, "events": 9, "attempt": 1, "nextAttemptAt": minute_later},
        ],
    }
