"""A change is made to what is registered now: what another request registered a moment ago is there for it."""

import json
from collections.abc import Iterator
from typing import Any

from functions.http.changes.routes import CHANGE_ROUTES
from functions.store.webhooks import keys as webhook_keys
from tests.fakes import MemoryAuditLog, MemoryDeliveryQueue
from tests.handlers import manage_dependencies
from tests.unit.manage.world import FILTER, WEBHOOK, event_of, handled
from tests.unit.timeout.test_consistent_reads import LaggingTable

PEOPLE = {"/erasures", "/person-exports"}  # they change no registration


class Requests:
    """`manage` over a table of which a reader that does not ask to be consistent sees nothing yet."""

    def __init__(self) -> None:
        self.table = LaggingTable()
        self.dependencies = manage_dependencies(self.table, MemoryDeliveryQueue(), MemoryAuditLog())

    def send(self, method: str, path: str, body: Any = None, **more: Any) -> dict[str, Any]:
        answer = handled(event_of(method, path, body, **more), self.dependencies)
        assert answer["statusCode"] < 300, answer["body"]
        read: dict[str, Any] = json.loads(answer["body"])
        return read


def one_of_each() -> Iterator[tuple[str, list[str]]]:
    """Each route of a change sent once, in an order in which each finds what it needs; and what it read as it was."""
    requests = Requests()
    webhook = requests.send("POST", "/webhooks", WEBHOOK)["webhook"]["id"]
    wanted = FILTER | {"webhookId": webhook}
    stored = requests.send("POST", "/webhook-filters", wanted)["filter"]["id"]
    yield "POST /webhooks", []
    for method, path, body, more in (
        ("POST", "/webhook-filters", wanted | {"filterValue": "another"}, {}),
        ("PUT", f"/webhook-filters/{stored}", wanted, {}),
        ("DELETE", f"/webhook-filters/{stored}", None, {}),
        ("PUT", f"/webhooks/{webhook}", WEBHOOK, {}),
        ("PUT", f"/webhooks/{webhook}/deactivate", None, {}),
        ("PUT", f"/webhooks/{webhook}/activate", None, {}),
        ("POST", f"/webhooks/{webhook}/test", None, {}),
        ("POST", f"/webhooks/{webhook}/resend", {"fromDay": "2026-03-02", "toDay": "2026-03-02"}, {}),
        ("DELETE", f"/webhooks/{webhook}", None, {}),
        ("PUT", "/sender-alarms", {"newCodes": True}, {}),
        ("DELETE", "/sender-alarms", None, {}),
        ("PUT", "/aliases", {"person": "urn:a", "alias": "urn:b"}, {}),
        ("DELETE", "/aliases", None, {"rawQueryString": "alias=urn%3Ab"}),
    ):
        requests.table.inconsistent.clear()
        requests.send(method, path, body, **more)
        named = path.replace(webhook, "{webhookId}").replace(stored, "{filterId}")
        yield f"{method} {named}", list(requests.table.inconsistent)


def test_no_change_of_a_registration_reads_what_was_a_moment_ago() -> None:
    read = dict(one_of_each())
    assert {name: places for name, places in read.items() if places} == {}
    without_retry = {route.name for route in CHANGE_ROUTES if route.path.template not in PEOPLE} - read.keys()
    assert without_retry == {"POST /webhooks/{webhookId}/retry"}


def test_a_delivery_is_sent_again_of_a_webhook_that_was_registered_a_moment_ago() -> None:
    requests = Requests()
    webhook = requests.send("POST", "/webhooks", WEBHOOK)["webhook"]["id"]
    requests.table.inconsistent.clear()
    path = f"/webhooks/{webhook}/retry"
    answer = handled(event_of("POST", path, {"messageId": "msg_none"}), requests.dependencies)
    assert json.loads(answer["body"])["code"] == "unknown-delivery"
    assert [place for place in requests.table.inconsistent if place.endswith(f"{webhook_keys.webhooks_pk('')} ")] == []
