"""An app that has used up its budget is refused before anything of its request is read or queued."""

import json
from typing import Any

from functions.core.apps import App
from functions.core.usage.budgets import Budget
from functions.http.gate import KEY_SCOPES, Principal, principal_context
from functions.store import keys
from functions.store.signers.signing_keys import KeySet
from functions.validate.handler import Dependencies, handler
from tests.fakes import MemoryQueue, MemoryTable
from tests.payloads import APP, Payloads, envelope
from tests.shapes import assert_described


def no_keys(_url: str) -> KeySet:
    raise AssertionError("this app signs nothing")


class Door:
    """`validate` as one worker of an app with a budget."""

    def __init__(self, budget: Budget) -> None:
        self.app = App(app_id=APP, tenant=keys.tenant_of(APP), edapps=(APP,), budget=budget)
        self.queue = MemoryQueue()
        self.dependencies = Dependencies(queue=self.queue, table=MemoryTable(), key_set_of=no_keys)

    def post(self, body: Any, path: str = "/caliper/event") -> dict[str, Any]:
        context = principal_context(Principal(app=self.app, scopes=KEY_SCOPES, kind="key"))
        event = {
            "rawPath": path,
            "headers": {"content-type": "application/json"},
            "requestContext": {"http": {"method": "POST"}, "authorizer": {"lambda": context}},
            "body": body if isinstance(body, str) else json.dumps(body),
            "isBase64Encoded": False,
        }
        answer = handler(event, None, dependencies=self.dependencies)
        assert_described("POST", path, answer)
        return answer


def test_an_app_over_its_budget_is_answered_429_and_nothing_is_queued() -> None:
    door = Door(Budget(rejects=2))
    wrong, right = envelope({"type": "ViewEvent"}), envelope(Payloads(3).lesson_started(Payloads(4).urn()))
    assert [door.post(body)["statusCode"] for body in (wrong, right, wrong)] == [400, 200, 400]
    queued = len(door.queue.bodies)
    refused = door.post(right)
    body = json.loads(refused["body"])
    assert (refused["statusCode"], body["code"], len(door.queue.bodies)) == (429, "over-budget", queued)
    assert "2 rejected items" in body["message"]
    assert 1 <= int(refused["headers"]["Retry-After"]) <= 60


def test_the_bytes_of_a_request_that_is_refused_count() -> None:
    door = Door(Budget(body_bytes=1_000))
    assert [door.post("x" * 1_000)["statusCode"], door.post("x")["statusCode"]] == [400, 429]


def test_a_dry_run_and_a_heartbeat_count_too() -> None:
    door = Door(Budget(body_bytes=100))
    assert door.post(envelope({"type": "ViewEvent"}), "/caliper/event/validate")["statusCode"] == 200
    assert door.post("{}", "/caliper/event/validate")["statusCode"] == 429
    door = Door(Budget(items=2))
    beats = [door.post({"sessionId": "urn:x"}, "/events/1.0/heartbeat")["statusCode"] for _ in range(3)]
    assert beats == [404, 404, 429]
