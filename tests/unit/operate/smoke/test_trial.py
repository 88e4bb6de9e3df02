"""What a trial sends, what it counts as stored, and for how long it waits."""

import base64
import json
from typing import Any

import pytest

from functions.operate.smoke.checks import bodies, sensor_keys
from functions.operate.smoke.report import Report
from functions.operate.smoke.trial import Trial, basic
from functions.operate.smoke.undo import Undo
from functions.operate.smoke.web import SHOWN_CHARS, Answer
from tests.unit.operate.smoke.aws import APP, CLIENT_ID, KEY, SECRET, ScriptedWeb, answered, trial_of

V1P2 = "http://purl.imsglobal.org/ctx/caliper/v1p2"
TOKEN = {"Authorization": "Bearer a.b.c"}
JSON = {"Content-Type": "application/json"}
NOW = "2026-01-27T10:03:00.000Z"


def sent_by(trial: Trial) -> list[tuple[tuple[str, str], dict[str, str], bytes]]:
    """What went over the web, each with its headers and its body, but for the request of a token."""
    web = trial.web
    assert isinstance(web, ScriptedWeb)
    requests = [(request, *sent) for request, sent in zip(web.requests, web.sent, strict=True)]
    return [request for request in requests if request[0] != ("POST", "/oauth2/token")]


def test_an_event_is_a_valid_one_of_the_runs_app_and_of_a_learner_that_does_not_exist() -> None:
    trial = trial_of()
    event = trial.event("urn:uuid:1", extensions={"n": 1})
    assert event == {
        "@context": V1P2,
        "id": "urn:uuid:1",
        "type": "ViewEvent",
        "action": "Viewed",
        "actor": {"id": "urn:uuid:1e", "type": "Person"},
        "object": {"id": "https://smoke.example.org/pages/1", "type": "DigitalResource"},
        "eventTime": NOW,
        "edApp": APP.app_id,
        "extensions": {"n": 1},
    }
    first, second = trial.event(), trial.event()
    assert first["id"].startswith("urn:uuid:")
    assert first["id"] != second["id"]


def test_events_are_sent_in_one_envelope_with_the_apps_token() -> None:
    trial = trial_of()
    events = [trial.event(), trial.event()]
    trial.send(*events)
    ((request, headers, body),) = sent_by(trial)
    assert (request, headers) == (("POST", "/caliper/event"), TOKEN | JSON)
    assert json.loads(body) == {"sensor": APP.app_id, "sendTime": NOW, "dataVersion": V1P2, "data": events}


@pytest.mark.parametrize(("authorization", "headers"), [("Bearer x", {"Authorization": "Bearer x"}), ("", {})])
def test_a_body_is_sent_with_another_authorization_or_with_none(authorization: str, headers: dict[str, str]) -> None:
    trial = trial_of()
    trial.post("/other", b"body", authorization=authorization, media_type="text/plain")
    assert sent_by(trial) == [(("POST", "/other"), headers | {"Content-Type": "text/plain"}, b"body")]


@pytest.mark.parametrize(("authorization", "headers"), [(None, {}), ("Bearer x", {"Authorization": "Bearer x"})])
def test_a_question_has_no_body_and_the_headers_that_are_named(
    authorization: str | None, headers: dict[str, str]
) -> None:
    trial = trial_of()
    trial.ask("OPTIONS", "/x", authorization=authorization, Origin="https://a.org")
    trial.get("/events")
    assert sent_by(trial) == [
        (("OPTIONS", "/x"), headers | {"Origin": "https://a.org"}, b""),
        (("GET", "/events"), TOKEN, b""),
    ]


@pytest.mark.parametrize(("status", "stored"), [(200, 3), (202, 3), (201, 0), (207, 0), (400, 0), (503, 0)])
def test_events_count_as_stored_if_they_were_taken(status: int, stored: int) -> None:
    trial = trial_of({"POST /caliper/event": answered(status)})
    trial.send(trial.event())
    trial.send(trial.event(), trial.event())
    assert trial.stored == stored


def test_a_token_is_asked_for_once_with_the_clients_secret_and_concealed() -> None:
    trial = trial_of()
    assert (trial.token(), trial.token()) == ("a.b.c", "a.b.c")
    assert isinstance(trial.web, ScriptedWeb)
    ((headers, body),) = trial.web.sent
    assert headers == {
        "Content-Type": "application/x-www-form-urlencoded",
        "Authorization": "Basic " + base64.b64encode(f"{CLIENT_ID}:{SECRET}".encode()).decode(),
    }
    assert body == b"grant_type=client_credentials"
    assert trial.report.redacted("a.b.c") == "(secret)"


def test_a_token_may_be_asked_for_in_a_form() -> None:
    trial = trial_of()
    trial.take_token("/t/", "s&", form=True)
    ((request, headers, body),) = sent_by(trial)
    assert (request, headers) == (("POST", "/t/"), {"Content-Type": "application/x-www-form-urlencoded"})
    assert body == f"grant_type=client_credentials&client_id={CLIENT_ID}&client_secret=s%26".encode()


def test_without_a_token_what_needs_one_is_asked_all_the_same() -> None:
    trial = trial_of({"POST /oauth2/token": answered(503)})
    assert trial.token() == ""
    trial.get("/events")
    assert sent_by(trial) == [(("GET", "/events"), {"Authorization": "Bearer "}, b"")]


def looking(trial: Trial, until_s: float) -> tuple[list[float], Any]:
    """A look that sees something after so many seconds, and when it looked."""
    began_us, looks = trial.now_us(), list[float]()

    def look() -> str:
        looks.append((trial.now_us() - began_us) / 1e6)
        return "seen" if looks[-1] >= until_s else ""

    return looks, look


def test_it_looks_at_once_and_then_each_second_until_it_sees_something() -> None:
    trial = trial_of()
    looks, look = looking(trial, 2)
    assert trial.wait(look) == "seen"
    assert looks == [0, 1, 2]


def test_it_looks_for_as_long_as_it_has_patience_and_once_at_the_end() -> None:
    trial = trial_of()
    looks, look = looking(trial, 1000)
    assert trial.wait(look) == ""
    assert (looks[0], looks[-1], len(looks)) == (0, 120, 121)


def test_how_long_and_how_often_it_looks_may_be_said() -> None:
    trial = trial_of()
    looks, look = looking(trial, 1000)
    assert trial.wait(look, seconds=7, every=5) == ""
    assert looks == [0, 5, 10]


def test_basic_is_user_and_password_in_base64() -> None:
    assert basic("Aladdin", "open sesame") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="  # RFC 7617 §2


@pytest.mark.parametrize(
    ("status", "body", "text"),
    [
        (200, b'{"code": "x"}', "200"),
        (399, b'{"code": "x"}', "399"),
        (400, b'{"code": "c", "error": "e", "message": "m"}', "400 c"),
        (400, b'{"error": "e", "message": "m"}', "400 e"),
        (403, b'{"message": "m"}', "403 m"),
        (500, b"[1]", "500"),
        (500, b"secret", "500"),
        (500, b'{"message": "%s"}' % (b"m" * 100), ("500 " + "m" * 100)[:SHOWN_CHARS]),
    ],
)
def test_an_answer_is_told_by_its_status_and_its_reason(status: int, body: bytes, text: str) -> None:
    assert str(Answer(status=status, body=body)) == text


def test_steps_of_removal_that_were_done_are_not_done_again() -> None:
    done: list[str] = []
    undo = Undo(Report(print))
    undo.later("queue", lambda: done.append("queue"))
    undo.now()
    undo.later("rule", lambda: done.append("rule"))
    undo.now()
    assert done == ["queue", "rule"]


def test_a_large_body_has_its_size_in_events_that_may_be_so_large() -> None:
    body = bodies.large(trial_of(), 1_100_000)
    assert len(body) == 1_100_000
    events = json.loads(body)["data"]
    assert len(events) == 5
    assert all(190_000 < len(json.dumps(event)) < 200_000 for event in events)


def test_a_key_in_the_path_is_sent_without_a_header() -> None:
    trial = trial_of()
    assert list(sensor_keys.ways(trial))
    by_path = [(request, headers) for request, headers, _ in sent_by(trial) if request[1].startswith("/k/")]
    assert by_path == [(("POST", f"/k/{KEY}{slash}"), JSON) for slash in ("", "/")]
