"""Every refusal of a change: its status and code, each place that is wrong, and an audit line of no row."""

from typing import Any

import pytest

from functions.core.ids import digest
from functions.core.webhooks.webhook import MOST_FILTERS, MOST_WEBHOOKS
from functions.http.gate import ADMIN, CLIENT_SCOPES, EVENTS_WRITE
from tests.gateway import Service, key_of, token_of
from tests.unit.manage.world import APP, FILTER, OTHER, WEBHOOK, call, created, webhook_service, with_filter
from tests.world import NINE_US

PERSON, ALIAS = "https://roster.example.org/users/s-1", "urn:lti:104"
WRONG = "wrong-value"
OF_WEBHOOK = [
    ("missing-property", "/targetUrl"),
    ("missing-property", "/secret"),
    ("missing-property", "/name"),
    ("missing-property", "/active"),
]
OF_FILTER = [
    ("missing-property", f"/{name}")
    for name in ("filterType", "filterOperator", "webhookId", "filterKey", "filterValue", "active")
]

type Refusal = tuple[str, str, Any, dict[str, str], int, str, list[tuple[str, str]], str]

# The verb, path, body and parameters; the status, code and places; and whose digest the audit line has.
REFUSALS: list[Refusal] = [
    ("POST", "/webhooks", {}, {}, 400, "invalid-body", OF_WEBHOOK, ""),
    ("PUT", "/webhooks/{webhook}", {}, {}, 400, "invalid-body", OF_WEBHOOK, "webhook"),
    ("PUT", "/webhooks/none", WEBHOOK, {}, 404, "unknown-webhook", [], ""),
    ("DELETE", "/webhooks/none", None, {}, 404, "unknown-webhook", [], ""),
    ("PUT", "/webhooks/none/activate", None, {}, 404, "unknown-webhook", [], ""),
    ("PUT", "/webhooks/none/deactivate", None, {}, 404, "unknown-webhook", [], ""),
    ("POST", "/webhooks/none/test", None, {}, 404, "unknown-webhook", [], ""),
    ("POST", "/webhooks/none/retry", {"messageId": "msg_x"}, {}, 404, "unknown-webhook", [], ""),
    ("POST", "/webhooks/none/resend", {"fromDay": "2026-03-01"}, {}, 404, "unknown-webhook", [], ""),
    ("POST", "/webhooks/{webhook}/retry", {}, {}, 400, "invalid-body", [(WRONG, "/messageId")], "webhook"),
    ("POST", "/webhooks/{webhook}/retry", {"messageId": "m"}, {}, 404, "unknown-delivery", [], "webhook"),
    ("POST", "/webhooks/{webhook}/resend", {}, {}, 400, "invalid-body", [(WRONG, "/fromDay")], "webhook"),
    (
        "POST", "/webhooks/{webhook}/resend", {"fromDay": "2026-03-01"}, {},
        400, "invalid-body", [(WRONG, "/toDay")], "webhook",
    ),
    (
        "POST", "/webhooks/{webhook}/resend", {"fromDay": "2026-03-02", "toDay": "2026-03-01"}, {},
        400, "invalid-body", [(WRONG, "/toDay")], "webhook",
    ),
    ("POST", "/webhook-filters", {}, {}, 400, "invalid-body", OF_FILTER, ""),
    ("PUT", "/webhook-filters/{filter}", {}, {}, 400, "invalid-body", OF_FILTER, ""),
    (
        "POST", "/webhook-filters", FILTER | {"webhookId": "none"}, {},
        404, "unknown-webhook", [("unknown-webhook", "/webhookId")], "",
    ),
    (
        "PUT", "/webhook-filters/{filter}", FILTER | {"webhookId": "none"}, {},
        404, "unknown-webhook", [("unknown-webhook", "/webhookId")], "",
    ),
    ("PUT", "/webhook-filters/none", FILTER | {"webhookId": "none"}, {}, 404, "unknown-filter", [], ""),
    ("DELETE", "/webhook-filters/none", None, {}, 404, "unknown-filter", [], ""),
    (
        "PUT", "/sender-alarms", {"loud": True, "silentHours": 201}, {},
        400, "invalid-body", [(WRONG, "/silentHours"), (WRONG, "/loud")], "",
    ),
    ("PUT", "/aliases", {"alias": ALIAS}, {}, 400, "wrong-body", [("wrong-body", "/person")], ""),
    ("PUT", "/aliases", {"person": PERSON, "alias": " "}, {}, 400, "wrong-body", [("wrong-body", "/alias")], ""),
    ("PUT", "/aliases", {"person": PERSON, "alias": PERSON}, {}, 400, "same-id", [], ""),
    ("PUT", "/aliases", {"person": PERSON, "alias": "x" * 2_049}, {}, 400, "wrong-id", [], ""),
    ("PUT", "/aliases", {"person": PERSON, "alias": "_:b1"}, {}, 400, "shared-id", [], ""),
    ("PUT", "/aliases", {"person": "urn:c", "alias": ALIAS}, {}, 409, "is-related", [], ""),
    ("PUT", "/aliases", {"person": ALIAS, "alias": "urn:c"}, {}, 409, "person-is-alias", [], ""),
    ("DELETE", "/aliases", None, {}, 400, "wrong-parameter", [], ""),
    ("DELETE", "/aliases", None, {"alias": "urn:c"}, 404, "unknown-alias", [], ""),
    ("POST", "/erasures", {}, {}, 400, WRONG, [(WRONG, "/learner")], ""),
    ("POST", "/erasures", {"learner": PERSON, "code": 7}, {}, 400, WRONG, [(WRONG, "/code")], ""),
    ("POST", "/erasures", {"learner": PERSON, "code": None}, {}, 400, WRONG, [(WRONG, "/code")], ""),
    ("POST", "/person-exports", {"learner": [PERSON]}, {}, 400, WRONG, [(WRONG, "/learner")], ""),
    ("POST", "/person-exports", {"learner": PERSON}, {}, 501, "not-here", [], ""),
    ("POST", "/erasures", {"learner": PERSON}, {}, 501, "not-here", [], ""),
    ("POST", "/webhooks", "{", {}, 400, "not-json", [("not-json", "")], ""),
    ("POST", "/webhooks", [WEBHOOK], {}, 400, "not-an-object", [("not-an-object", "")], ""),
    ("POST", "/webhooks", {"statusCode": 201}, {}, 400, "not-an-object", [("not-an-object", "")], ""),
    ("POST", "/webhooks", {"name": "x" * 70_000}, {}, 413, "too-large", [], ""),
    ("DELETE", "/webhooks/{webhook}", None, {"app": "https://no.example.org"}, 404, "unknown-app", [], ""),
]  # fmt: skip


@pytest.fixture
def service() -> Service:
    return webhook_service(admin=True)


def call_as_admin(service: Service, method: str, path: str, body: Any = None, **parameters: str) -> dict[str, Any]:
    credential = f"Bearer {token_of(APP, *ADMIN, *CLIENT_SCOPES)}"
    return service.call(method, path, credential=credential, body=body, **parameters)


def refusal_in(answer: dict[str, Any]) -> tuple[int, str, list[tuple[str, str]]]:
    """The status, code and places of a refusal, which says what to do in the words of both kinds of clients."""
    refused = answer["json"]
    assert isinstance(refused["message"], str)
    assert refused["error"] == refused["message"]
    assert refused["message"] == next((fault["message"] for fault in refused["errors"]), refused["message"])
    return answer["statusCode"], refused["code"], [(fault["code"], fault["pointer"]) for fault in refused["errors"]]


@pytest.mark.parametrize(
    ("method", "path", "body", "parameters", "status", "code", "places", "subject"),
    REFUSALS,
    ids=[f"{number} {refusal[0]} {refusal[1]} {refusal[5]}" for number, refusal in enumerate(REFUSALS)],
)
def test_a_refusal_says_what_is_wrong_and_where(
    service: Service,
    method: str,
    path: str,
    body: Any,
    parameters: dict[str, str],
    status: int,
    code: str,
    places: list[tuple[str, str]],
    subject: str,
) -> None:
    webhook = created(service)
    subjects = {"webhook": webhook["id"], "filter": with_filter(service, webhook)["json"]["filter"]["id"]}
    call_as_admin(service, "PUT", "/aliases", {"person": PERSON, "alias": ALIAS})
    before = dict(service.table.items)
    answer = call_as_admin(service, method, path.format_map(subjects), body, **parameters)
    assert refusal_in(answer) == (status, code, places)
    line = service.audit.lines[-1]
    assert (line["status"], line["rows"]) == (status, 0)
    assert line["changed"] == (digest(subjects[subject]) if subject else None)
    assert (dict(service.table.items), service.deliveries.waiting) == (before, [])


def test_a_parameter_that_is_none_is_refused_before_anything_is_changed(service: Service) -> None:
    webhook = created(service)
    answer = call(service, "DELETE", f"/webhooks/{webhook['id']}", app_="x" * 2_049)
    assert (answer["statusCode"], answer["json"]["code"]) == (400, "wrong-parameter")
    assert call(service, "GET", f"/webhooks/{webhook['id']}")["statusCode"] == 200


def test_what_is_another_apps_is_refused(service: Service) -> None:
    answer = call(service, "DELETE", "/webhooks/x", app=OTHER, app_=APP.app_id)
    assert refusal_in(answer) == (403, "foreign-app", [])


@pytest.mark.parametrize("credential", [key_of(APP), f"Bearer {token_of(APP, EVENTS_WRITE)}"])
def test_an_alias_is_refused_to_who_only_sends(service: Service, credential: str) -> None:
    pair = {"person": PERSON, "alias": ALIAS}
    answers = [
        service.call("PUT", "/aliases", credential=credential, body=pair),
        service.call("DELETE", "/aliases", credential=credential, alias=ALIAS),
    ]
    assert [refusal_in(answer) for answer in answers] == [(403, "read-scope", [])] * 2
    assert [(line["route"], line["status"]) for line in service.audit.lines] == [
        ("PUT /aliases", 403),
        ("DELETE /aliases", 403),
    ]


def test_the_webhook_after_the_last_is_refused(service: Service) -> None:
    for _ in range(MOST_WEBHOOKS):
        created(service)
    assert refusal_in(call(service, "POST", "/webhooks", WEBHOOK)) == (409, "too-many-webhooks", [])
    assert service.audit.lines[-1]["changed"] is None


def test_the_filter_after_the_last_is_refused_but_a_full_webhooks_own_is_replaced(service: Service) -> None:
    full, other = created(service), created(service)
    stored = [with_filter(service, full)["json"]["filter"] for _ in range(MOST_FILTERS)]
    moved = with_filter(service, other)["json"]["filter"]
    body = FILTER | {"webhookId": full["id"], "filterValue": "Reading"}
    assert refusal_in(with_filter(service, full)) == (409, "too-many-filters", [])
    assert refusal_in(call(service, "PUT", f"/webhook-filters/{moved['id']}", body)) == (409, "too-many-filters", [])
    replaced = call(service, "PUT", f"/webhook-filters/{stored[0]['id']}", body)
    assert (replaced["statusCode"], replaced["json"]["filter"]["filterValue"]) == (200, "Reading")


def test_a_token_is_refused_from_the_second_on_at_which_it_expires(service: Service) -> None:
    credential = f"Bearer {token_of(APP, exp=NINE_US // 1_000_000 + 10**8)}"
    expires_us = NINE_US + 10**14
    service.manage_us = expires_us - 1
    assert service.call("POST", "/webhooks", credential=credential, body=WEBHOOK)["statusCode"] == 201
    service.manage_us = expires_us
    assert refusal_in(service.call("POST", "/webhooks", credential=credential, body=WEBHOOK))[:2] == (401, "expired")
