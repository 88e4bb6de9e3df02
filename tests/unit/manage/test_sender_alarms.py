"""The alarms of an app about its own sending, set, read and ended by HTTP, through gateway and authorizer."""

from typing import Any

import pytest

from functions.core.sender_alarms.alarms import Rings
from functions.http.gate import ADMIN, CLIENT_SCOPES, EVENTS_WRITE, READ_EVERYTHING, WEBHOOKS_READONLY
from functions.store.sender_alarms.rows import every_alarm, rings_row
from tests.gateway import Service, app_of, key_of, service_of, token_of
from tests.world import NINE_US

APP = app_of("https://learn.example.org/app")
OTHER_APP = app_of("https://lms.example.org/app")
ADMIN_APP = app_of("https://operator.example.org/app")
WANTED = {"silentHours": 4, "hours": "Mon-Fri 08:00-16:00 America/New_York", "rejectsPercent": 5, "clock": True}
NOTHING = {
    "app": APP.app_id,
    "silentHours": 0,
    "hours": "",
    "rejectsPercent": 0,
    "warningsPercent": 0,
    "newCodes": False,
    "clock": False,
    "ringing": [],
}


@pytest.fixture
def service() -> Service:
    return service_of(APP, OTHER_APP, admin=ADMIN_APP, manage_us=NINE_US)


def call(service: Service, method: str, body: Any = None, *, credential: str = "", **parameters: Any) -> dict[str, Any]:
    credential = credential or f"Bearer {token_of(APP, *CLIENT_SCOPES)}"
    return service.call(method, "/sender-alarms", credential=credential, body=body, **parameters)


def senders(service: Service, **parameters: Any) -> list[dict[str, Any]]:
    answer = call(service, "GET", **parameters)
    assert answer["statusCode"] == 200, answer["body"]
    listed: list[dict[str, Any]] = answer["json"]["senders"]
    return listed


def test_alarms_are_set_replaced_and_ended(service: Service) -> None:
    assert senders(service) == [NOTHING]
    answer = call(service, "PUT", WANTED)
    assert (answer["statusCode"], answer["json"]["sender"]) == (200, {**NOTHING, **WANTED})
    assert senders(service) == [{**NOTHING, **WANTED}]
    assert call(service, "PUT", {"newCodes": True})["json"]["sender"] == {**NOTHING, "newCodes": True}
    for _ in range(2):
        assert call(service, "DELETE")["statusCode"] == 200
    assert senders(service) == [NOTHING]


def test_the_sweep_reads_what_was_set(service: Service) -> None:
    call(service, "PUT", WANTED)
    (alarms,) = every_alarm(service.table)
    assert (alarms.tenant, alarms.app_id, alarms.silent_hours, alarms.since_us) == (APP.tenant, APP.app_id, 4, NINE_US)


def test_what_rings_is_answered(service: Service) -> None:
    rings = Rings(ringing={"silent": (NINE_US, "Nothing was received.")}, version=1)
    service.table.put_all([rings_row(APP.tenant, rings, expires_s=2**31)])
    ringing = [{"alarm": "silent", "since": "2026-03-02T09:00:00.000Z", "message": "Nothing was received."}]
    assert senders(service)[0]["ringing"] == ringing
    assert call(service, "PUT", WANTED)["json"]["sender"]["ringing"] == ringing


def test_what_rings_is_read_consistently_and_is_the_apps_alone(service: Service) -> None:
    silent = Rings(ringing={"silent": (NINE_US, "Nothing was received.")}, version=1)
    service.table.put_all([rings_row(OTHER_APP.tenant, silent, expires_s=2**31)])
    pages: list[bool] = []
    query = service.table.query

    def noted(pk: str, *, consistent: bool = False, **parameters: Any) -> Any:
        pages.append(consistent)
        return query(pk, consistent=consistent, **parameters)

    service.table.query = noted  # type: ignore[method-assign]
    assert call(service, "PUT", WANTED)["json"]["sender"]["ringing"] == []
    assert pages == [True]


def test_what_is_ended_is_answered_for_clients_that_read_a_message(service: Service) -> None:
    assert call(service, "DELETE")["json"] == {
        "status": "success",
        "message": "No alarm is wanted any more. What rings clears.",
    }


def test_alarms_that_are_set_again_keep_since_when(service: Service) -> None:
    call(service, "PUT", WANTED)
    service.manage_us = NINE_US + 1
    assert call(service, "PUT", WANTED | {"clock": False})["statusCode"] == 200
    (alarms,) = every_alarm(service.table)
    assert (alarms.clock, alarms.since_us) == (False, NINE_US)


def test_a_fault_is_told_with_the_name_of_its_setting(service: Service) -> None:
    answer = call(service, "PUT", {"clock": 1, "newCodes": 2})["json"]
    first, second = answer["errors"]
    assert (first["code"], first["message"]) == ("wrong-value", "`newCodes` must be true or false.")
    assert (second["code"], second["message"]) == ("wrong-value", "`clock` must be true or false.")
    assert answer["message"] == first["message"]


def test_nonsense_is_refused_with_every_place_and_changes_nothing(service: Service) -> None:
    call(service, "PUT", WANTED)
    answer = call(service, "PUT", {"silentHours": 201, "hours": "always", "loud": True})
    assert (answer["statusCode"], answer["json"]["code"]) == (400, "invalid-body")
    assert [error["pointer"] for error in answer["json"]["errors"]] == ["/silentHours", "/hours", "/loud"]
    assert senders(service) == [{**NOTHING, **WANTED}]


@pytest.mark.parametrize("body", [[], "x", None, 7])
def test_a_body_that_is_no_object_is_refused(service: Service, body: Any) -> None:
    assert call(service, "PUT", body)["statusCode"] == 400


def test_an_app_sets_its_own_alone(service: Service) -> None:
    assert call(service, "PUT", WANTED, app=OTHER_APP.app_id)["statusCode"] == 403
    assert call(service, "DELETE", app=OTHER_APP.app_id)["statusCode"] == 403
    assert call(service, "GET", app=OTHER_APP.app_id)["statusCode"] == 403
    assert every_alarm(service.table) == []


def test_an_admin_sets_those_of_an_app_and_reads_those_of_all(service: Service) -> None:
    admin = f"Bearer {token_of(ADMIN_APP, *ADMIN)}"
    assert call(service, "PUT", WANTED, credential=admin, app=APP.app_id)["statusCode"] == 200
    listed = senders(service, credential=admin, app="*")
    assert {row["app"]: row["silentHours"] for row in listed} == {
        APP.app_id: 4,
        OTHER_APP.app_id: 0,
        ADMIN_APP.app_id: 0,
    }
    assert call(service, "PUT", WANTED, credential=admin, app="*")["statusCode"] in (403, 404)


def test_who_only_reads_webhooks_reads_alarms_and_sets_none(service: Service) -> None:
    reader = f"Bearer {token_of(APP, WEBHOOKS_READONLY)}"
    assert senders(service, credential=reader) == [NOTHING]
    assert call(service, "PUT", WANTED, credential=reader)["statusCode"] == 403
    assert call(service, "DELETE", credential=reader)["statusCode"] == 403
    for sends_only in (key_of(APP), f"Bearer {token_of(APP, EVENTS_WRITE)}"):
        assert call(service, "GET", credential=sends_only)["statusCode"] == 403
    assert READ_EVERYTHING not in CLIENT_SCOPES


def test_every_change_has_an_audit_line(service: Service) -> None:
    call(service, "PUT", WANTED)
    call(service, "PUT", WANTED)
    call(service, "DELETE")
    assert [(line["route"], line["rows"], line["status"]) for line in service.audit.lines] == [
        ("PUT /sender-alarms", 1, 200),
        ("PUT /sender-alarms", 0, 200),
        ("DELETE /sender-alarms", 1, 200),
    ]
