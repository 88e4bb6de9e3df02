"""A request becomes queue messages, and its sender hears about every item."""

import base64
import gzip
import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.core.apps import App
from functions.core.caliper.validated_request import WARNINGS_MAX
from functions.core.jobs import parse_job_id
from functions.core.messages import Message, unpack
from functions.core.times import MINUTE_US, format_time
from functions.http.gate import KEY_SCOPES, Principal, failure_context, principal_context
from functions.store import keys
from functions.validate.handler import handler
from tests.fakes import MemoryQueue
from tests.handlers import validate_dependencies
from tests.payloads import APP, Json, Payloads, envelope
from tests.shapes import assert_described

TENANT = keys.tenant_of(APP)
KEY_ID = "k" * 21 + "A"
OWN = App(app_id=APP, tenant=TENANT, edapps=(APP,), house="timeback")


def post(
    body: Any, *, path: str = "/caliper/event", app: App = OWN, queue: MemoryQueue | None = None, **changed: Any
) -> tuple[int, Json, MemoryQueue]:
    queue = queue or MemoryQueue()
    principal = Principal(app=app, scopes=KEY_SCOPES, kind="key", credential=KEY_ID)
    event = {
        "rawPath": path,
        "headers": {"content-type": "application/json"},
        "requestContext": {"http": {"method": "POST"}, "authorizer": {"lambda": principal_context(principal)}},
        "body": body if isinstance(body, str) else json.dumps(body),
        "isBase64Encoded": False,
    }
    answer = handler(event | changed, None, dependencies=validate_dependencies(queue))
    assert answer["headers"]["Content-Type"] == "application/json"
    assert_described("POST", path, answer)
    return answer["statusCode"], json.loads(answer["body"]), queue


def messages(queue: MemoryQueue) -> list[Message]:
    return [unpack(body) for body in queue.bodies]


@pytest.fixture
def payloads() -> Payloads:
    return Payloads(11)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/caliper/event", 200), ("/", 200), ("/k/some-key", 200),
        ("/caliper/v1p2", 202), ("/events/1.0", 202), ("/events/1.0/", 202),
    ],
)  # fmt: skip
def test_an_accepted_request_is_answered_with_a_job(payloads: Payloads, path: str, status: int) -> None:
    event = payloads.lesson_started(payloads.urn())
    code, body, queue = post(envelope(event), path=path)
    assert (code, body["status"]) == (status, "success")
    job = parse_job_id(body["jobId"])
    assert job is not None
    assert len(job.events) == 1
    (message,) = messages(queue)
    assert json.loads(message.items[0].raw) == event
    assert (message.job, message.tenant, message.app_id) == (body["jobId"], TENANT, APP)


def test_a_message_says_when_it_was_sent_and_by_which_credential(payloads: Payloads) -> None:
    event = payloads.lesson_started(payloads.urn())
    _, _, queue = post(envelope(event) | {"sendTime": "2026-03-02T10:00:01+0100"})
    (message,) = messages(queue)
    assert (message.send_time, message.credential) == ("2026-03-02T10:00:01+0100", KEY_ID)


def test_an_event_without_an_envelope_has_no_send_time(payloads: Payloads) -> None:
    _, _, queue = post(payloads.lesson_started(payloads.urn()), path="/events/1.0")
    (message,) = messages(queue)
    assert (message.send_time, message.sent_us, message.credential) == ("", None, KEY_ID)


def test_the_bytes_of_every_item_reach_the_queue_unchanged(payloads: Payloads) -> None:
    event = payloads.lesson_started(payloads.urn())
    text = json.dumps(event, indent=3).replace("\n   ", "\n \t")
    body = json.dumps(envelope(event)).replace(json.dumps(event), text)
    _, _, queue = post(body)
    assert messages(queue)[0].items[0].raw.decode() == text


def test_good_items_go_through_beside_bad_ones_which_are_kept_with_their_reasons(payloads: Payloads) -> None:
    good, bad = payloads.lesson_started(payloads.urn()), payloads.lesson_started(payloads.urn())
    del bad["object"]
    code, body, queue = post(envelope(good, bad, 7))  # type: ignore[arg-type]
    assert code == 200
    assert [(entry["index"], entry["id"]) for entry in body["errors"]] == [(1, bad["id"]), (2, None)]
    assert body["errors"][0]["pointers"] == ["/object"]
    assert [item.kind for item in messages(queue)[0].items] == ["event", "rejection", "rejection"]
    assert messages(queue)[0].items[1].findings[0]["pointer"] == "/object"


def test_a_request_of_which_nothing_is_taken_is_a_400_and_is_kept(payloads: Payloads) -> None:
    code, body, queue = post(envelope({"type": "ViewEvent"}))
    assert (code, body["status"]) == (400, "error")
    assert body["errors"][0]["index"] == 0
    assert [item.kind for item in messages(queue)[0].items] == ["rejection"]


def test_an_event_of_somebody_elses_app_is_rejected_alone(payloads: Payloads) -> None:
    own, foreign = payloads.lesson_started(payloads.urn()), payloads.lesson_started(payloads.urn())
    foreign["edApp"] = payloads.urn()
    code, body, _ = post(envelope(own, foreign))
    assert code == 200
    assert [(entry["index"], entry["pointers"]) for entry in body["errors"]] == [(1, ["/edApp"])]


def test_a_thousand_events_take_one_call_of_the_queue(payloads: Payloads) -> None:
    code, body, queue = post(envelope(*payloads.events(1000)), app=App(app_id=APP, tenant=TENANT, edapps=("*",)))
    assert code == 200
    assert queue.calls.counts == {"send": 1}
    assert sum(len(message.items) for message in messages(queue)) == 1000
    job = parse_job_id(body["jobId"])
    assert job is not None
    assert job.parts == len(queue.bodies)
    assert set(queue.groups) == {TENANT}


def test_envelopes_in_an_array_are_one_job_and_errors_say_which_envelope(payloads: Payloads) -> None:
    event = payloads.lesson_started(payloads.urn())
    code, body, queue = post([envelope(event), envelope({"type": "ViewEvent"})])
    assert code == 200
    assert [(entry["envelope"], entry["index"]) for entry in body["errors"]] == [(1, 0)]
    assert {message.job for message in messages(queue)} == {body["jobId"]}
    assert [message.part for message in messages(queue)] == [0, 1]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 400), ("{", 400), ("[1]", 400), ("7", 400), ("{}", 400), ('{"sensor": NaN}', 400),
        ("[" * 10_000 + "]" * 10_000, 400),
    ],
)  # fmt: skip
def test_what_is_no_envelope_is_refused_and_nothing_is_queued(body: str, status: int) -> None:
    code, answer, queue = post(body)
    assert (code, queue.bodies) == (status, [])
    assert answer["message"]


def test_a_body_that_is_no_utf8_is_refused() -> None:
    body = base64.b64encode(b'{"sensor": "\xff"}').decode()
    code, _, queue = post(body, isBase64Encoded=True)
    assert (code, queue.bodies) == (400, [])


def test_bytes_that_the_gateway_could_not_decode_are_refused(payloads: Payloads) -> None:
    event = payloads.lesson_started(payloads.urn())
    event["object"]["name"] = "caf\ufffd"
    body = json.dumps(envelope(event), ensure_ascii=False)
    headers = {"content-type": "application/json", "content-length": str(len(body.encode()))}
    assert post(body, headers=headers)[0] == 200
    assert post(body, headers=headers | {"content-length": str(len(body.encode()) - 2)})[0] == 400


@pytest.mark.parametrize("path", ["/caliper/event", "/caliper/event/validate", "/events/1.0/heartbeat"])
@pytest.mark.parametrize(
    ("headers", "expected"),
    [({"content-type": "text/plain; charset=utf-8"}, "this request's is text/plain"), ({}, "this request has none")],
)
def test_a_415_says_which_content_type_to_send_and_which_came(
    payloads: Payloads, path: str, headers: dict[str, str], expected: str
) -> None:
    code, answer, queue = post(envelope(payloads.lesson_started(payloads.urn())), path=path, headers=headers)
    assert (code, queue.bodies) == (415, [])
    assert "Send the header `Content-Type: application/json`" in answer["message"]
    assert expected in answer["message"]


def test_a_beacon_with_its_key_in_the_path_may_call_its_json_text(payloads: Payloads) -> None:
    body = envelope(payloads.lesson_started(payloads.urn()))
    headers = {"content-type": "text/plain;charset=UTF-8"}
    assert post(body, path="/k/a-key", headers=headers)[0] == 200
    assert post("no json", path="/k/a-key", headers=headers)[0] == 400
    assert post(body, path="/k/a-key", headers={"content-type": "text/html"})[0] == 415
    sent = base64.b64encode(json.dumps(body).encode()).decode()
    assert post(sent, path="/k/a-key", headers=headers, isBase64Encoded=True)[0] == 200


def test_an_answer_tells_each_different_warning_once_with_its_first_item_and_how_many_have_it(
    payloads: Payloads,
) -> None:
    clean, odd, other = (payloads.lesson_started(payloads.urn()) for _ in range(3))
    odd["action"], other["action"], other["group"] = "Pondered", "Pondered", None
    code, body, _ = post(envelope(clean, odd, {"type": "ViewEvent"}, other))
    assert code == 200
    assert body["message"].startswith("3 items accepted, 2 with warnings")
    findings = [
        (warning["index"], warning["id"], warning["items"], warning["code"], warning["pointer"])
        for warning in body["warnings"]
    ]
    assert findings == [
        (1, odd["id"], 2, "unknown-action", "/action"),
        (3, other["id"], 1, "null", "/group"),
    ]
    assert all(warning["message"].endswith(".") and warning["severity"] == "warning" for warning in body["warnings"])
    assert "warnings" not in post(envelope(clean))[1]


def test_a_warning_in_an_array_of_envelopes_says_which_envelope(payloads: Payloads) -> None:
    clean, odd = payloads.lesson_started(payloads.urn()), payloads.lesson_started(payloads.urn()) | {"action": "x"}
    _, body, _ = post([envelope(clean), envelope(odd)])
    assert [(warning["envelope"], warning["index"]) for warning in body["warnings"]] == [(1, 0)]


def test_an_answer_tells_a_bounded_number_of_warnings(payloads: Payloads) -> None:
    odd = [payloads.lesson_started(payloads.urn()) | {f"p{number}": 1} for number in range(WARNINGS_MAX + 10)]
    code, body, queue = post(envelope(*odd))
    assert (code, len(body["warnings"])) == (200, WARNINGS_MAX)
    assert [len(item.findings) for item in messages(queue)[0].items] == [1] * len(odd)


def test_a_content_type_may_name_a_charset(payloads: Payloads) -> None:
    body = envelope(payloads.lesson_started(payloads.urn()))
    assert post(body, headers={"content-type": "application/json; charset=utf-8"})[0] == 200


def as_the_gateway_hands_on(sent: bytes, media_type: str) -> tuple[str, bool]:
    """JSON as text, whatever it is, with U+FFFD for what is no UTF-8; all else in base64, which the second says."""
    if media_type == "application/json":
        return sent.decode("utf-8", "replace"), False
    return base64.b64encode(sent).decode(), True


@pytest.mark.parametrize("media_type", ["application/json", "application/gzip", ""])
@pytest.mark.parametrize("coding", ["gzip", "GZIP", ""])
def test_a_compressed_body_is_refused_for_what_it_is(payloads: Payloads, media_type: str, coding: str) -> None:
    sent = gzip.compress(json.dumps(envelope(payloads.lesson_started(payloads.urn()))).encode())
    headers = {"content-type": media_type, "content-encoding": coding, "content-length": str(len(sent))}
    body, in_base64 = as_the_gateway_hands_on(sent, media_type)
    code, answer, queue = post(body, headers=headers, isBase64Encoded=in_base64)
    assert (code, answer["code"], queue.bodies) == (415, "compressed", [])
    assert "send the JSON as it is" in answer["message"]


@pytest.mark.parametrize("coding", ["deflate", "br", "zstd", "identity, gzip"])
def test_any_compression_is_refused_by_its_name(coding: str) -> None:
    headers = {"content-type": "application/json", "content-encoding": coding}
    assert post("x", headers=headers)[1]["code"] == "compressed"


@pytest.mark.parametrize("coding", ["identity", "UTF-8", ""])
def test_a_content_encoding_that_compresses_nothing_is_passed_over(payloads: Payloads, coding: str) -> None:
    headers = {"content-type": "application/json", "content-encoding": coding}
    assert post(envelope(payloads.lesson_started(payloads.urn())), headers=headers)[0] == 200


def test_an_unsupported_version_is_a_422(payloads: Payloads) -> None:
    code, _, queue = post(envelope(payloads.lesson_started(payloads.urn()), version="http://example.org/v9"))
    assert (code, queue.bodies) == (422, [])


def test_a_body_over_the_limit_is_a_413() -> None:
    code, _, queue = post(envelope({"type": "Person", "id": "https://x/1", "name": "x" * 6_000_000}))
    assert (code, queue.bodies) == (413, [])


def test_a_request_without_a_good_credential_is_a_401(payloads: Payloads) -> None:
    body = envelope(payloads.lesson_started(payloads.urn()))
    for context in ({}, {"authorizer": {"lambda": failure_context("unknown_key")}}):
        code, answer, queue = post(body, requestContext={"http": {"method": "POST"}, **context})
        assert (code, queue.bodies) == (401, [])
        assert answer["message"]


def test_what_the_queue_does_not_take_is_a_503_that_says_when_to_come_back(payloads: Payloads) -> None:
    queue = MemoryQueue()
    queue.refuse = {0}
    code, body, _ = post(envelope(payloads.lesson_started(payloads.urn())), queue=queue)
    assert code == 503
    assert "again" in body["message"]


def test_a_failing_queue_is_a_503(payloads: Payloads) -> None:
    class Failing(MemoryQueue):
        def send(self, bodies: Any, *, group: str) -> list[int]:
            raise ClientError({"Error": {"Code": "ServiceUnavailable"}}, "SendMessageBatch")

    code, body, _ = post(envelope(payloads.lesson_started(payloads.urn())), queue=Failing())
    assert (code, body["code"]) == (503, "queue-unavailable")


def test_a_bare_event_is_taken_on_the_platforms_path_only(payloads: Payloads) -> None:
    event = payloads.lesson_started(payloads.urn())
    assert post(event, path="/events/1.0/")[0] == 202
    assert post(event, path="/caliper/event")[0] == 400


def test_an_answer_about_a_thousand_rubbish_items_stays_within_what_lambda_may_answer() -> None:
    rubbish = [{"type": "ViewEvent", "id": 5, "actor": [], "eventTime": 1700000000, "x": "y" * 200}] * 1000
    code, body, _ = post(envelope(*rubbish))
    assert code == 400
    assert len(body["errors"]) == 1000
    assert len(json.dumps(body)) < 2_000_000


def test_the_validate_route_tells_every_finding_and_queues_nothing(payloads: Payloads) -> None:
    warned = payloads.lesson_started(payloads.urn()) | {"action": "Pondered"}
    path = "/caliper/event/validate"
    code, body, queue = post(envelope(warned), path=path)
    assert (code, body["status"], body["errors"], queue.bodies) == (200, "success", [], [])
    assert [finding["pointer"] for finding in body["warnings"]] == ["/action"]
    code, body, _ = post(envelope(warned), path=path, queryStringParameters={"strict": "true"})
    assert (code, body["status"]) == (200, "error")
    assert {"severity", "code", "pointer", "message", "source", "index"} <= body["errors"][0].keys()
    assert post("{", path=path)[0] == 400


def test_the_clock_is_read_once_so_that_a_request_has_one_time(payloads: Payloads) -> None:
    before = time.time_ns() // 1000
    _, _, queue = post(
        [envelope(event) for event in payloads.events(3)], app=App(app_id="a", tenant="t", edapps=("*",))
    )
    times = {message.received_us for message in messages(queue)}
    assert len(times) == 1
    assert before <= times.pop() <= time.time_ns() // 1000


def ahead(payloads: Payloads, minutes: int) -> Json:
    """An event that is dated this far ahead of now."""
    now_us = time.time_ns() // 1_000_000 * 1000
    when = format_time(now_us + minutes * MINUTE_US + 30_000_000)
    return payloads.question_started(payloads.urn()) | {"eventTime": when}


@pytest.mark.parametrize("strict", [False, True])
def test_an_event_dated_ahead_is_stored_and_its_sender_told_a_strict_app_too(payloads: Payloads, strict: bool) -> None:
    app = App(app_id=APP, tenant=TENANT, edapps=(APP,), strict=strict)
    code, body, queue = post(envelope(ahead(payloads, 90)), app=app)
    assert (code, [warning["code"] for warning in body["warnings"]]) == (200, ["event-time-ahead"])
    assert body["warnings"][0]["message"].startswith("eventTime is 1 h 30 min after the event arrived")
    (item,) = messages(queue)[0].items
    assert (item.kind, [finding["code"] for finding in item.findings]) == ("event", ["event-time-ahead"])


@pytest.mark.parametrize("query", ["", "strict=true"])
def test_validation_tells_of_an_event_dated_ahead(payloads: Payloads, query: str) -> None:
    parameters = dict([query.split("=")]) if query else None
    body = envelope(ahead(payloads, 90)) | {"sendTime": ahead(payloads, 91)["eventTime"]}
    _, answered, _ = post(body, path="/caliper/event/validate", queryStringParameters=parameters)
    assert answered["errors"] == []
    (warning,) = answered["warnings"]
    assert warning["code"] == "event-time-ahead"
    assert warning["message"].endswith("sendTime is ahead too: the sender's clock is wrong.")


def test_a_time_just_ahead_is_no_finding(payloads: Payloads) -> None:
    _, body, _ = post(envelope(ahead(payloads, 4)))
    assert "warnings" not in body


def test_what_the_numbers_cannot_use_is_told_and_rejects_for_a_strict_app(payloads: Payloads) -> None:
    event = payloads.lesson_completed(payloads.urn())
    event["generated"] |= {"startedAtTime": "1970-01-01T00:00:00.000Z"}
    _, body, _ = post(envelope(event))
    assert [(warning["code"], warning["pointer"]) for warning in body["warnings"]] == [
        ("impossible-time", "/generated/startedAtTime")
    ]
    strict = App(app_id=APP, tenant=TENANT, edapps=(APP,), strict=True)
    code, body, _ = post(envelope(event), app=strict)
    assert (code, body["errors"][0]["findings"][0]["code"]) == (400, "impossible-time")


def test_five_other_warnings_do_not_hide_that_an_event_is_dated_ahead(payloads: Payloads) -> None:
    event = ahead(payloads, 90) | {f"own{number}": 1 for number in range(7)}
    _, body, _ = post(envelope(event))
    assert body["warnings"][0]["code"] == "event-time-ahead"
    assert body["warnings"][-1]["code"] == "more"


def test_an_id_that_a_request_sends_with_two_contents_is_told(payloads: Payloads) -> None:
    event = payloads.question_started(payloads.urn())
    other = event | {"eventTime": "2026-03-02T09:00:00.000Z"}
    _, body, queue = post(envelope(event, payloads.question_started(payloads.urn()), other))
    warnings = [(warning["code"], warning["pointer"], warning["items"]) for warning in body["warnings"]]
    assert warnings == [("id-conflict", "/id", 2)]
    assert body["message"] == "3 items accepted, 2 with warnings"
    (message,) = messages(queue)
    codes = [[finding["code"] for finding in item.findings] for item in message.items]
    assert codes == [["id-conflict"], [], ["id-conflict"]]
    _, checked, _ = post(envelope(event, other), path="/caliper/event/validate")
    indexes = [(warning["index"], warning["code"]) for warning in checked["warnings"]]
    assert indexes == [(0, "id-conflict"), (1, "id-conflict")]


def test_a_repeated_event_and_two_descriptions_of_a_thing_are_no_conflict(payloads: Payloads) -> None:
    event = payloads.question_started(payloads.urn())
    thing = {"id": "https://app.example.org/lessons/1", "type": "Document", "name": "One"}
    _, body, _ = post(envelope(event, event, thing, thing | {"name": "Two"}))
    assert "id-conflict" not in json.dumps(body)
