"""The handler of changes by itself: what it does if AWS fails, and what it is told of a request."""

import json
import logging
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.http.gate import failure_context
from functions.store.webhooks.delivery_queue import NotQueued
from functions.store.webhooks.webhooks import read_webhooks
from tests.fakes import MemoryAuditLog, MemoryDeliveryQueue, MemoryTable
from tests.gateway import Service
from tests.handlers import manage_dependencies
from tests.unit.manage.world import APP, WEBHOOK, call, created, event_of, handled, webhook_service
from tests.world import NINE_US


class FullQueue(MemoryDeliveryQueue):
    """SQS that takes nothing."""

    def send(self, deliveries: Any, *, now_us: int) -> None:
        raise NotQueued("1 of 1 deliveries were not taken")


class ThrottledTable(MemoryTable):
    """DynamoDB that answers no query."""

    def query(self, pk: str, **parameters: Any) -> Any:
        raise ClientError({"Error": {"Code": "ThrottlingException", "Message": f"not for {pk}"}}, "Query")


class ContendedTable(MemoryTable):
    """A table in which somebody else always comes first."""

    def put_all_if(self, rows: Any) -> bool:
        return False


@pytest.fixture
def service() -> Service:
    return webhook_service()


@pytest.mark.parametrize(
    ("table", "reason"), [(ThrottledTable(), "ThrottlingException"), (ContendedTable(), "ChangedMeanwhile")]
)
def test_what_may_succeed_later_is_503_with_a_line_in_the_log_and_one_in_the_audit(
    table: MemoryTable, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    audit = MemoryAuditLog()
    answer = handled(event_of("POST", "/webhooks", WEBHOOK), manage_dependencies(table, MemoryDeliveryQueue(), audit))
    body = json.loads(answer["body"])
    assert (answer["statusCode"], body["code"], answer["headers"]["Retry-After"]) == (503, "store-unavailable", "2")
    assert (
        body["message"] == body["error"] == ("The service could not change this just now: send the same request again.")
    )
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert (record.name, record.getMessage(), record.__dict__["reason"], record.__dict__["route"]) == (
        "manage",
        "an AWS call failed",
        reason,
        "POST /webhooks",
    )
    assert [(line["status"], line["rows"], line["changed"]) for line in audit.lines] == [(503, 0, None)]


def test_a_test_that_sqs_does_not_take_is_503(service: Service) -> None:
    webhook = created(service)
    dependencies = manage_dependencies(service.table, FullQueue(), MemoryAuditLog())
    answer = handled(event_of("POST", f"/webhooks/{webhook['id']}/test"), dependencies)
    assert answer["statusCode"] == 503


@pytest.mark.parametrize("has_log", [True, False])
def test_a_line_that_the_audit_log_does_not_take_stands_in_the_functions_own(
    has_log: bool, caplog: pytest.LogCaptureFixture
) -> None:
    audit = MemoryAuditLog()
    audit.refusal = "AccessDenied"
    dependencies = manage_dependencies(MemoryTable(), MemoryDeliveryQueue(), audit if has_log else None)
    assert handled(event_of("POST", "/webhooks", WEBHOOK), dependencies)["statusCode"] == 201
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.getMessage() == "audit line was not written"
    assert record.__dict__["reason"] == ("AccessDenied" if has_log else "no audit log")
    assert (record.__dict__["line"]["route"], record.__dict__["line"]["rows"]) == ("POST /webhooks", 1)


def test_a_line_that_is_written_stands_in_no_other_log(caplog: pytest.LogCaptureFixture) -> None:
    audit = MemoryAuditLog()
    handled(event_of("POST", "/webhooks", WEBHOOK), manage_dependencies(MemoryTable(), MemoryDeliveryQueue(), audit))
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    (line,) = audit.lines
    assert (line["requestId"], line["credential"], line["kind"]) == ("req-1", "key_1", "key")


def test_without_a_time_it_is_now_in_whole_microseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(time_ns=lambda: NINE_US * 1000 + 999)
    monkeypatch.setattr("functions.manage.handler.time", clock)
    table = MemoryTable()
    dependencies = manage_dependencies(table, MemoryDeliveryQueue(), MemoryAuditLog())
    assert handled(event_of("POST", "/webhooks", WEBHOOK), dependencies, now_us=None)["statusCode"] == 201
    (webhook,) = read_webhooks(table, APP.tenant).present
    assert webhook.created_us == NINE_US


def test_an_event_without_a_path_is_that_of_the_root_which_nothing_changes() -> None:
    answer = handled(event_of("PUT", None))
    assert (answer["statusCode"], answer["headers"]["Allow"]) == (405, "GET, HEAD, POST, OPTIONS")


def test_a_path_that_leads_nowhere_is_404_for_both_kinds_of_clients() -> None:
    answer = handled(event_of("POST", "/nowhere"))
    body = json.loads(answer["body"])
    assert (answer["statusCode"], body["code"], body["error"]) == (404, "unknown-path", body["message"])


@pytest.mark.parametrize(
    ("authorizer", "status", "code", "header"),
    [
        (None, 401, "no_verdict", "WWW-Authenticate"),
        (failure_context("revoked"), 401, "revoked", "WWW-Authenticate"),
        (failure_context("unavailable"), 503, "unavailable", "Retry-After"),
    ],
)
def test_who_is_not_let_in_is_told_why_in_the_words_of_both_kinds_of_clients(
    authorizer: dict[str, str] | None, status: int, code: str, header: str
) -> None:
    event = event_of("POST", "/webhooks", WEBHOOK)
    event["requestContext"]["authorizer"] = {"lambda": authorizer}
    answer = handled(event)
    body = json.loads(answer["body"])
    assert (answer["statusCode"], body["code"]) == (status, code)
    assert body["error"] == body["message"]
    assert isinstance(body["message"], str)
    assert header in answer["headers"]


def test_a_request_without_headers_is_no_repeat() -> None:
    dependencies = manage_dependencies(MemoryTable(), MemoryDeliveryQueue(), MemoryAuditLog())
    without: list[dict[str, Any]] = [{}, {"headers": None}, {"headers": {}}]
    events = [event_of("POST", "/webhooks", WEBHOOK, **more) for more in without]
    ids = {json.loads(handled(event, dependencies)["body"])["webhook"]["id"] for event in events}
    assert len(ids) == 3


def test_a_route_that_takes_no_body_does_not_look_at_one(service: Service) -> None:
    webhook = created(service)
    assert call(service, "POST", f"/webhooks/{webhook['id']}/test", b"{")["statusCode"] == 202
    assert call(service, "PUT", f"/webhooks/{webhook['id']}/activate", b"{")["statusCode"] == 200
