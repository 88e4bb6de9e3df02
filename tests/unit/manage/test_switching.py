"""What a webhook that was failing begins with after each change of it, and what stays known of why it was disabled."""

from copy import replace

import pytest

from functions.store.rows.webhooks.endpoints import Endpoint, endpoint_row
from functions.store.rows.webhooks.webhooks import webhook_row
from functions.store.webhooks.webhooks import read_webhooks
from tests.gateway import Service
from tests.unit.manage.world import APP, WEBHOOK, call, created, webhook_service
from tests.world import NINE_US

ELSEWHERE = "https://lake.example.org/in"
# Whether it was active, the path below it and the body; whether the failures are forgotten.
CHANGES = [
    (True, "", WEBHOOK, False),
    (True, "", WEBHOOK | {"name": "Lake"}, False),
    (True, "", WEBHOOK | {"targetUrl": ELSEWHERE}, True),
    (True, "", WEBHOOK | {"active": False}, False),
    (True, "", WEBHOOK | {"active": False, "targetUrl": ELSEWHERE}, False),
    (False, "", WEBHOOK, True),
    (False, "", WEBHOOK | {"targetUrl": ELSEWHERE}, True),
    (False, "", WEBHOOK | {"active": False}, False),
    (False, "", WEBHOOK | {"active": False, "targetUrl": ELSEWHERE}, False),
    (True, "/activate", None, False),
    (False, "/activate", None, True),
    (True, "/deactivate", None, False),
    (False, "/deactivate", None, False),
]


@pytest.fixture
def service() -> Service:
    return webhook_service()


def endpoint_of(service: Service, webhook_id: str) -> Endpoint:
    registered = read_webhooks(service.table, APP.tenant)
    return registered.endpoint(registered.webhooks[webhook_id])


@pytest.mark.parametrize(("was_active", "below", "body", "forgets"), CHANGES)
def test_failures_are_forgotten_by_what_is_switched_on_or_sent_elsewhere_and_by_nothing_else(
    service: Service, was_active: bool, below: str, body: dict[str, object] | None, forgets: bool
) -> None:
    created(service)  # in the first slot
    webhook = created(service, active=was_active)
    failing = replace(
        endpoint_of(service, webhook["id"]), failing_since_us=NINE_US, failures=7, probe_at_us=NINE_US + 1, version=4
    )
    service.table.put_all([endpoint_row(failing)])
    assert call(service, "PUT", f"/webhooks/{webhook['id']}{below}", body)["statusCode"] == 200
    anew = Endpoint(tenant=APP.tenant, slot=1, webhook=webhook["id"], version=5)
    assert endpoint_of(service, webhook["id"]) == (anew if forgets else failing)
    assert service.audit.lines[-1]["rows"] == (2 if forgets else 1)


@pytest.mark.parametrize(("was_active", "below", "body"), [change[:3] for change in CHANGES])
def test_an_endpoint_that_answers_has_no_row(
    service: Service, was_active: bool, below: str, body: dict[str, object] | None
) -> None:
    webhook = created(service, active=was_active)
    assert call(service, "PUT", f"/webhooks/{webhook['id']}{below}", body)["statusCode"] == 200
    assert read_webhooks(service.table, APP.tenant).endpoints == {}
    assert service.audit.lines[-1]["rows"] == 1


@pytest.mark.parametrize(
    ("below", "body", "disabled"),
    [
        ("/activate", None, None),
        ("/deactivate", None, "gone"),
        ("", WEBHOOK, None),
        ("", WEBHOOK | {"active": False, "targetUrl": ELSEWHERE}, "gone"),
    ],
)
def test_why_a_webhook_was_disabled_is_known_until_it_is_active(
    service: Service, below: str, body: dict[str, object] | None, disabled: str | None
) -> None:
    webhook = created(service)
    stored = read_webhooks(service.table, APP.tenant).webhooks[webhook["id"]]
    service.table.put_all([webhook_row(replace(stored, active=False, disabled="gone"))])
    answer = call(service, "PUT", f"/webhooks/{webhook['id']}{below}", body)
    assert answer["json"]["webhook"]["disabled"] == disabled
    assert call(service, "GET", f"/webhooks/{webhook['id']}")["json"]["webhook"]["disabled"] == disabled
