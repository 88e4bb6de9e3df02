"""What Canvas puts into its queue is judged like a request, and nothing of it is lost."""

import json
from typing import Any

import pytest

from functions.core.apps import App
from functions.core.messages import Message, unpack
from functions.core.times import MINUTE_US, parse_time
from functions.intake.handler import Dependencies, handler
from functions.intake.registered_app import AppNotRegistered, RegisteredApp
from functions.store import keys
from functions.store.registry import Registry
from functions.validate.ingest import ingest
from tests.fakes import Calls, Crash, MemoryQueue, MemoryTable
from tests.gateway import Service, token_of
from tests.payloads import APP, Payloads, envelope

NOW_US = parse_time("2026-03-02T09:00:00Z") or 0
OWN = App(app_id=APP, tenant=keys.tenant_of(APP), edapps=("*",))


class Intake:
    """The Lambda over what is in memory, with a clock that only the test moves."""

    def __init__(self, *, registered: bool = True) -> None:
        self.calls, self.queue_calls = Calls(), Calls()
        self.registry = Registry(MemoryTable(self.calls))
        self.queue = MemoryQueue(self.queue_calls)
        self.now_us: int | None = NOW_US
        self.dependencies = Dependencies(queue=self.queue, registered_app=RegisteredApp(self.registry, APP))
        if registered:
            self.register()

    def register(self) -> None:
        assert self.registry.add_app(OWN, now_us=NOW_US)

    def deliver(self, *bodies: str) -> list[str]:
        """The ids of the messages that SQS is to deliver again; they are m0, m1, …"""
        records = [{"messageId": f"m{number}", "body": body} for number, body in enumerate(bodies)]
        answer = handler({"Records": records}, None, dependencies=self.dependencies, now_us=self.now_us)
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def messages(self) -> list[Message]:
        return [unpack(body) for body in self.queue.bodies]


def body(*items: Any) -> str:
    return json.dumps(envelope(*items))


def test_an_envelope_is_queued_as_a_request_with_it_would_be() -> None:
    payloads, by_request, intake = Payloads(1), MemoryQueue(), Intake()
    text = body(payloads.question_started("urn:uuid:0a0a0a0a-0000-4000-8000-000000000001"), 5)
    assert intake.deliver(text) == []
    ingest(text.encode(), app=OWN, queue=by_request, now_us=NOW_US, nonce=b"12345678")
    (ours,), (theirs,) = intake.messages(), [unpack(sent) for sent in by_request.bodies]
    assert (ours.items, ours.sensor, ours.data_version, ours.send_time) == (
        theirs.items,
        theirs.sensor,
        theirs.data_version,
        theirs.send_time,
    )
    assert [item.kind for item in ours.items] == ["event", "rejection"]
    assert (ours.tenant, ours.app_id, ours.received_us) == (OWN.tenant, OWN.app_id, NOW_US)


@pytest.mark.parametrize(
    ("text", "code"),
    [("no JSON", "json"), ("[]", "envelope"), ("{}", "required"), ("", "empty"), ("\ud800", "utf-8")],
)
def test_what_a_request_would_be_refused_for_is_kept_as_a_rejection(text: str, code: str) -> None:
    intake = Intake()
    assert intake.deliver(text) == []
    (message,) = intake.messages()
    (item,) = message.items
    assert (item.kind, item.raw) == ("rejection", text.encode("utf-8", "surrogatepass"))
    assert item.findings[0]["code"].startswith(code)
    assert item.findings[0]["severity"] == "error"


def test_a_message_that_the_queue_refuses_is_delivered_again_and_the_others_are_not() -> None:
    intake, payloads = Intake(), Payloads(2)
    intake.queue.refuse = {1}
    texts = [body(payloads.question_started(f"urn:uuid:0a0a0a0a-0000-4000-8000-00000000000{n}")) for n in range(3)]
    assert intake.deliver(*texts) == ["m1"]
    assert len(intake.queue.bodies) == 2


def test_events_wait_while_their_app_is_not_registered() -> None:
    intake = Intake(registered=False)
    with pytest.raises(AppNotRegistered, match="make app APP_ID"):
        intake.deliver(body(Payloads(3).question_started("urn:uuid:0a0a0a0a-0000-4000-8000-000000000001")))
    assert intake.queue.bodies == []
    intake.register()
    assert intake.deliver(body(Payloads(3).question_started("urn:uuid:0a0a0a0a-0000-4000-8000-000000000001"))) == []
    assert len(intake.queue.bodies) == 1


def test_the_registration_is_read_once_a_minute() -> None:
    intake = Intake()
    text = body(Payloads(4).question_started("urn:uuid:0a0a0a0a-0000-4000-8000-000000000001"))
    reads = []
    for later_us in (0, MINUTE_US // 2, MINUTE_US - 1, MINUTE_US, 2 * MINUTE_US - 1, 2 * MINUTE_US):
        intake.now_us = NOW_US + later_us
        before = intake.calls.total
        intake.deliver(text)
        reads.append(intake.calls.total - before)
    assert reads == [1, 0, 0, 1, 0, 1]


def test_a_failing_queue_raises_so_that_sqs_delivers_the_batch_again() -> None:
    intake = Intake()
    intake.queue_calls.fail_before = 1
    with pytest.raises(Crash):
        intake.deliver(body(Payloads(5).question_started("urn:uuid:0a0a0a0a-0000-4000-8000-000000000001")))


def test_what_is_not_json_is_answered_with_the_rejections_of_the_app() -> None:
    service, payloads = Service(), Payloads(6)
    service.register(OWN)
    dependencies = Dependencies(queue=service.queue, registered_app=RegisteredApp(service.registry, APP))
    event = payloads.question_started("urn:uuid:0a0a0a0a-0000-4000-8000-000000000001")
    texts = ["no JSON", body(event)]
    records = [{"messageId": f"m{number}", "body": text} for number, text in enumerate(texts)]
    assert handler({"Records": records}, None, dependencies=dependencies) == {"batchItemFailures": []}
    service.drain()
    credential = f"Bearer {token_of(OWN)}"
    (rejection,) = service.call("GET", "/rejections", credential=credential)["json"]["rejections"]
    assert [finding["code"] for finding in rejection["findings"]] == ["json"]
    (stored,) = service.call("GET", "/events", credential=credential, id=event["id"])["json"]["events"]
    assert stored["event"]["id"] == event["id"]
