"""Requests about people through gateway and authorizer: taken, looked at, and only for who may."""

from copy import replace
from typing import Any

import pytest

from functions.core.ids import digest
from functions.http.gate import ADMIN, CLIENT_SCOPES, PEOPLE_WRITE
from functions.http.groups import OPERATOR_GROUP
from functions.store.erasure.requests import PersonRequest, read_request, request_row
from functions.store.erasure.work import Work
from tests.gateway import EXPIRES, POOL, Service, app_of, token_of
from tests.world import NINE_US

APP = app_of("https://learn.example.org/app")
OTHER = app_of("https://lms.example.org/app")
THIRD = app_of("https://third.example.org/app")
ADA = "https://school.example/users/1"


class Requests:
    """The queue of the function `privacy`."""

    def __init__(self) -> None:
        self.sent: list[Work] = []

    def send(self, work: Work, *, delay_s: int = 0) -> None:
        assert delay_s == 0
        self.sent.append(work)


@pytest.fixture
def service() -> Service:
    running = Service(manage_us=NINE_US, person_requests=Requests())
    running.register(APP, admin=True)
    running.register(OTHER)
    running.register(THIRD)
    return running


def call(service: Service, method: str, path: str, body: Any = None, *, app: Any = APP, **rest: Any) -> dict[str, Any]:
    return service.call(method, path, credential=f"Bearer {token_of(app, *ADMIN, *CLIENT_SCOPES)}", body=body, **rest)


def queued(service: Service) -> list[Work]:
    requests = service.person_requests
    assert isinstance(requests, Requests)
    return requests.sent


@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        ("/erasures", {"learner": ADA}, "count"),
        ("/erasures/", {"learner": ADA, "code": "Xpp64FWp"}, "erase"),
        ("/person-exports", {"learner": ADA}, "export"),
    ],
)
def test_a_request_is_queued_and_can_be_looked_at(service: Service, path: str, body: Any, kind: str) -> None:
    taken = call(service, "POST", path, body)
    assert taken["statusCode"] == 202
    (work,) = queued(service)
    assert (work.kind, work.learner, work.tenant, work.code) == (kind, ADA, APP.tenant, body.get("code", ""))
    seen = call(service, "GET", path, id=taken["json"]["id"])
    assert (seen["statusCode"], seen["json"]["state"], seen["json"]["counts"]) == (200, "queued", {})
    line = service.audit.lines[-1]
    assert (line["changed"], line["status"]) == (digest(taken["json"]["id"]), 202)
    assert ADA not in repr(service.audit.lines)
    assert ADA not in repr([row for row in service.table.items.values() if str(row["pk"]).endswith("#P")])


def test_what_is_queued_and_kept_of_a_request_in_full(service: Service) -> None:
    taken = call(service, "POST", "/erasures", {"learner": ADA, "code": "Xpp64FWp"}, app_=OTHER.app_id)
    assert taken["json"] == {"id": taken["json"]["id"], "state": "queued"}
    request_id = taken["json"]["id"]
    assert queued(service) == [
        Work(
            request=request_id,
            kind="erase",
            app=OTHER.app_id,
            tenant=OTHER.tenant,
            learner=ADA,
            code="Xpp64FWp",
            asked_us=NINE_US,
        )
    ]
    assert read_request(service.table, OTHER.tenant, request_id) == PersonRequest(
        id=request_id, tenant=OTHER.tenant, kind="erase", asked_us=NINE_US, changed_us=NINE_US
    )


@pytest.mark.parametrize("path", ["/erasures", "/person-exports"])
@pytest.mark.parametrize(("length", "status"), [(1, 202), (4_096, 202), (4_097, 400)])
def test_a_learner_is_named_in_4096_characters(service: Service, path: str, length: int, status: int) -> None:
    assert call(service, "POST", path, {"learner": "x" * length})["statusCode"] == status
    assert [len(work.learner) for work in queued(service)] == ([length] if status == 202 else [])


def test_an_empty_code_is_none(service: Service) -> None:
    assert call(service, "POST", "/erasures", {"learner": ADA, "code": ""})["statusCode"] == 202
    assert [(work.kind, work.code) for work in queued(service)] == [("count", "")]


def test_what_is_done_says_how_much_and_the_code(service: Service) -> None:
    done = PersonRequest(
        id="r1", tenant=APP.tenant, kind="count", asked_us=NINE_US, changed_us=NINE_US, state="done",
        counts={"events": 3}, code="Xpp64FWp",
    )  # fmt: skip
    service.table.put_all([request_row(done)])
    answer = call(service, "GET", "/erasures", id="r1")
    assert (answer["json"]["code"], answer["json"]["counts"]) == ("Xpp64FWp", {"events": 3})
    assert call(service, "GET", "/person-exports", id="r1")["statusCode"] == 404
    assert call(service, "GET", "/erasures", id="r2")["statusCode"] == 404
    assert call(service, "GET", "/erasures", id="r1", app_=OTHER.app_id)["statusCode"] == 404


@pytest.mark.parametrize(
    "body",
    [{}, {"learner": ""}, {"learner": " \n"}, {"learner": 1}, {"learner": ADA, "code": 7}, {"learner": "x" * 5000}],
)
def test_a_malformed_request_is_refused_and_not_queued(service: Service, body: Any) -> None:
    answer = call(service, "POST", "/erasures", body)
    assert answer["statusCode"] == 400
    assert answer["json"]["errors"][0]["pointer"] in ("/learner", "/code")
    assert queued(service) == []


@pytest.mark.parametrize("path", ["/erasures", "/person-exports"])
def test_without_the_scope_it_is_forbidden(service: Service, path: str) -> None:
    credential = f"Bearer {token_of(OTHER)}"
    answers = [
        service.call("POST", path, credential=credential, body={"learner": ADA}),
        service.call("GET", path, credential=credential, id="r1"),
    ]
    assert [answer["statusCode"] for answer in answers] == [403, 403]
    assert all("people.write" in answer["json"]["message"] for answer in answers)
    assert queued(service) == []


def test_a_client_with_the_scope_acts_for_its_own_app_alone(service: Service) -> None:
    client = "portal"
    service.registry.add_client(client, app=OTHER, scopes=CLIENT_SCOPES | {PEOPLE_WRITE}, now_us=0)
    credential = f"Bearer {POOL.token(client, PEOPLE_WRITE, exp=EXPIRES)}"
    taken = service.call("POST", "/erasures", credential=credential, body={"learner": ADA})
    assert taken["statusCode"] == 202
    seen = service.call("GET", "/erasures", credential=credential, id=taken["json"]["id"])
    assert (seen["statusCode"], seen["json"]["kind"]) == (200, "count")
    other = service.call("POST", "/erasures", credential=credential, body={"learner": ADA}, app=APP.app_id)
    assert other["statusCode"] == 403
    assert [work.tenant for work in queued(service)] == [OTHER.tenant]


def test_a_signed_in_operator_acts_for_the_apps_that_they_read(service: Service) -> None:
    service.authorizer = replace(service.authorizer, console_client_id="console")
    claims: dict[str, Any] = {"cognito:groups": [OTHER.tenant, APP.tenant, OPERATOR_GROUP], "exp": EXPIRES}
    credential = f"Bearer {POOL.token('console', 'openid', **claims)}"
    assert service.call("GET", "/account", credential=credential)["json"]["changes"] == [
        "webhooks",
        "people",
        "aliases",
    ]
    for app, status in ((APP, 202), (OTHER, 202), (THIRD, 403)):
        answer = service.call("POST", "/erasures", credential=credential, body={"learner": ADA}, app=app.app_id)
        assert answer["statusCode"] == status
    assert {work.tenant for work in queued(service)} == {APP.tenant, OTHER.tenant}


def test_an_admin_of_named_apps_acts_for_these_alone(service: Service) -> None:
    client = f"limited-of-{OTHER.tenant}"
    service.registry.add_client(client, app=OTHER, scopes=CLIENT_SCOPES | ADMIN, now_us=0, admin_of=(APP.tenant,))
    credential = f"Bearer {POOL.token(client, *ADMIN, *CLIENT_SCOPES, exp=EXPIRES)}"

    def status(method: str, path: str, **rest: Any) -> int:
        return int(service.call(method, path, credential=credential, **rest)["statusCode"])

    assert status("POST", "/erasures", body={"learner": ADA}, app=APP.app_id) == 202
    assert status("POST", "/erasures", body={"learner": ADA}, app=THIRD.app_id) == 403
    assert status("GET", "/rejections", app=APP.app_id) == 200
    assert status("GET", "/rejections", app=THIRD.app_id) == 403
    assert status("GET", "/rejections", app="*") == 403
    assert status("GET", "/operations") == 403
    assert [work.tenant for work in queued(service)] == [APP.tenant]
