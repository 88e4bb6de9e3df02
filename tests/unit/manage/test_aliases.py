"""Ids that are one person, as an app says so and takes it back, through gateway and authorizer."""

from copy import replace
from typing import Any

import pytest

from functions.core.apps import App
from functions.http.gate import ADMIN, EVENTS_READONLY, EVENTS_WRITE
from functions.http.groups import OPERATOR_GROUP
from tests.gateway import EXPIRES, POOL, Service, app_of, key_of, service_of, token_of
from tests.world import NINE_US

APP = app_of("https://learn.example.org/app")
OTHER_APP = app_of("https://lms.example.org/app")
ADMIN_APP = app_of("https://operator.example.org/app")
PERSON, ALIAS = "https://roster.example.org/users/s-1", "urn:lti:104"
PAIR = {"person": PERSON, "alias": ALIAS}


@pytest.fixture
def service() -> Service:
    return service_of(APP, OTHER_APP, admin=ADMIN_APP, manage_us=NINE_US)


def call(service: Service, method: str, body: Any = None, *, credential: str = "", **parameters: Any) -> dict[str, Any]:
    return service.call(method, "/aliases", credential=credential or f"Bearer {token_of(APP)}", body=body, **parameters)


def people(service: Service, actor: str, app: App = APP) -> list[dict[str, Any]]:
    answer = call(service, "GET", credential=f"Bearer {token_of(app)}", actor=actor)
    assert answer["statusCode"] == 200, answer["body"]
    listed: list[dict[str, Any]] = answer["json"]["people"]
    return listed


def test_an_alias_is_said_once_or_often_and_taken_back(service: Service) -> None:
    listed = {"person": PERSON, "aliases": [ALIAS], "app": APP.app_id}
    for _ in range(2):
        answer = call(service, "PUT", PAIR)
        assert answer["statusCode"] == 200, answer["body"]
        assert answer["json"]["person"] == listed
    assert people(service, ALIAS) == people(service, PERSON) == [listed]
    taken_back = call(service, "DELETE", alias=ALIAS)
    assert (taken_back["statusCode"], taken_back["json"]["person"]["aliases"]) == (200, [])
    assert people(service, ALIAS) == people(service, PERSON) == []


def test_what_is_no_alias_cannot_be_taken_back(service: Service) -> None:
    assert call(service, "DELETE", alias=ALIAS)["statusCode"] == 404
    call(service, "PUT", PAIR)
    assert call(service, "DELETE", alias=PERSON)["statusCode"] == 404


def test_an_app_says_it_of_its_own_learners_alone(service: Service) -> None:
    call(service, "PUT", PAIR)
    assert people(service, ALIAS, OTHER_APP) == []
    assert call(service, "PUT", PAIR, app=OTHER_APP.app_id)["statusCode"] == 403
    assert call(service, "PUT", PAIR, app="*")["statusCode"] == 403


def test_an_admin_says_it_of_one_app_or_of_all(service: Service) -> None:
    admin = f"Bearer {token_of(ADMIN_APP, *ADMIN, EVENTS_READONLY)}"
    person = call(service, "PUT", {"person": "urn:a", "alias": "urn:b"}, credential=admin, app=OTHER_APP.app_id)
    assert person["json"]["person"]["app"] == OTHER_APP.app_id
    every = call(service, "PUT", PAIR, credential=admin, app="*")
    assert every["json"]["person"] == {"person": PERSON, "aliases": [ALIAS], "app": None}
    assert people(service, ALIAS, APP) == people(service, ALIAS, OTHER_APP) == [every["json"]["person"]]
    assert call(service, "DELETE", credential=admin, alias=ALIAS, app="*")["statusCode"] == 200
    assert people(service, ALIAS, APP) == []


def test_an_operator_who_sends_nothing_may_say_an_alias_and_take_it_back(service: Service) -> None:
    service.authorizer = replace(service.authorizer, console_client_id="console")

    def signed_in(*groups: str) -> str:
        claims: dict[str, Any] = {"cognito:groups": [APP.tenant, *groups], "exp": EXPIRES}
        return f"Bearer {POOL.token('console', 'openid', **claims)}"

    operator = signed_in(OPERATOR_GROUP)
    assert call(service, "PUT", PAIR, credential=operator)["statusCode"] == 200
    assert call(service, "DELETE", credential=operator, alias=ALIAS)["statusCode"] == 200
    assert call(service, "PUT", PAIR, credential=signed_in())["statusCode"] == 403


@pytest.mark.parametrize(
    "credential",
    [key_of(APP), f"Bearer {token_of(APP, EVENTS_WRITE)}", f"Bearer {token_of(APP, EVENTS_READONLY)}"],
    ids=["a sensor key", "sends only", "reads only"],
)
def test_a_credential_must_both_send_and_read(service: Service, credential: str) -> None:
    assert call(service, "PUT", PAIR, credential=credential)["statusCode"] == 403
    assert call(service, "DELETE", credential=credential, alias=ALIAS)["statusCode"] == 403
    assert people(service, ALIAS) == []


@pytest.mark.parametrize(
    "body", [{}, {"person": PERSON}, {"person": PERSON, "alias": 7}, {"person": " ", "alias": "a"}]
)
def test_a_body_without_two_ids_is_refused_with_the_place(service: Service, body: Any) -> None:
    answer = call(service, "PUT", body)
    assert (answer["statusCode"], answer["json"]["code"]) == (400, "wrong-body")


@pytest.mark.parametrize(
    ("alias", "code"),
    [
        (PERSON, "same-id"),
        ("urn:" + "x" * 3_000, "wrong-id"),
        ("_:anonymous", "shared-id"),
        ("urn:tag:auto-attach", "shared-id"),
    ],
)
def test_what_is_no_other_id_of_one_person_is_refused(service: Service, alias: str, code: str) -> None:
    for pair in ({"person": PERSON, "alias": alias}, {"person": alias, "alias": PERSON}):
        answer = call(service, "PUT", pair)
        assert (answer["statusCode"], answer["json"]["code"]) == (400, code)
    assert people(service, PERSON) == []


def test_blanks_around_an_id_are_none_of_it(service: Service) -> None:
    call(service, "PUT", {"person": f" {PERSON}\n", "alias": ALIAS})
    assert people(service, PERSON) == [{"person": PERSON, "aliases": [ALIAS], "app": APP.app_id}]


def test_a_contradiction_is_refused_and_changes_nothing(service: Service) -> None:
    call(service, "PUT", PAIR)
    answer = call(service, "PUT", {"person": "urn:c", "alias": ALIAS})
    assert (answer["statusCode"], answer["json"]["code"]) == (409, "is-related")
    assert [person["person"] for person in people(service, ALIAS)] == [PERSON]


def test_an_answer_has_the_ids_that_the_person_has_then(service: Service) -> None:
    call(service, "PUT", PAIR)
    said = call(service, "PUT", {"person": PERSON, "alias": "urn:lti:105"})["json"]
    assert said == {
        "status": "success",
        "message": "The two ids are one person.",
        "person": {"person": PERSON, "aliases": [ALIAS, "urn:lti:105"], "app": APP.app_id},
    }
    taken_back = call(service, "DELETE", alias=ALIAS)["json"]
    assert taken_back == {
        "status": "success",
        "message": "The alias is taken back.",
        "person": {"person": PERSON, "aliases": ["urn:lti:105"], "app": APP.app_id},
    }


def test_an_admin_who_names_no_app_says_it_of_their_own(service: Service) -> None:
    admin = f"Bearer {token_of(ADMIN_APP, *ADMIN, EVENTS_READONLY)}"
    for answer in (
        call(service, "PUT", PAIR, credential=admin),
        call(service, "DELETE", credential=admin, alias=ALIAS),
    ):
        assert (answer["statusCode"], answer["json"]["person"]["app"]) == (200, ADMIN_APP.app_id)


def test_every_change_has_an_audit_line_without_the_ids(service: Service) -> None:
    call(service, "PUT", PAIR)
    (line,) = service.audit.lines
    assert line["route"] == "PUT /aliases"
    assert PERSON not in str(line)
    assert ALIAS not in str(line)
