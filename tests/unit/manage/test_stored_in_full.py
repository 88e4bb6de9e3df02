"""What is stored of a webhook and of a filter, in full, after each change of it."""

from copy import replace

import pytest

from functions.core.times import DAY_US, MINUTE_US
from functions.core.webhooks.webhook import Filter, Webhook
from functions.store.webhooks.webhooks import read_webhooks
from tests.gateway import Service
from tests.unit.manage.world import APP, FILTER, SECRET, WEBHOOK, call, created, webhook_service, with_filter
from tests.world import NINE_US

LATER_US = NINE_US + MINUTE_US
CHANGED = {
    "name": "Lake",
    "targetUrl": "https://lake.example.org/in",
    "secret": "another-secret-one",
    "active": False,
    "sensor": "https://learn.example.org/sensor",
}
CHANGED_FILTER = {
    "filterKey": "object.score",
    "filterValue": "80",
    "filterType": "number",
    "filterOperator": "gte",
    "active": False,
}


@pytest.fixture
def service() -> Service:
    return webhook_service()


def stored_webhook(service: Service, webhook_id: str) -> Webhook:
    return read_webhooks(service.table, APP.tenant).webhooks[webhook_id]


def stored_filter(service: Service, filter_id: str) -> Filter:
    return read_webhooks(service.table, APP.tenant).filters[filter_id]


def as_created(webhook_id: str) -> Webhook:
    return Webhook(
        id=webhook_id,
        tenant=APP.tenant,
        app_id=APP.app_id,
        name="Warehouse",
        target_url="https://events.example.org/",
        secret=SECRET,
        active=True,
        description="nightly",
        created_us=NINE_US,
        updated_us=NINE_US,
        slot=0,
        version=1,
    )


def filter_as_created(filter_id: str, webhook_id: str) -> Filter:
    return Filter(
        id=filter_id,
        webhook=webhook_id,
        key="object.subject",
        value="Math",
        type="string",
        operator="eq",
        active=True,
        created_us=NINE_US,
        updated_us=NINE_US,
        slot=0,
        version=1,
    )


def test_a_webhook_is_stored_as_it_was_sent(service: Service) -> None:
    webhook = created(service)
    assert stored_webhook(service, webhook["id"]) == as_created(webhook["id"])
    of_a_sensor = created(service, sensor="https://learn.example.org/sensor", active=False)
    stored = stored_webhook(service, of_a_sensor["id"])
    assert (stored.sensor, stored.active) == ("https://learn.example.org/sensor", False)


def test_a_replaced_webhook_has_all_that_was_sent_and_its_former_secret_for_a_day(service: Service) -> None:
    webhook = created(service)
    service.manage_us = LATER_US
    answer = call(service, "PUT", f"/webhooks/{webhook['id']}", CHANGED)
    assert stored_webhook(service, webhook["id"]) == replace(
        as_created(webhook["id"]),
        name="Lake",
        target_url="https://lake.example.org/in",
        secret="another-secret-one",
        active=False,
        sensor="https://learn.example.org/sensor",
        description=None,
        updated_us=LATER_US,
        former_secret=SECRET,
        former_until_us=LATER_US + DAY_US,
        version=2,
    )
    assert answer["json"]["webhook"] == call(service, "GET", f"/webhooks/{webhook['id']}")["json"]["webhook"]


def test_a_webhook_that_is_replaced_with_the_same_secret_has_no_former_one(service: Service) -> None:
    webhook = created(service)
    call(service, "PUT", f"/webhooks/{webhook['id']}", WEBHOOK)
    assert stored_webhook(service, webhook["id"]) == replace(as_created(webhook["id"]), version=2)


@pytest.mark.parametrize(("verb", "is_active"), [("activate", True), ("deactivate", False)])
def test_a_webhook_is_switched_and_nothing_else_of_it_changes(service: Service, verb: str, is_active: bool) -> None:
    webhook = created(service, active=not is_active)
    service.manage_us = LATER_US
    answer = call(service, "PUT", f"/webhooks/{webhook['id']}/{verb}")
    assert stored_webhook(service, webhook["id"]) == replace(
        as_created(webhook["id"]), active=is_active, updated_us=LATER_US, version=2
    )
    assert answer["json"]["webhook"] == webhook | {
        "secret": "whsec_…" + SECRET[-4:],
        "active": is_active,
        "updated_at": "2026-03-02T09:01:00.000Z",
    }


def test_a_deleted_webhook_stays_known_with_its_filters_and_when_it_was_deleted_first(service: Service) -> None:
    webhook, other = created(service), created(service)
    stored = [with_filter(service, webhook)["json"]["filter"]["id"] for _ in range(2)]
    of_the_other = with_filter(service, other)["json"]["filter"]["id"]
    for now_us in (LATER_US, LATER_US + MINUTE_US):
        service.manage_us = now_us
        answer = call(service, "DELETE", f"/webhooks/{webhook['id']}")
        assert answer["json"] == {
            "status": "success",
            "message": "The webhook is deleted, and its filters with it.",
        }
    assert stored_webhook(service, webhook["id"]).deleted_us == LATER_US
    assert [stored_filter(service, filter_id).deleted_us for filter_id in stored] == [LATER_US, LATER_US]
    assert stored_webhook(service, other["id"]).deleted_us is None
    assert stored_filter(service, of_the_other).deleted_us is None


def test_a_filter_is_stored_as_it_was_sent(service: Service) -> None:
    webhook = created(service)
    stored = with_filter(service, webhook)["json"]["filter"]
    assert stored_filter(service, stored["id"]) == filter_as_created(stored["id"], webhook["id"])


def test_a_replaced_filter_has_all_that_was_sent_and_may_be_another_webhooks(service: Service) -> None:
    webhook, other = created(service), created(service)
    stored = with_filter(service, webhook)["json"]["filter"]
    service.manage_us = LATER_US
    answer = call(service, "PUT", f"/webhook-filters/{stored['id']}", CHANGED_FILTER | {"webhookId": other["id"]})
    assert stored_filter(service, stored["id"]) == replace(
        filter_as_created(stored["id"], other["id"]),
        key="object.score",
        value="80",
        type="number",
        operator="gte",
        active=False,
        updated_us=LATER_US,
        version=2,
    )
    assert answer["json"]["filter"] == call(service, "GET", f"/webhook-filters/{stored['id']}")["json"]["filter"]


def test_a_deleted_filter_stays_known_with_when_it_was_deleted_first(service: Service) -> None:
    stored = with_filter(service, created(service))["json"]["filter"]
    for now_us in (LATER_US, LATER_US + MINUTE_US):
        service.manage_us = now_us
        answer = call(service, "DELETE", f"/webhook-filters/{stored['id']}")
        assert answer["json"] == {"status": "success", "message": "The filter is deleted."}
    assert stored_filter(service, stored["id"]).deleted_us == LATER_US
    assert call(service, "PUT", f"/webhook-filters/{stored['id']}", FILTER | {"webhookId": "x"})["statusCode"] == 404
