"""The canary goes the way of every event, and says where it was lost."""

import io
import json
from types import SimpleNamespace
from typing import Any

import pytest

from functions.canary.handler import Dependencies, handler, open_dependencies
from functions.canary.probe import APP, APP_ID, LEARNER, Lost
from functions.core.messages import unpack
from functions.core.times import format_time
from functions.http.gate import CLIENT_SCOPES, Principal, principal_context
from functions.query.dependencies import Dependencies as QueryDependencies
from functions.query.handler import handler as query_handler
from functions.store import keys
from functions.validate.handler import handler as validate_handler
from tests.fakes import MemoryQueue
from tests.handlers import validate_dependencies
from tests.log_records import records_of
from tests.unit.query.world import QUERY, World


class Service:
    """validate, queue, process and query; `waits` says after how many looks the queue is processed."""

    def __init__(self, waits: int = 1) -> None:
        self.world, self.queue, self.waits = World(), MemoryQueue(), waits

    def validate(self, event: dict[str, Any]) -> dict[str, Any]:
        return validate_handler(event, None, dependencies=validate_dependencies(self.queue))

    def query(self, event: dict[str, Any]) -> dict[str, Any]:
        dependencies = QueryDependencies(
            table=self.world.table,
            registry_table=self.world.table,
            settings=QUERY,
            open_queues=lambda: self.world.queues,
        )
        return query_handler(event, None, dependencies=dependencies, now_us=self.world.now_us)

    def pause(self, _: float) -> None:
        self.waits -= 1
        if self.waits == 0:
            self.world.store(*map(unpack, self.queue.take()))

    def round(self, **changed: Any) -> dict[str, Any]:
        doors: dict[str, Any] = {"validate": self.validate, "query": self.query} | changed
        now_us = doors.pop("now_us", self.world.now_us)
        dependencies = Dependencies(**{"pause": self.pause, **doors}, looks=5)
        return handler({}, None, dependencies=dependencies, now_us=now_us)


def test_the_event_comes_back_and_the_looks_are_counted() -> None:
    service = Service(waits=3)
    assert service.round()["looks"] == 3


def test_it_is_in_a_tenant_of_its_own_and_in_no_session_or_number_of_others() -> None:
    service = Service()
    service.round()
    tenant = keys.tenant_of(APP_ID)
    assert {keys.tenant_in(pk) for pk, _ in service.world.table.items} == {tenant}
    assert not [sk for _, sk in service.world.table.items if sk.startswith((keys.SESSION, keys.INFERRED))]
    service.world.as_admin()
    assert service.world.get("/events", actor=LEARNER)["events"] == []
    assert service.world.get("/volume")["days"] == []


def test_an_event_that_is_not_stored_in_time_is_lost() -> None:
    with pytest.raises(Lost, match="could not be read for 10 s"):
        Service(waits=6).round()


def test_an_event_that_is_not_taken_is_lost() -> None:
    with pytest.raises(Lost, match="validate answered 503"):
        Service().round(validate=lambda _: {"statusCode": 503, "body": "{}"})


def test_an_answer_that_is_an_error_is_no_event() -> None:
    with pytest.raises(Lost, match="query answered 502"):
        Service().round(query=lambda _: {"statusCode": 502, "body": ""})


def test_an_event_that_comes_back_changed_is_lost() -> None:
    changed = {"statusCode": 200, "body": json.dumps({"events": [{"event": {"id": "other"}}]})}
    with pytest.raises(Lost, match="not stored as it was sent"):
        Service().round(query=lambda _: changed)


def test_what_is_sent_is_what_the_api_would_pass_on_for_an_app_of_its_own() -> None:
    sent = list[dict[str, Any]]()
    service = Service()

    def validate(event: dict[str, Any]) -> dict[str, Any]:
        sent.append(event)
        return service.validate(event)

    event_id = service.round(validate=validate)["event"]
    (request,) = sent
    now = format_time(service.world.now_us)
    assert json.loads(request.pop("body")) == {
        "sensor": "urn:x-caliper-event-store:canary",
        "sendTime": now,
        "dataVersion": "http://purl.imsglobal.org/ctx/caliper/v1p2",
        "data": [
            {
                "@context": "http://purl.imsglobal.org/ctx/caliper/v1p2",
                "id": event_id,
                "type": "ViewEvent",
                "action": "Viewed",
                "actor": {"id": "urn:x-caliper-event-store:canary:learner", "type": "Person"},
                "object": {"id": "urn:x-caliper-event-store:canary:page", "type": "DigitalResource"},
                "eventTime": now,
                "edApp": "urn:x-caliper-event-store:canary",
            }
        ],
    }
    assert request.pop("requestContext") == {
        "http": {"method": "POST"},
        "authorizer": {"lambda": principal_context(Principal(app=APP, scopes=CLIENT_SCOPES, kind="key"))},
    }
    assert (APP.app_id, APP.name, APP.edapps) == (APP_ID, "Canary", (APP_ID,))
    assert request == {
        "rawPath": "/caliper/event",
        "rawQueryString": "",
        "headers": {"content-type": "application/json"},
        "isBase64Encoded": False,
    }


def test_the_event_is_taken_without_a_finding() -> None:
    answers = list[dict[str, Any]]()
    service = Service()

    def validate(event: dict[str, Any]) -> dict[str, Any]:
        answers.append(service.validate(event))
        return answers[-1]

    service.round(validate=validate)
    (body,) = (json.loads(answer["body"]) for answer in answers)
    assert (body["status"], body.get("warnings", [])) == ("success", [])


@pytest.mark.parametrize(("waits", "looks"), [(1, 1), (4, 4), (5, 5)])
def test_it_waits_two_seconds_before_each_look_and_stops_with_the_last(waits: int, looks: int) -> None:
    service, waited = Service(waits), list[float]()

    def pause(seconds: float) -> None:
        waited.append(seconds)
        service.pause(seconds)

    assert service.round(pause=pause)["looks"] == looks
    assert waited == [2.0] * looks


def test_every_round_has_an_event_of_its_own() -> None:
    assert len({Service().round()["event"] for _ in range(3)}) == 3


def test_without_a_time_the_event_is_of_now(monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service()
    clock = SimpleNamespace(time_ns=lambda: service.world.now_us * 1000 + 999)
    monkeypatch.setattr("functions.canary.handler.time", clock)
    event_id = service.round(now_us=None)["event"]
    service.world.principal = Principal(app=APP, scopes=CLIENT_SCOPES, kind="client")
    (stored,) = service.world.get("/events", id=event_id)["events"]
    assert stored["event"]["eventTime"] == format_time(service.world.now_us)


def test_what_a_round_saw_is_logged() -> None:
    with records_of("canary") as log:
        answer = Service(waits=2).round()
        with pytest.raises(Lost):
            Service(waits=6).round()
    came_back, lost = log.records
    assert (came_back.levelname, came_back.event, came_back.looks) == ("INFO", answer["event"], 2)
    assert (lost.levelname, lost.reason) == ("ERROR", "the event was taken, and could not be read for 10 s")
    assert lost.event.startswith("urn:uuid:")


class Functions:
    """A client of Lambda before the deployed functions of these names."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers

    def invoke(self, **request: Any) -> dict[str, Any]:
        answer = self.answers[request["FunctionName"]](json.loads(request["Payload"]))
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}


def test_a_deployed_canary_calls_the_functions_that_its_variables_name(monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service()
    functions = Functions(taking=service.validate, answering=service.query)
    clients = {"lambda": functions}
    monkeypatch.setattr("functions.canary.handler.open_client", lambda name: clients[name])
    for name, value in {"VALIDATE_FUNCTION": "taking", "QUERY_FUNCTION": "answering", "LOOKS": "4"}.items():
        monkeypatch.setenv(name, value)
    open_dependencies.cache_clear()
    opened = open_dependencies()
    open_dependencies.cache_clear()
    answer = service.round(validate=opened.validate, query=opened.query)
    assert (answer["looks"], opened.looks) == (1, 4)
