"""What is queued on request: a test, one delivery again, the events of some days again."""

from typing import Any

import pytest

from functions.core.webhooks.delivery import Delivery
from functions.store.rows.webhooks.attempts import Attempt, attempt_row
from tests.gateway import Service
from tests.unit.manage.world import APP, call, created, queued, webhook_service
from tests.world import NINE_US

FIRST_DAY = "2026-01-01"


@pytest.fixture
def service() -> Service:
    return webhook_service()


def attempt(webhook: dict[str, Any], message_id: str, **changed: Any) -> Attempt:
    fields: dict[str, Any] = {"time_us": NINE_US, "status": 500, "duration_ms": 1, "events": 9, "number": 2}
    return Attempt(tenant=APP.tenant, webhook=webhook["id"], message_id=message_id, **(fields | changed))


def ping_of(webhook: dict[str, Any]) -> Delivery:
    return Delivery(tenant=APP.tenant, webhook=webhook["id"], kind="ping", since_us=NINE_US)


@pytest.mark.parametrize("active", [True, False])
def test_a_test_is_queued_for_a_webhook_that_is_active_or_not(service: Service, active: bool) -> None:
    webhook = created(service, active=active)
    answer = call(service, "POST", f"/webhooks/{webhook['id']}/test")
    assert answer["json"] == {
        "status": "success",
        "message": "A test is on its way: its attempt tells what came of it.",
        "deliveries": 1,
    }
    assert service.deliveries.next_us() == NINE_US
    assert queued(service) == [ping_of(webhook)]


def test_a_delivery_is_queued_again_with_its_newest_lines_though_its_target_fails(service: Service) -> None:
    webhook, other = created(service), created(service)
    service.table.put_all(
        attempt_row(each)
        for each in (
            attempt(webhook, "msg_x", key="archive/day=20260302/x", first=3, last=11),
            attempt(webhook, "msg_x", time_us=NINE_US + 1, key="archive/day=20260302/x", first=5, last=8),
            attempt(webhook, "msg_y", time_us=NINE_US + 2, key="archive/day=20260302/y", first=1, last=2),
            attempt(other, "msg_x", time_us=NINE_US + 3, key="archive/day=20260302/z", first=1, last=2),
        )
    )
    answer = call(service, "POST", f"/webhooks/{webhook['id']}/retry", {"messageId": "msg_x"})
    assert (answer["statusCode"], answer["json"]["deliveries"]) == (202, 1)
    assert queued(service) == [
        Delivery(
            tenant=APP.tenant,
            webhook=webhook["id"],
            key="archive/day=20260302/x",
            first=5,
            last=8,
            since_us=NINE_US,
            forced=True,
        )
    ]


def test_a_test_that_is_sent_again_is_a_test(service: Service) -> None:
    webhook = created(service)
    service.table.put_all([attempt_row(attempt(webhook, "msg_ping"))])
    assert call(service, "POST", f"/webhooks/{webhook['id']}/retry", {"messageId": "msg_ping"})["statusCode"] == 202
    assert queued(service) == [ping_of(webhook)]


@pytest.mark.parametrize(
    ("to_day", "last"),
    [(FIRST_DAY, 20260101), ("2026-04-01", 20260401), ("2026-04-02", 20260402)],
    ids=["one day", "91 days", "92 days"],
)
def test_up_to_92_days_are_sent_again(service: Service, to_day: str, last: int) -> None:
    webhook = created(service)
    answer = call(service, "POST", f"/webhooks/{webhook['id']}/resend", {"fromDay": FIRST_DAY, "toDay": to_day})
    assert (answer["statusCode"], answer["json"]["deliveries"]) == (202, 1)
    assert answer["json"]["message"] == f"What was received from {FIRST_DAY} to {to_day} is on its way again."
    assert queued(service) == [
        Delivery(tenant=APP.tenant, webhook=webhook["id"], kind="days", first=20260101, last=last, since_us=NINE_US)
    ]


@pytest.mark.parametrize("to_day", ["2025-12-31", "2026-04-03"], ids=["the day before", "93 days"])
def test_more_days_or_none_are_not_sent_again(service: Service, to_day: str) -> None:
    webhook = created(service)
    answer = call(service, "POST", f"/webhooks/{webhook['id']}/resend", {"fromDay": FIRST_DAY, "toDay": to_day})
    assert (answer["statusCode"], answer["json"]["errors"][0]["pointer"]) == (400, "/toDay")
    assert queued(service) == []


@pytest.mark.parametrize("name", ["fromDay", "toDay"])
@pytest.mark.parametrize(
    "day",
    [
        None, 20260302, "", "soon", "20260302", "2026-3-2", " 2026-03-02", "2026-03-02\n", "2026-02-30",
        "2026-03-02T09:00:00Z", "２０２６-03-02", ["2026-03-02"],
    ],
)  # fmt: skip
def test_what_is_no_day_is_refused_with_its_place(service: Service, name: str, day: Any) -> None:
    webhook = created(service)
    days = {"fromDay": "2026-03-02", "toDay": "2026-03-02"} | {name: day}
    answer = call(service, "POST", f"/webhooks/{webhook['id']}/resend", days)
    assert (answer["statusCode"], answer["json"]["errors"][0]["pointer"]) == (400, f"/{name}")
    assert queued(service) == []


def test_days_around_1970_are_days(service: Service) -> None:
    webhook = created(service)
    days = {"fromDay": "1969-12-31", "toDay": "1970-01-01"}
    assert call(service, "POST", f"/webhooks/{webhook['id']}/resend", days)["statusCode"] == 202
    assert [(each.first, each.last) for each in queued(service)] == [(19691231, 19700101)]
