"""The audit line of every change: what was changed, how many rows of it, by whom, of which app, and how it ended."""

from typing import Any

import pytest

from functions.core.ids import digest, id_digest
from functions.core.times import format_time
from functions.http.changes.routes import CHANGE_ROUTES
from functions.http.gate import ADMIN, CLIENT_SCOPES
from functions.store.erasure.work import Work
from functions.store.rows.webhooks.attempts import Attempt, attempt_row
from tests.gateway import Service, app_of, token_of
from tests.unit.manage.world import APP, FILTER, OTHER, WEBHOOK, call, created, webhook_service, with_filter
from tests.world import NINE_US

OPERATOR = app_of("https://operator.example.org/app")
PERSON, ALIAS, SECOND_ALIAS = "https://roster.example.org/users/s-1", "urn:lti:104", "urn:lti:105"
ADA = "https://school.example/users/1"
DAYS = {"fromDay": "2026-03-01", "toDay": "2026-03-02"}

type Change = tuple[str, Any, dict[str, str], int, str, int]

# By route: the path, body and parameters, then the status, whose digest the line has, and the number of rows.
CHANGES: dict[str, Change] = {
    "POST /webhooks": ("/webhooks", WEBHOOK, {}, 201, "new webhook", 1),
    "PUT /webhooks/{webhookId}": ("/webhooks/{webhook}", WEBHOOK, {}, 200, "webhook", 1),
    "DELETE /webhooks/{webhookId}": ("/webhooks/{webhook}", None, {}, 200, "webhook", 3),
    "PUT /webhooks/{webhookId}/activate": ("/webhooks/{webhook}/activate", None, {}, 200, "webhook", 1),
    "PUT /webhooks/{webhookId}/deactivate": ("/webhooks/{webhook}/deactivate", None, {}, 200, "webhook", 1),
    "POST /webhooks/{webhookId}/test": ("/webhooks/{webhook}/test", None, {}, 202, "webhook", 1),
    "POST /webhooks/{webhookId}/retry": ("/webhooks/{webhook}/retry", {"messageId": "msg_x"}, {}, 202, "webhook", 1),
    "POST /webhooks/{webhookId}/resend": ("/webhooks/{webhook}/resend", DAYS, {}, 202, "webhook", 1),
    "POST /webhook-filters": ("/webhook-filters", FILTER, {}, 201, "new filter", 1),
    "PUT /webhook-filters/{filterId}": ("/webhook-filters/{filter}", FILTER, {}, 200, "filter", 1),
    "DELETE /webhook-filters/{filterId}": ("/webhook-filters/{filter}", None, {}, 200, "filter", 1),
    "PUT /sender-alarms": ("/sender-alarms", {"silentHours": 4}, {}, 200, "app", 1),
    "DELETE /sender-alarms": ("/sender-alarms", None, {}, 200, "app", 1),
    "PUT /aliases": ("/aliases", {"person": PERSON, "alias": SECOND_ALIAS}, {}, 200, "person", 3),
    "DELETE /aliases": ("/aliases", None, {"alias": ALIAS}, 200, "person", 2),
    "POST /erasures": ("/erasures", {"learner": ADA}, {}, 202, "request", 1),
    "POST /person-exports": ("/person-exports", {"learner": ADA}, {}, 202, "request", 1),
}
UNCHANGED: list[tuple[str, str, Any, str]] = [
    ("DELETE", "/webhooks/{webhook}", None, "webhook"),
    ("DELETE", "/webhook-filters/{filter}", None, "filter"),
    ("DELETE", "/sender-alarms", None, "app"),
    ("PUT", "/sender-alarms", {"newCodes": True}, "app"),
]


class Requests:
    """The queue of the function `privacy`, which nobody empties."""

    def send(self, work: Work, *, delay_s: int = 0) -> None:
        assert (work.tenant, delay_s) == (APP.tenant, 0)


@pytest.fixture
def service() -> Service:
    gateway = webhook_service(admin=True)
    gateway.person_requests = Requests()
    gateway.register(OPERATOR, admin=True)
    return gateway


@pytest.fixture
def subjects(service: Service) -> dict[str, str]:
    """What is there to be changed, and the ids by which the audit names it."""
    webhook = created(service)
    stored = [with_filter(service, webhook)["json"]["filter"] for _ in range(2)]
    attempt = Attempt(
        tenant=APP.tenant, webhook=webhook["id"], time_us=NINE_US, message_id="msg_x", status=500, duration_ms=1,
        events=9, number=2, key="archive/day=20260302/x", first=3, last=11,
    )  # fmt: skip
    service.table.put_all([attempt_row(attempt)])
    call_as_admin(service, "PUT", "/aliases", {"person": PERSON, "alias": ALIAS})
    call_as_admin(service, "PUT", "/sender-alarms", {"newCodes": True})
    service.audit.lines.clear()
    return {"webhook": webhook["id"], "filter": stored[0]["id"], "app": APP.tenant, "person": id_digest(PERSON)}


def call_as_admin(service: Service, method: str, path: str, body: Any = None, **rest: Any) -> dict[str, Any]:
    credential = f"Bearer {token_of(APP, *ADMIN, *CLIENT_SCOPES)}"
    return service.call(method, path, credential=credential, body=body, **rest)


def body_of(body: Any, subjects: dict[str, str]) -> Any:
    return body | {"webhookId": subjects["webhook"]} if body is FILTER else body


def subject_in(answer: dict[str, Any], subject: str, subjects: dict[str, str]) -> str:
    if subject == "request":
        return str(answer["json"]["id"])
    return str(answer["json"][subject.removeprefix("new ")]["id"]) if subject.startswith("new ") else subjects[subject]


def test_the_table_of_changes_has_every_route() -> None:
    assert set(CHANGES) == {route.name for route in CHANGE_ROUTES}


@pytest.mark.parametrize("by_an_operator", [False, True], ids=["its own client", "an operator"])
@pytest.mark.parametrize("route", CHANGES)
def test_the_line_of_a_change_says_all_of_it(
    service: Service, subjects: dict[str, str], route: str, by_an_operator: bool
) -> None:
    path, body, parameters, status, subject, row_count = CHANGES[route]
    caller = OPERATOR if by_an_operator else APP
    answer = service.call(
        route.partition(" ")[0],
        path.format_map(subjects),
        credential=f"Bearer {token_of(caller, *ADMIN, *CLIENT_SCOPES)}",
        body=body_of(body, subjects),
        **parameters,
        **({"app": APP.app_id} if by_an_operator else {}),
    )
    assert answer["statusCode"] == status, answer["body"]
    (line,) = service.audit.lines
    assert line == {
        "time": format_time(NINE_US),
        "requestId": "",
        "credential": f"client-of-{caller.tenant}",
        "kind": "client",
        "app": caller.app_id,
        "apps": APP.app_id if by_an_operator else None,
        "route": route,
        "status": status,
        "learner": None,
        "changed": digest(subject_in(answer, subject, subjects)),
        "rows": row_count,
    }


@pytest.mark.parametrize(("method", "path", "body", "subject"), UNCHANGED)
def test_what_is_so_already_is_a_change_of_no_row(
    service: Service, subjects: dict[str, str], method: str, path: str, body: Any, subject: str
) -> None:
    for _ in range(2):
        assert call_as_admin(service, method, path.format_map(subjects), body)["statusCode"] == 200
    line = service.audit.lines[-1]
    assert (line["changed"], line["rows"], line["status"]) == (digest(subjects[subject]), 0, 200)


@pytest.mark.parametrize(("path", "kind"), [("/webhooks", "webhook"), ("/webhook-filters", "filter")])
def test_a_repeated_create_is_a_change_of_no_row(
    service: Service, subjects: dict[str, str], path: str, kind: str
) -> None:
    body = WEBHOOK if kind == "webhook" else body_of(FILTER, subjects)
    ids = [call_as_admin(service, "POST", path, body, request_id="0a1b")["json"][kind]["id"] for _ in range(2)]
    assert [(line["changed"], line["rows"]) for line in service.audit.lines] == [
        (digest(ids[0]), 1),
        (digest(ids[0]), 0),
    ]


def test_a_line_names_the_app_that_was_asked_for_if_it_is_not_the_callers_own(service: Service) -> None:
    operator = f"Bearer {token_of(OPERATOR, *ADMIN, *CLIENT_SCOPES)}"
    for app in (OPERATOR.app_id, "https://no.example.org", "*"):
        service.call("POST", "/webhooks", credential=operator, body=WEBHOOK, app=app)
    service.call("PUT", "/aliases", credential=operator, body={"person": PERSON, "alias": ALIAS}, app="*")
    call(service, "POST", "/webhooks", WEBHOOK, app=OTHER, app_=APP.app_id)
    call(service, "POST", "/webhooks", WEBHOOK, app=OTHER, app_="x" * 2_049)
    assert [(line["app"], line["apps"], line["status"]) for line in service.audit.lines] == [
        (OPERATOR.app_id, None, 201),
        (OPERATOR.app_id, "https://no.example.org", 404),
        (OPERATOR.app_id, "*", 404),
        (OPERATOR.app_id, "*", 200),
        (OTHER.app_id, APP.app_id, 403),
        (OTHER.app_id, None, 400),
    ]


def test_an_app_is_its_own_in_every_spelling_of_its_id(service: Service) -> None:
    named = service.register(app_of("urn:uuid:0a6c1e54-0f2f-4d64-9c1b-6f3f5d0f7a11"))
    answer = call(service, "POST", "/webhooks", WEBHOOK, app=named, app_="0A6C1E54-0F2F-4D64-9C1B-6F3F5D0F7A11")
    assert (answer["statusCode"], answer["json"]["webhook"]["app"]) == (201, named.app_id)
    assert service.audit.lines[-1]["apps"] is None


def test_who_is_not_let_in_and_what_leads_nowhere_leave_no_line(service: Service) -> None:
    assert call(service, "POST", "/webhooks/x", WEBHOOK)["statusCode"] == 405
    assert service.call("POST", "/webhooks", body=WEBHOOK)["statusCode"] == 401
    assert call(service, "POST", "/erasures", {"learner": ADA}, app=OTHER)["statusCode"] == 403
    assert service.audit.lines == []
