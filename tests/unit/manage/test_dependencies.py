"""Which of its dependencies `manage` uses for what, and those that an instance opens."""

import json
import uuid

import pytest

from functions.manage.dependencies import Dependencies
from functions.manage.handler import open_dependencies
from functions.manage.settings import ManageSettings
from tests.aws_rules.client import RefusingClient
from tests.fakes import MemoryAuditLog, MemoryDeliveryQueue, MemoryTable
from tests.handlers import manage_dependencies
from tests.unit.manage.world import FILTER, WEBHOOK, event_of, handled


def test_all_of_an_app_but_what_is_asked_of_people_lies_in_the_registry() -> None:
    registry, events = MemoryTable(), MemoryTable()
    dependencies = manage_dependencies(events, MemoryDeliveryQueue(), MemoryAuditLog())
    apart = Dependencies(
        table=events,
        registry_table=registry,
        deliveries=dependencies.deliveries,
        settings=dependencies.settings,
        new_id=dependencies.new_id,
        audit=dependencies.audit,
    )
    webhook = json.loads(handled(event_of("POST", "/webhooks", WEBHOOK), apart)["body"])["webhook"]
    handled(event_of("POST", "/webhook-filters", FILTER | {"webhookId": webhook["id"]}), apart)
    handled(event_of("PUT", "/aliases", {"person": "urn:a", "alias": "urn:b"}), apart)
    handled(event_of("PUT", "/sender-alarms", {"newCodes": True}), apart)
    assert [line["status"] for line in apart.audit.lines] == [201, 201, 200, 200]  # type: ignore[union-attr]
    assert len(registry.items) == 6
    assert dict(events.items) == {}


def test_each_id_that_an_instance_makes_is_another_random_uuid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TABLE_NAME", "t")
    monkeypatch.setenv("DELIVERIES_URL", "d")
    monkeypatch.setattr("functions.manage.handler.open_client", lambda *_, **__: RefusingClient())
    open_dependencies.cache_clear()
    dependencies = open_dependencies()
    open_dependencies.cache_clear()
    ids = [dependencies.new_id() for _ in range(20)]
    assert len(set(ids)) == 20
    assert {(uuid.UUID(text).version, str(uuid.UUID(text)) == text) for text in ids} == {(4, True)}


def test_what_the_environment_may_leave_out_is_off() -> None:
    assert ManageSettings.read({"TABLE_NAME": "t", "DELIVERIES_URL": "d"}).environment() == {
        "TABLE_NAME": "t",
        "REGISTRY_TABLE_NAME": "",
        "DELIVERIES_URL": "d",
        "PERSON_REQUESTS_URL": "",
        "AUDIT_GROUP": "",
        "ALLOW_LOOPBACK": "False",
    }


@pytest.mark.parametrize(("allowed", "status"), [(True, 201), (False, 400)])
def test_only_on_the_local_stack_a_target_may_be_this_machine(allowed: bool, status: int) -> None:
    known = manage_dependencies(MemoryTable(), MemoryDeliveryQueue(), MemoryAuditLog())
    local = Dependencies(
        table=known.table,
        registry_table=known.registry_table,
        deliveries=known.deliveries,
        settings=ManageSettings(table_name="t", deliveries_url="d", allow_loopback=allowed),
        new_id=known.new_id,
        audit=known.audit,
    )
    body = WEBHOOK | {"targetUrl": "http://127.0.0.1:8080/"}
    assert handled(event_of("POST", "/webhooks", body), local)["statusCode"] == status
