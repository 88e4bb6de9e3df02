"""Webhooks and filters as TimeBack's client registers, changes and deletes them, through gateway and authorizer."""

import json
from copy import replace
from typing import Any
from urllib.parse import quote

import pytest

from functions.core.apps import App
from functions.core.times import MINUTE_US
from functions.core.webhooks.webhook import MOST_FILTERS, MOST_WEBHOOKS, WEBHOOK_SLOTS
from functions.http.gate import (
    ADMIN,
    EVENTS_READONLY,
    WEBHOOK_CREATE,
    WEBHOOK_READONLY,
    WEBHOOKS_READONLY,
    WEBHOOKS_WRITE,
    Principal,
    principal_context,
)
from functions.manage.handler import handler
from functions.store.registrations import Registrations
from functions.store.rows.webhooks.attempts import Attempt, attempt_row
from functions.store.rows.webhooks.endpoints import endpoint_row
from functions.store.webhooks.webhooks import read_webhooks
from tests.gateway import Service, app_of, key_of, token_of
from tests.handlers import manage_dependencies
from tests.unit.manage.world import (
    APP,
    FILTER,
    OTHER,
    SECRET,
    WEBHOOK,
    call,
    created,
    queued,
    webhook_service,
    with_filter,
)
from tests.world import NINE_US, PROCESS

FOREIGN = app_of("https://third.example.org/app")


@pytest.fixture
def service() -> Service:
    return webhook_service()


def active(service: Service, app: App = APP) -> tuple[str, ...]:
    return Registrations(service.table, PROCESS.timeouts).of(app.tenant, now_us=NINE_US).webhooks


def test_the_secret_is_whole_in_the_answer_that_created_it_and_masked_in_all_others(service: Service) -> None:
    webhook = created(service)
    assert webhook["secret"] == SECRET
    for path in ("/webhooks/", f"/webhooks/{webhook['id']}"):
        assert SECRET not in call(service, "GET", path)["body"]
    (listed,) = call(service, "GET", "/webhooks/")["json"]["webhooks"]
    assert listed["secret"] == "whsec_…" + SECRET[-4:]


def test_a_short_secret_is_masked_as_a_whole(service: Service) -> None:
    webhook = created(service, secret="my-secret")
    assert call(service, "GET", f"/webhooks/{webhook['id']}")["json"]["webhook"]["secret"] == "whsec_…"


def test_what_was_read_can_be_written_back_and_keeps_the_secret(service: Service) -> None:
    webhook = created(service)
    read = call(service, "GET", f"/webhooks/{webhook['id']}")["json"]["webhook"]
    answer = call(service, "PUT", f"/webhooks/{webhook['id']}", read | {"name": "Lake"})
    assert (answer["statusCode"], answer["json"]["webhook"]["name"]) == (200, "Lake")
    stored = read_webhooks(service.table, APP.tenant).webhooks[webhook["id"]]
    assert (stored.secret, stored.former_secret) == (SECRET, "")


def test_a_put_replaces_the_whole_and_a_new_secret_leaves_the_former_one_for_a_day(service: Service) -> None:
    webhook = created(service, sensor="https://learn.example.org/sensor")
    body = {name: value for name, value in WEBHOOK.items() if name != "description"} | {"secret": "another-secret-one"}
    changed = call(service, "PUT", f"/webhooks/{webhook['id']}", body)["json"]["webhook"]
    assert (changed["description"], changed["sensor"]) == (None, None)
    stored = read_webhooks(service.table, APP.tenant).webhooks[webhook["id"]]
    assert stored.secrets(NINE_US) == ["another-secret-one", SECRET]
    assert stored.secrets(NINE_US + 24 * 60 * MINUTE_US) == ["another-secret-one"]


def test_a_repeated_create_is_the_same_webhook_for_ten_minutes(service: Service) -> None:
    first = call(service, "POST", "/webhooks/", WEBHOOK, request_id="0a1b2c3d")["json"]["webhook"]
    again = call(service, "POST", "/webhooks/", WEBHOOK, request_id="0a1b2c3d")
    assert (again["statusCode"], again["json"]["webhook"]["id"]) == (201, first["id"])
    other_body = call(service, "POST", "/webhooks/", WEBHOOK | {"name": "B"}, request_id="0a1b2c3d")
    other_app = call(service, "POST", "/webhooks/", WEBHOOK, app=OTHER, request_id="0a1b2c3d")
    service.manage_us = NINE_US + 11 * MINUTE_US
    later = call(service, "POST", "/webhooks/", WEBHOOK, request_id="0a1b2c3d")
    ids = {answer["json"]["webhook"]["id"] for answer in (other_body, other_app, later)}
    assert len(ids | {first["id"]}) == 4


def test_without_a_request_id_each_create_is_a_new_webhook(service: Service) -> None:
    assert created(service)["id"] != created(service)["id"]


def test_delete_is_soft_takes_the_filters_along_and_may_be_repeated(service: Service) -> None:
    webhook = created(service)
    stored = with_filter(service, webhook)["json"]["filter"]
    for _ in range(2):
        answer = call(service, "DELETE", f"/webhooks/{webhook['id']}")
        assert (answer["statusCode"], type(answer["json"]["message"])) == (200, str)
    assert call(service, "GET", f"/webhooks/{webhook['id']}")["statusCode"] == 404
    assert call(service, "GET", f"/webhook-filters/{stored['id']}")["statusCode"] == 404
    assert call(service, "GET", "/webhooks/")["json"]["webhooks"] == []
    assert call(service, "GET", "/webhook-filters/")["json"]["filters"] == []
    assert call(service, "PUT", f"/webhooks/{webhook['id']}/activate")["statusCode"] == 404
    assert active(service) == ()


def test_another_apps_webhook_is_not_there(service: Service) -> None:
    webhook = created(service)
    stored = with_filter(service, webhook)["json"]["filter"]
    for method, path, body in (
        ("GET", f"/webhooks/{webhook['id']}", None),
        ("PUT", f"/webhooks/{webhook['id']}", WEBHOOK),
        ("DELETE", f"/webhooks/{webhook['id']}", None),
        ("PUT", f"/webhooks/{webhook['id']}/activate", None),
        ("POST", f"/webhooks/{webhook['id']}/test", None),
        ("GET", f"/webhooks/{webhook['id']}/attempts", None),
        ("GET", f"/webhook-filters/{stored['id']}", None),
        ("GET", f"/webhook-filters/webhook/{webhook['id']}", None),
        ("PUT", f"/webhook-filters/{stored['id']}", FILTER | {"webhookId": webhook["id"]}),
        ("POST", "/webhook-filters/", FILTER | {"webhookId": webhook["id"]}),
        ("DELETE", f"/webhook-filters/{stored['id']}", None),
    ):
        assert call(service, method, path, body, app=OTHER)["statusCode"] == 404, (method, path)
    assert service.deliveries.waiting == []


def test_the_list_of_active_webhooks_follows_every_change(service: Service) -> None:
    first, second = created(service), created(service, active=False)
    assert active(service) == (first["id"],)
    call(service, "PUT", f"/webhooks/{second['id']}/activate")
    assert set(active(service)) == {first["id"], second["id"]}
    call(service, "PUT", f"/webhooks/{first['id']}/deactivate")
    assert active(service) == (second["id"],)
    call(service, "PUT", f"/webhooks/{second['id']}", WEBHOOK | {"active": False})
    assert active(service) == ()


def test_webhooks_are_listed_by_sensor(service: Service) -> None:
    created(service)
    wanted = created(service, sensor="https://learn.example.org/a sensor")
    listed = call(service, "GET", "/webhooks/", sensor="https://learn.example.org/a sensor")["json"]["webhooks"]
    assert [webhook["id"] for webhook in listed] == [wanted["id"]]


def test_an_app_has_twenty_webhooks_and_each_twenty_filters(service: Service) -> None:
    webhooks = [created(service, name=str(n)) for n in range(MOST_WEBHOOKS)]
    assert call(service, "POST", "/webhooks/", WEBHOOK)["statusCode"] == 409
    for _ in range(MOST_FILTERS):
        assert with_filter(service, webhooks[0])["statusCode"] == 201
    assert with_filter(service, webhooks[0])["statusCode"] == 409
    moved = with_filter(service, webhooks[1])["json"]["filter"]
    answer = call(service, "PUT", f"/webhook-filters/{moved['id']}", FILTER | {"webhookId": webhooks[0]["id"]})
    assert answer["statusCode"] == 409


def test_rows_of_an_app_stay_bounded_however_much_is_created_and_deleted(service: Service) -> None:
    webhook = created(service)
    last = webhook
    for _ in range(WEBHOOK_SLOTS + 5):
        service.manage_us = (service.manage_us or 0) + MINUTE_US
        with_filter(service, webhook)
        call(service, "DELETE", f"/webhooks/{webhook['id']}")
        last, webhook = webhook, created(service)
    kept = webhook
    registered = read_webhooks(service.table, APP.tenant)
    assert [webhook.id for webhook in registered.present] == [kept["id"]]
    assert len(registered.webhooks) <= WEBHOOK_SLOTS
    assert call(service, "DELETE", f"/webhooks/{last['id']}")["statusCode"] == 200  # the last one is still known


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"name": " "}, "/name"),
        ({"name": 5}, "/name"),
        ({"active": "yes"}, "/active"),
        ({"active": None}, "/active"),
        ({"secret": ""}, "/secret"),
        ({"secret": "whsec_!"}, "/secret"),
        ({"sensor": 7}, "/sensor"),
        ({"targetUrl": "ftp://events.example.org/"}, "/targetUrl"),
        ({"targetUrl": "http://events.example.org/"}, "/targetUrl"),
        ({"targetUrl": "https://events.example.org:8443/"}, "/targetUrl"),
        ({"targetUrl": "https://user:pass@events.example.org/"}, "/targetUrl"),
        ({"targetUrl": "https://127.0.0.1/"}, "/targetUrl"),
        ({"targetUrl": "https://localhost/"}, "/targetUrl"),
    ],
)
def test_a_body_that_is_wrong_is_answered_with_its_place(
    service: Service, changed: dict[str, Any], pointer: str
) -> None:
    answer = call(service, "POST", "/webhooks/", WEBHOOK | changed)
    assert answer["statusCode"] == 400
    assert [fault["pointer"] for fault in answer["json"]["errors"]] == [pointer]
    assert answer["json"]["message"] == answer["json"]["error"]


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"filterType": "number", "filterValue": "abc"}, "/filterValue"),
        ({"filterType": "boolean", "filterValue": "1"}, "/filterValue"),
        ({"filterType": "boolean", "filterValue": "true", "filterOperator": "gt"}, "/filterOperator"),
        ({"filterType": "number", "filterValue": "1", "filterOperator": "contains"}, "/filterOperator"),
        ({"filterOperator": "regexp", "filterValue": "(("}, "/filterValue"),
        ({"filterOperator": "regexp", "filterValue": r"(a)\1"}, "/filterValue"),
        ({"filterOperator": "regexp", "filterValue": "a" * 257}, "/filterValue"),
        ({"filterOperator": "regexp", "filterValue": "((a{100}){100}){100}"}, "/filterValue"),
        ({"filterOperator": "in", "filterValue": "[1,"}, "/filterValue"),
        ({"filterOperator": "is"}, "/filterOperator"),
        ({"filterType": "date"}, "/filterType"),
        ({"filterValue": 5}, "/filterValue"),
        ({"filterKey": ""}, "/filterKey"),
    ],
)
def test_a_filter_that_cannot_be_is_refused_with_its_place(
    service: Service, changed: dict[str, Any], pointer: str
) -> None:
    answer = with_filter(service, created(service), **changed)
    assert answer["statusCode"] == 400, answer["body"]
    assert [fault["pointer"] for fault in answer["json"]["errors"]] == [pointer]


def test_a_filters_operator_is_read_and_answered_under_both_names(service: Service) -> None:
    webhook = created(service)
    body = {name: value for name, value in FILTER.items() if name != "filterOperator"}
    stored = call(service, "POST", "/webhook-filters/", body | {"webhookId": webhook["id"], "filterOperation": "neq"})
    assert stored["statusCode"] == 201
    assert stored["json"]["filter"]["filterOperator"] == stored["json"]["filter"]["filterOperation"] == "neq"
    (listed,) = call(service, "GET", f"/webhook-filters/webhook/{webhook['id']}")["json"]["filters"]
    assert listed == stored["json"]["filter"]


def test_a_filter_is_replaced_and_deleted(service: Service) -> None:
    webhook = created(service)
    stored = with_filter(service, webhook)["json"]["filter"]
    path = f"/webhook-filters/{stored['id']}"
    changed = call(service, "PUT", path, FILTER | {"webhookId": webhook["id"], "filterValue": "Reading"})
    assert changed["json"]["filter"]["filterValue"] == "Reading"
    assert call(service, "GET", path)["json"]["filter"] == changed["json"]["filter"]
    assert [call(service, "DELETE", path)["statusCode"] for _ in range(2)] == [200, 200]
    assert call(service, "GET", path)["statusCode"] == 404


@pytest.mark.parametrize("scope", [WEBHOOK_CREATE, WEBHOOKS_WRITE])
def test_either_spelling_of_the_scope_registers_webhooks_and_reads_them(service: Service, scope: str) -> None:
    bearer = f"Bearer {token_of(APP, scope)}"
    assert service.call("POST", "/webhooks/", credential=bearer, body=WEBHOOK)["statusCode"] == 201
    assert service.call("GET", "/webhooks/", credential=bearer)["statusCode"] == 200


@pytest.mark.parametrize("scope", [WEBHOOK_READONLY, WEBHOOKS_READONLY])
def test_either_spelling_of_the_reading_scope_only_reads(service: Service, scope: str) -> None:
    bearer = f"Bearer {token_of(APP, scope)}"
    assert service.call("GET", "/webhooks/", credential=bearer)["statusCode"] == 200
    assert service.call("POST", "/webhooks/", credential=bearer, body=WEBHOOK)["statusCode"] == 403


@pytest.mark.parametrize("credential", [f"Bearer {token_of(APP, EVENTS_READONLY)}", key_of(APP)])
def test_a_credential_of_events_neither_reads_nor_changes_webhooks(service: Service, credential: str) -> None:
    assert service.call("GET", "/webhooks/", credential=credential)["statusCode"] == 403
    assert service.call("POST", "/webhooks/", credential=credential, body=WEBHOOK)["statusCode"] == 403
    assert service.call("POST", "/webhooks/", body=WEBHOOK)["statusCode"] == 401


def test_an_admin_names_the_app_whose_webhooks_are_changed_and_nobody_else_may(service: Service) -> None:
    admin = service.register(app_of("https://admin.example.org"), admin=True)
    bearer = f"Bearer {token_of(admin, *ADMIN)}"
    created = service.call("POST", "/webhooks/", credential=bearer, body=WEBHOOK, app=APP.app_id)
    assert (created["statusCode"], created["json"]["webhook"]["app"]) == (201, APP.app_id)
    assert len(call(service, "GET", "/webhooks/")["json"]["webhooks"]) == 1
    assert service.call("GET", "/webhooks/", credential=bearer, app=APP.app_id)["json"]["webhooks"]
    unknown = service.call("POST", "/webhooks/", credential=bearer, body=WEBHOOK, app="https://no.example.org")
    assert unknown["statusCode"] == 404
    foreign = call(service, "POST", "/webhooks/", WEBHOOK, app=OTHER)
    assert foreign["statusCode"] == 201
    refused = service.call("POST", "/webhooks/", credential=f"Bearer {token_of(OTHER)}", body=WEBHOOK, app=APP.app_id)
    assert refused["statusCode"] == 403


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b""])
def test_a_body_that_is_no_object_is_refused(service: Service, body: bytes) -> None:
    assert call(service, "POST", "/webhooks/", body)["statusCode"] == 400


def test_a_body_that_is_too_large_is_refused(service: Service) -> None:
    answer = call(service, "POST", "/webhooks/", WEBHOOK | {"description": "x" * 70_000})
    assert answer["statusCode"] == 413


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/webhooks/", "GET, HEAD, POST, OPTIONS"),
        ("POST", "/webhooks/x", "GET, HEAD, PUT, DELETE, OPTIONS"),
        ("GET", "/webhooks/x/activate", "PUT, OPTIONS"),
        ("DELETE", "/webhook-filters/webhook/x", "GET, HEAD, OPTIONS"),
        ("PATCH", "/webhooks/x", "GET, HEAD, PUT, DELETE, OPTIONS"),
        ("PUT", "/events", "GET, HEAD, OPTIONS"),
    ],
)
def test_a_verb_that_a_path_does_not_take_is_405_with_those_that_it_takes(
    service: Service, method: str, path: str, allowed: str
) -> None:
    answer = call(service, method, path, {})
    assert (answer["statusCode"], answer["headers"]["Allow"]) == (405, allowed)


def test_every_change_and_every_refused_one_leaves_an_audit_line_without_secret_or_address(
    service: Service,
) -> None:
    webhook = created(service)
    call(service, "PUT", f"/webhooks/{webhook['id']}/deactivate")
    call(service, "DELETE", "/webhooks/none")
    call(service, "POST", "/webhooks/", {})
    lines = service.audit.lines
    assert [(line["route"], line["status"], line["rows"]) for line in lines] == [
        ("POST /webhooks", 201, 1),
        ("PUT /webhooks/{webhookId}/deactivate", 200, 1),
        ("DELETE /webhooks/{webhookId}", 404, 0),
        ("POST /webhooks", 400, 0),
    ]
    assert {line["credential"] for line in lines} == {f"client-of-{APP.tenant}"}
    assert {line["app"] for line in lines} == {APP.app_id}
    assert lines[0]["changed"] == lines[1]["changed"] is not None
    for text in (SECRET, "events.example.org", "Warehouse"):
        assert text not in json.dumps(lines)


def test_a_person_who_operates_changes_the_webhooks_of_every_app_that_they_read_and_of_no_other() -> None:
    service = Service(manage_us=NINE_US)
    for app in (APP, OTHER, FOREIGN):
        service.register(app, admin=False)
    webhooks = {app.app_id: created(service, app)["id"] for app in (APP, OTHER, FOREIGN)}
    person = Principal(
        app=APP, scopes=frozenset({WEBHOOKS_READONLY, WEBHOOKS_WRITE}), kind="person", other_tenants=(OTHER.tenant,)
    )

    def tested(app: App) -> int:
        path = f"/webhooks/{webhooks[app.app_id]}/test"
        event = {
            "rawPath": path,
            "queryStringParameters": {"app": app.app_id},
            "rawQueryString": f"app={quote(app.app_id, safe='')}",
            "requestContext": {"http": {"method": "POST"}, "authorizer": {"lambda": principal_context(person)}},
        }
        return int(
            handler(
                event,
                None,
                dependencies=manage_dependencies(service.table, service.deliveries, service.audit),
                now_us=NINE_US,
            )["statusCode"]
        )

    assert [tested(app) for app in (APP, OTHER, FOREIGN)] == [202, 202, 403]


def test_a_webhook_that_is_switched_on_again_begins_without_failures_each_time(service: Service) -> None:
    created = call(service, "POST", "/webhooks", WEBHOOK)["json"]["webhook"]
    for _ in range(3):
        registered = read_webhooks(service.table, APP.tenant)
        webhook = registered.webhook(created["id"])
        assert webhook is not None
        endpoint = registered.endpoint(webhook)
        failing = replace(endpoint, failing_since_us=NINE_US, failures=7, version=endpoint.version + 1)
        assert service.table.put_if(endpoint_row(failing), endpoint.version or None)
        for change in ("deactivate", "activate"):
            assert call(service, "PUT", f"/webhooks/{created['id']}/{change}")["statusCode"] == 200
        anew = read_webhooks(service.table, APP.tenant).endpoint(webhook)
        assert (anew.failing_since_us, anew.failures, anew.version) == (0, 0, failing.version + 1)


@pytest.mark.parametrize(
    ("from_day", "to_day", "status"),
    [
        ("2026-03-02", "2026-03-02", 202),
        ("2026-03-01", "2026-03-02", 202),
        ("2026-03-02", "2026-03-01", 400),
        ("2025-01-01", "2026-03-02", 400),
        ("soon", "2026-03-02", 400),
    ],
)
def test_days_in_their_order_and_not_too_many_are_sent_again(
    service: Service, from_day: str, to_day: str, status: int
) -> None:
    webhook = call(service, "POST", "/webhooks", WEBHOOK)["json"]["webhook"]
    body = {"fromDay": from_day, "toDay": to_day}
    answered = call(service, "POST", f"/webhooks/{webhook['id']}/resend", body)
    assert answered["statusCode"] == status
    sent = [(each.kind, each.first, each.last) for each in queued(service)]
    days = tuple(int(day.replace("-", "")) for day in (from_day, to_day)) if status == 202 else ()
    assert sent == ([("days", *days)] if days else [])


def test_a_delivery_of_the_last_attempts_is_sent_again_whole_and_no_other(service: Service) -> None:
    webhook = call(service, "POST", "/webhooks", WEBHOOK)["json"]["webhook"]
    path = f"/webhooks/{webhook['id']}/retry"
    for body, status in (({}, 400), ({"messageId": 7}, 400), ({"messageId": ""}, 400), ({"messageId": "msg_x"}, 404)):
        assert call(service, "POST", path, body)["statusCode"] == status
    assert queued(service) == []
    attempt = Attempt(
        tenant=APP.tenant, webhook=webhook["id"], time_us=NINE_US, message_id="msg_x", status=500, duration_ms=1,
        events=9, number=2, key="archive/day=20260302/x", first=3, last=11,
    )  # fmt: skip
    service.table.put_all([attempt_row(attempt)])
    assert call(service, "POST", path, {"messageId": "msg_x"})["statusCode"] == 202
    (again,) = queued(service)
    assert (again.webhook, again.key, again.first, again.last, again.forced) == (
        webhook["id"],
        attempt.key,
        3,
        11,
        True,
    )
