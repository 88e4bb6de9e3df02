"""A create that a client sends again makes nothing new for ten minutes, of webhooks as of filters."""

from collections.abc import Mapping
from typing import Any

import pytest

from functions.core.times import MINUTE_US
from functions.store.webhooks.webhooks import read_webhooks
from tests.unit.manage.world import APP, FILTER, OTHER, WEBHOOK, call, created, webhook_service

KINDS = ["webhook", "filter"]
PATHS = {"webhook": "/webhooks", "filter": "/webhook-filters"}


class Creates:
    """Creates of one kind by a client that says which request it repeats."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.service = webhook_service()
        self._webhook_id = created(self.service, name="of the filters")["id"]
        self._other_webhook_id = created(self.service, OTHER, name="of the other's filters")["id"]

    def create(
        self, request_id: str = "0a1b2c3d", *, of_the_other: bool = False, changed: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """What was created, as it is answered."""
        webhook_id = self._other_webhook_id if of_the_other else self._webhook_id
        body = (WEBHOOK if self.kind == "webhook" else FILTER | {"webhookId": webhook_id}) | dict(changed or {})
        app = OTHER if of_the_other else APP
        answer = call(self.service, "POST", PATHS[self.kind], body, app=app, request_id=request_id)
        assert answer["statusCode"] == 201, answer["body"]
        stored: dict[str, Any] = answer["json"][self.kind]
        return stored

    def delete(self, stored: dict[str, Any]) -> None:
        assert call(self.service, "DELETE", f"{PATHS[self.kind]}/{stored['id']}")["statusCode"] == 200

    def wait(self, duration_us: int) -> None:
        self.service.manage_us = (self.service.manage_us or 0) + duration_us

    @property
    def kept_ids(self) -> set[str]:
        """The ids of the app's own that are not deleted."""
        listed = call(self.service, "GET", PATHS[self.kind])["json"][f"{self.kind}s"]
        return {stored["id"] for stored in listed} - {self._webhook_id}


@pytest.fixture(params=KINDS)
def creates(request: pytest.FixtureRequest) -> Creates:
    return Creates(str(request.param))


def test_a_repeat_is_answered_with_what_was_created(creates: Creates) -> None:
    first = creates.create()
    creates.wait(10 * MINUTE_US - 1)
    assert creates.create() == first
    assert creates.kept_ids == {first["id"]}


def test_after_ten_minutes_it_is_another(creates: Creates) -> None:
    first = creates.create()
    creates.wait(10 * MINUTE_US)
    second = creates.create()
    assert creates.kept_ids == {first["id"], second["id"]}
    assert len(creates.kept_ids) == 2


def test_what_was_deleted_is_created_anew(creates: Creates) -> None:
    first = creates.create()
    creates.delete(first)
    second = creates.create()
    assert second["id"] != first["id"]
    assert creates.kept_ids == {second["id"]}


def test_another_body_another_request_and_another_app_create_another(creates: Creates) -> None:
    changed = {"name": "Lake"} if creates.kind == "webhook" else {"filterValue": "Reading"}
    others = [
        creates.create(),
        creates.create(changed=changed),
        creates.create("0a1b2c3e"),
        creates.create(of_the_other=True),
    ]
    assert len({stored["id"] for stored in others}) == 4


def test_requests_that_say_no_id_are_no_repeats(creates: Creates) -> None:
    first, second = creates.create(""), creates.create("")
    assert creates.kept_ids == {first["id"], second["id"]}
    assert len(creates.kept_ids) == 2


def test_ids_of_requests_count_to_their_last_character(creates: Creates) -> None:
    first, second = creates.create("x" * 1_000 + "1"), creates.create("x" * 1_000 + "2")
    assert creates.create("x" * 1_000 + "1") == first
    assert first["id"] != second["id"]


def test_every_version_of_the_service_knows_a_repeat_by_the_same_id() -> None:
    """A client may repeat its request while a new version is being deployed."""
    webhook = Creates("webhook").create()
    assert webhook["id"] == "674485de-e139-5d9b-bebe-58baf9255ffe"


def test_a_repeat_is_known_however_its_body_is_spelled() -> None:
    service = webhook_service()
    in_order = call(service, "POST", "/webhooks", WEBHOOK, request_id="0a1b2c3d")["json"]["webhook"]
    turned = call(service, "POST", "/webhooks", dict(reversed(WEBHOOK.items())), request_id="0a1b2c3d")
    assert turned["json"]["webhook"] == in_order


def test_a_repeat_that_finds_the_app_full_is_still_answered() -> None:
    service = webhook_service()
    first = call(service, "POST", "/webhooks", WEBHOOK, request_id="0a1b2c3d")["json"]["webhook"]
    for _ in range(19):
        created(service)
    assert call(service, "POST", "/webhooks", WEBHOOK, request_id="0a1b2c3d")["json"]["webhook"] == first
    assert len(read_webhooks(service.table, APP.tenant).present) == 20
