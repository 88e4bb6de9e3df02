"""What becomes of one message of the intake queue: its job, its findings, and how it is counted."""

import json
from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from functions.core.apps import App
from functions.core.caliper.envelope.request_body import open_envelopes
from functions.core.caliper.findings import Refusal
from functions.core.caliper.validated_request import KEPT_BYTES
from functions.core.jobs import parse_job_id
from functions.core.messages import Message, unpack
from functions.core.times import parse_time
from functions.intake.live_event import LiveEvent, judge
from functions.store import keys
from functions.validate.ingest import ingest
from tests.fakes import MemoryQueue
from tests.log_records import records_of
from tests.payloads import APP, Json, Payloads, envelope
from tests.unit.intake.test_intake import NOW_US, OWN, Intake, body

STUDENT = "urn:uuid:0a0a0a0a-0000-4000-8000-000000000001"
REFUSED = "no JSON"


def judged(text: str, *, app: App = OWN, message_id: str = "m0", now_us: int = NOW_US) -> LiveEvent:
    return judge(text, message_id=message_id, app=app, now_us=now_us)


def messages(live_event: LiveEvent) -> list[Message]:
    return [unpack(packed) for packed in live_event.bodies]


def jobs(live_event: LiveEvent) -> set[str]:
    return {message.job for message in messages(live_event)}


def clean() -> Json:
    return Payloads(8).question_started(STUDENT)


def warned() -> Json:
    return Payloads(9).question_started(STUDENT) | {"action": "Pondered"}


@pytest.mark.parametrize("text", [body(clean()), body(5), REFUSED])
def test_a_message_is_queued_for_the_app_at_the_time_of_the_batch_and_says_that_the_intake_took_it(text: str) -> None:
    (message,) = messages(judged(text))
    assert (message.tenant, message.app_id) == (keys.tenant_of(APP), APP)
    assert (message.received_us, message.credential) == (NOW_US, "intake")


@pytest.mark.parametrize("text", [body(clean()), body(5), REFUSED])
def test_a_message_that_is_delivered_twice_at_an_instant_is_one_job_and_another_message_or_instant_another(
    text: str,
) -> None:
    job = jobs(judged(text))
    assert len(job) == 1
    assert job == jobs(judged(text))
    assert job != jobs(judged(text, message_id="m1"))
    assert job != jobs(judged(text, now_us=NOW_US + 1))


def test_the_job_carries_the_digests_of_the_events_as_a_requests_does() -> None:
    text, by_request = body(clean(), 5), MemoryQueue()
    ingest(text.encode(), app=OWN, queue=by_request, now_us=NOW_US, nonce=b"12345678")
    (job,), (sent,) = jobs(judged(text)), by_request.bodies
    ours, theirs = parse_job_id(job), parse_job_id(unpack(sent).job)
    assert ours is not None
    assert theirs is not None
    assert (len(ours.events), ours.events, ours.parts) == (1, theirs.events, theirs.parts)


@pytest.mark.parametrize(
    "text",
    [REFUSED, "{}", "[]", json.dumps(envelope(clean()) | {"sendTime": "soon"}), json.dumps([envelope(clean()), {}])],
)
def test_the_finding_of_what_a_request_would_be_refused_for_is_the_refusal(text: str) -> None:
    refusal = open_envelopes(text.encode(), app=OWN)
    assert isinstance(refusal, Refusal)
    ((item,),) = (message.items for message in messages(judged(text)))
    assert item.findings == [
        {
            "severity": "error",
            "code": refusal.code,
            "pointer": refusal.pointer,
            "message": refusal.message,
            "source": "this service",
        }
    ]


def test_of_a_large_message_that_would_be_refused_the_beginning_is_kept() -> None:
    ((item,),) = (message.items for message in messages(judged("x" * (KEPT_BYTES + 1))))
    assert item.raw == b"x" * KEPT_BYTES


def test_a_message_is_judged_by_the_registration_of_the_app() -> None:
    caliper_1_0 = json.dumps(envelope(clean()) | {"dataVersion": "http://purl.imsglobal.org/ctx/caliper/v1p0"})
    ((refused,),) = (message.items for message in messages(judged(caliper_1_0)))
    assert refused.findings[0]["code"] == "caliper-1.0"
    ((admitted,),) = (message.items for message in messages(judged(caliper_1_0, app=replace(OWN, caliper_1_0=True))))
    assert "caliper-1.0" not in {finding["code"] for finding in admitted.findings}
    of_strict = judged(body(warned()), app=replace(OWN, strict=True))
    assert (judged(body(warned())).rejected, of_strict.rejected) == (0, 1)


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        (body(clean(), clean(), 5), (2, 1, 0)),
        (body(clean(), warned()), (2, 0, 1)),
        (body(5, {}), (0, 2, 0)),
        (REFUSED, (0, 1, 0)),
    ],
)
def test_items_are_counted_by_their_verdict(text: str, counts: tuple[int, int, int]) -> None:
    live_event = judged(text)
    assert (live_event.accepted, live_event.rejected, live_event.warned) == counts


def test_the_log_line_counts_what_was_taken_and_what_comes_again() -> None:
    intake = Intake()
    intake.queue.refuse = {0}
    with records_of("intake") as log:
        again = intake.deliver(body(clean(), clean(), clean()), body(clean(), warned()), REFUSED)
    assert again == ["m0"]
    line = log.single("taken")
    assert (line.app, line.messages, line.again) == (APP, 3, 1)
    assert (line.accepted, line.rejected, line.warned) == (2, 1, 1)


def test_a_message_of_which_one_part_is_refused_comes_again_whole() -> None:
    intake = Intake()
    intake.queue.refuse = {2}
    several = json.dumps([envelope(clean()), envelope(clean())])
    with records_of("intake") as log:
        assert intake.deliver(body(clean()), several, body(clean())) == ["m1"]
    assert (log.single("taken").again, log.single("taken").accepted) == (1, 2)


def test_messages_wait_in_line_with_those_of_their_app() -> None:
    intake = Intake()
    assert intake.deliver(body(clean()), REFUSED) == []
    assert intake.queue.groups == [OWN.tenant] * 2


def test_without_a_time_a_batch_is_received_when_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    intake = Intake()
    later_us = parse_time("2026-05-06T07:08:09.123Z") or 0
    clock = SimpleNamespace(time_ns=lambda: later_us * 1000 + 999)
    monkeypatch.setattr("functions.intake.handler.time", clock)
    intake.now_us = None
    assert intake.deliver(body(clean())) == []
    assert [message.received_us for message in intake.messages()] == [later_us]
