"""The answers of `validate` word for word, what it logs, and what of a request counts."""

import base64
import json
from collections.abc import Iterator, Sequence
from copy import replace
from typing import Any

import pytest

from functions.core.apps import App
from functions.core.messages import unpack
from functions.core.times import MINUTE_US, format_time
from functions.core.usage.budgets import Budget
from functions.http.gate import EVENTS_READONLY, KEY_SCOPES, Principal, principal_context
from functions.store import keys
from functions.store.dynamodb.batches import Unprocessed
from functions.store.dynamodb.row import Key, Row
from functions.store.usage import SYNC_US
from functions.validate.handler import Dependencies, handler
from functions.validate.request_body import body_bytes, body_of, header, is_compressed
from tests.fakes import MemoryQueue, MemoryTable
from tests.log_records import LogRecords, records_of
from tests.payloads import APP, Payloads, envelope
from tests.unit.validate.test_budgets import no_keys
from tests.world import NINE_US

STUDENT = "urn:uuid:0a0a0a0a-0000-4000-8000-00000000000d"


@pytest.fixture
def lines() -> Iterator[LogRecords]:
    with records_of("validate") as records:
        yield records


class Door:
    def __init__(self, *, queue: MemoryQueue | None = None, counters: MemoryTable | None = None, **app: Any) -> None:
        self.app = App(app_id=APP, tenant=keys.tenant_of(APP), edapps=("*",), **app)
        self.queue = queue or MemoryQueue()
        self.now_us = NINE_US
        self.table = MemoryTable()
        self.dependencies = Dependencies(
            queue=self.queue, table=self.table, key_set_of=no_keys, counters=counters or self.table
        )

    def post(
        self, body: Any, path: str = "/caliper/event", *, scopes: frozenset[str] = KEY_SCOPES, **event: Any
    ) -> tuple[int, dict[str, Any]]:
        principal = Principal(app=self.app, scopes=scopes, kind="key", credential="key_one")
        sent = {
            "rawPath": path,
            "headers": {"content-type": "application/json"},
            "requestContext": {
                "http": {"method": "POST"},
                "requestId": "r-1",
                "authorizer": {"lambda": principal_context(principal)},
            },
            "body": body if isinstance(body, str) else json.dumps(body),
            "isBase64Encoded": False,
            **event,
        }
        self.answer = handler(sent, None, dependencies=self.dependencies, now_us=self.now_us)
        return self.answer["statusCode"], json.loads(self.answer["body"])


def good(number: int = 1) -> dict[str, Any]:
    return Payloads(number).lesson_started(STUDENT)


BAD = {"type": "ViewEvent", "actor": "urn:x:y"}


@pytest.mark.parametrize(
    ("items", "status", "message"),
    [
        ([good()], 200, "1 item accepted"),
        ([good(1), good(2)], 200, "2 items accepted"),
        ([good(), BAD], 200, "1 item accepted; 1 of 2 rejected and kept in quarantine: see errors"),
        ([good(1), good(2), BAD, BAD], 200, "2 items accepted; 2 of 4 rejected and kept in quarantine: see errors"),
        ([BAD], 400, "1 item rejected, none accepted; all of it is kept in quarantine: see errors"),
        ([BAD, BAD], 400, "2 items rejected, none accepted; all of it is kept in quarantine: see errors"),
    ],
)
def test_an_answer_says_how_many_items_were_taken_and_rejected(items: list[Any], status: int, message: str) -> None:
    door = Door()
    code, body = door.post(envelope(*items))
    assert (code, body["message"]) == (status, message)
    assert body["status"] == ("success" if status == 200 else "error")
    assert body["jobId"]
    assert ("errors" in body) is (BAD in items)
    assert "warnings" not in body


@pytest.mark.parametrize(
    ("clean", "message"), [(0, "1 item accepted, with warnings"), (2, "3 items accepted, 1 with warnings")]
)
def test_an_answer_says_how_many_items_have_warnings(clean: int, message: str) -> None:
    warned = good(9) | {"referrer": None}
    _, body = Door().post(envelope(warned, *(good(number) for number in range(1, clean + 1))))
    assert body["message"] == message
    assert body["warnings"]


def test_a_request_that_is_taken_is_one_line_with_its_counts(lines: LogRecords) -> None:
    door = Door()
    text = json.dumps(envelope(good(1), good(9) | {"referrer": None}, BAD))
    door.post(text)
    (line,) = lines.records
    assert (line.levelname, line.getMessage()) == ("INFO", "taken")
    assert (line.app, line.status, line.bytes) == (APP, 200, len(text))
    assert (line.accepted, line.rejected, line.warned) == (2, 1, 1)


def test_an_app_over_its_budget_is_one_line_that_a_metric_filter_counts(lines: LogRecords) -> None:
    door = Door(budget=Budget(items=1))
    door.post(envelope(good()))
    assert door.post(envelope(good()))[0] == 429
    assert lines.levels_and_texts() == [("INFO", "taken"), ("WARNING", "over budget")]
    assert (lines.records[1].app, lines.records[1].budget) == (APP, "items")


def test_usage_that_could_not_be_added_up_is_an_error_and_the_request_is_taken(lines: LogRecords) -> None:
    class Throttled(MemoryTable):
        def count_up(self, key: Key, amounts: dict[str, int], *, expires_s: int) -> Row:
            raise Unprocessed("throttled")

    door = Door(counters=Throttled(), budget=Budget(items=10))
    assert door.post(envelope(good(1)))[0] == 200
    door.now_us += SYNC_US
    assert door.post(envelope(*(good(number) for number in range(2, 7))))[0] == 200
    assert ("ERROR", "usage was not added up") in lines.levels_and_texts()


def test_a_queue_that_fails_is_an_error_with_the_requests_id_and_a_503(lines: LogRecords) -> None:
    class Failing(MemoryQueue):
        def send(self, bodies: Sequence[str], *, group: str) -> list[int]:
            raise Unprocessed("no")

    door = Door(queue=Failing())
    code, body = door.post(envelope(good()))
    assert (code, body["code"], door.answer["headers"]["Retry-After"]) == (503, "queue-unavailable", "5")
    (line,) = lines.records
    assert (line.levelname, line.getMessage(), line.requestId) == ("ERROR", "an AWS call failed", "r-1")


def test_a_part_that_the_queue_did_not_take_is_a_503_and_counts_nothing(lines: LogRecords) -> None:
    queue = MemoryQueue()
    queue.refuse = {0}
    code, body = Door(queue=queue).post(envelope(good()))
    assert (code, body["code"]) == (503, "queue-unavailable")
    assert body["message"] == (
        "1 of 1 parts of the request could not be queued: send the same request again, nothing will be stored twice."
    )
    (line,) = lines.records
    assert (line.accepted, line.rejected, line.warned) == (0, 0, 0)


@pytest.mark.parametrize(
    ("wanted", "strict"),
    [("true", True), ("1", True), ("TRUE", True), ("false", False), ("0", False), ("", None), (None, None)],
)
@pytest.mark.parametrize("registered", [True, False])
def test_a_dry_run_judges_as_strictly_as_it_says_else_as_the_registration(
    wanted: str | None, strict: bool | None, registered: bool
) -> None:
    query = {} if wanted is None else {"strict": wanted}
    warned = envelope(good(9) | {"referrer": None})
    door = Door(strict=registered)
    _, body = door.post(warned, "/caliper/event/validate", queryStringParameters=query)
    judged_strictly = registered if strict is None else strict
    assert body["message"] == f"1 item checked: {1 - judged_strictly} would be stored, {int(judged_strictly)} rejected"
    assert (bool(body["errors"]), bool(body["warnings"])) == (judged_strictly, not judged_strictly)
    assert door.queue.bodies == []


def test_a_dry_run_with_a_wrong_word_is_refused() -> None:
    code, body = Door().post(envelope(good()), "/caliper/event/validate", queryStringParameters={"strict": "yes"})
    assert (code, body["code"]) == (400, "wrong-parameter")


@pytest.mark.parametrize(("path", "code"), [("/caliper/event/validate", 200), ("/caliper/event", 401)])
def test_a_reader_may_try_an_envelope_and_send_none(path: str, code: int) -> None:
    assert Door().post(envelope(good()), path, scopes=frozenset({EVENTS_READONLY}))[0] == code


def test_a_path_that_is_none_is_a_404() -> None:
    code, body = Door().post(envelope(good()), "/caliper/nothing")
    assert (code, body["code"]) == (404, "unknown-path")


def test_a_compressed_body_is_told_what_is_taken() -> None:
    door = Door()
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    assert door.post("x", headers=headers)[0] == 415
    assert door.answer["headers"]["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/json;charset=utf-8", " Application/JSON ; charset=utf-8", "APPLICATION/JSON"],
)
def test_a_content_type_counts_up_to_its_first_semicolon(content_type: str) -> None:
    assert Door().post(envelope(good()), headers={"content-type": content_type})[0] == 200


@pytest.mark.parametrize("content_type", ["text/plain", "application/json2", "charset=utf-8; application/json", ""])
def test_another_content_type_is_a_415(content_type: str) -> None:
    assert Door().post(envelope(good()), headers={"content-type": content_type})[0] == 415


def test_what_is_queued_names_its_app_its_time_and_its_credential() -> None:
    door = Door()
    door.post(envelope(good()))
    (message,) = map(unpack, door.queue.bodies)
    assert (message.tenant, message.app_id, message.credential) == (keys.tenant_of(APP), APP, "key_one")
    assert (message.received_us, message.system, message.auto_attach) == (NINE_US, False, False)


@pytest.mark.parametrize(("size", "encoded"), [(0, False), (7, False), (0, True), (3, True), (300, True)])
def test_the_bytes_of_a_body_are_counted_as_they_were_sent(size: int, encoded: bool) -> None:
    raw = b"x" * size
    event = {"body": base64.b64encode(raw).decode() if encoded else raw.decode(), "isBase64Encoded": encoded}
    assert body_bytes(event) == size
    assert body_of(event) == raw
    assert body_bytes({}) == 0


@pytest.mark.parametrize(
    ("length", "body", "whole"),
    [
        ("5", "a\ufffd", False),
        ("4", "a\ufffd", True),
        ("004", "a\ufffd", True),
        ("", "a\ufffd", True),
        ("9", "ab", True),
    ],
)
def test_a_letter_that_the_gateway_put_in_is_told_from_one_that_was_sent_by_the_length(
    length: str, body: str, whole: bool
) -> None:
    sent = body_of({"body": body, "headers": {"content-length": length}})
    assert sent == (body.encode() if whole else None)


@pytest.mark.parametrize("name", ["content-type", "Content-Type"])
def test_a_header_is_found_in_either_spelling(name: str) -> None:
    assert header({"headers": {name: "x"}}, "content-type") == "x"
    assert header({"headers": None}, "content-type") == header({}, "content-type") == ""


@pytest.mark.parametrize(
    ("event", "compressed"),
    [
        ({}, False),
        ({"body": "{}"}, False),
        ({"body": "\x1f\ufffd"}, True),
        ({"body": "\x1f\x8b"}, True),
        ({"body": "H4sIAAA", "isBase64Encoded": True}, True),
        ({"body": "H4sIAAA", "isBase64Encoded": False}, False),
        ({"headers": {"content-encoding": "identity, BR"}}, True),
        ({"headers": {"content-encoding": "utf-8"}}, False),
    ],
)
def test_a_body_is_compressed_if_it_says_or_shows_it(event: dict[str, Any], compressed: bool) -> None:
    assert is_compressed(event) is compressed


@pytest.mark.parametrize("body", ["@@@@", "e30=\n", "e3", "é"])
def test_what_is_no_base64_is_no_body(body: str) -> None:
    assert body_of({"body": body, "isBase64Encoded": True}) is None


SHAPE = {"sessionId": "urn:x:session"}


@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"),
    [
        ("{", 400, "not-json", ""),
        ("[]", 400, "not-an-object", ""),
        ({}, 400, "missing-session-id", "/sessionId"),
        ({"sessionId": ""}, 400, "missing-session-id", "/sessionId"),
        ({"sessionId": 7}, 400, "missing-session-id", "/sessionId"),
        ({**SHAPE, "edApp": 7}, 400, "wrong-edapp", "/edApp"),
        ({**SHAPE, "edApp": "urn:x:foreign"}, 403, "foreign-edapp", "/edApp"),
        ({**SHAPE, "eventTime": "soon"}, 400, "wrong-event-time", "/eventTime"),
        ({**SHAPE, "eventTime": "2027-01-01T00:00:00Z"}, 400, "event-time-ahead", "/eventTime"),
        (SHAPE, 404, "no-open-session", "/sessionId"),
    ],
)
def test_a_heartbeat_that_is_refused_is_told_why_and_where(body: Any, status: int, code: str, pointer: str) -> None:
    door = Door()
    door.app = replace(door.app, edapps=("urn:x:own",))
    answered, refusal = door.post(body, "/events/1.0/heartbeat")
    assert (answered, refusal["code"]) == (status, code)
    assert [each["pointer"] for each in refusal.get("errors", [])] == [pointer]
    assert door.queue.bodies == []


@pytest.mark.parametrize(("minutes", "status"), [(5, 404), (5.001, 400)], ids=["five minutes ahead", "a little more"])
def test_a_heartbeat_may_be_dated_five_minutes_ahead(minutes: float, status: int) -> None:
    ahead = format_time(NINE_US + round(minutes * MINUTE_US))
    assert Door().post({**SHAPE, "eventTime": ahead}, "/events/1.0/heartbeat")[0] == status


def test_a_body_that_is_no_utf_8_is_refused_as_a_whole() -> None:
    code, refusal = Door().post("@@", isBase64Encoded=True)
    assert (code, refusal["code"]) == (400, "not-utf8")
    assert [each["pointer"] for each in refusal["errors"]] == [""]


def test_a_dry_run_with_more_findings_than_fit_says_how_many_items_it_checked_and_that_there_are_more() -> None:
    bad = {"type": "ViewEvent", "x" * 900: None}
    _, body = Door().post(envelope(*[bad] * 3_000), "/caliper/event/validate")
    assert body["message"] == (
        "3000 items checked: 0 would be stored, 3000 rejected; there are more findings than fit: send fewer items to "
        "see them all"
    )
