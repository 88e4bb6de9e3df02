"""`caliper serve`: one request in, its consequences there at once, everything forgotten on request."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from functions.client.double.apps import ServedApp
from functions.client.double.clock import Clock
from functions.client.double.micro import micro_answer
from functions.client.double.request import HttpRequest
from functions.client.double.service import Double, app_of
from functions.client.validating.judgement import ANY_APP, judge_payload
from functions.core.caliper.findings import Refusal
from functions.core.times import MINUTE_US, format_time, parse_time
from infra.local.demonstration.example import example
from tests.bench.corpus import CORPORA, payloads
from tests.e2e.receivers import receiver
from tests.payloads import V1P2, Json, Payloads

NOON_US = parse_time("2026-03-02T12:00:00Z") or 0
KEY = {"authorization": "Bearer any-key-at-all", "content-type": "application/json"}
ROOT = Path(__file__).resolve().parents[3]
SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
STUDENT = "urn:uuid:0a0a0a0a-0000-4000-8000-000000000001"


class Client:
    """Asks a double as a program would over HTTP."""

    def __init__(self, *apps: ServedApp, idle_minutes: float = 30) -> None:
        self.double = Double(apps, clock=Clock(lambda: NOON_US), idle_minutes=idle_minutes)
        self.payloads = Payloads(7)

    def ask(self, method: str, target: str, body: Any = None, headers: dict[str, str] | None = None) -> dict[str, Any]:
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        request = HttpRequest(method=method, target=target, headers=KEY if headers is None else headers, body=raw)
        answer = micro_answer if target.startswith("/micro/") else Double.answer
        answered = answer(self.double, request)
        return {"status": answered["statusCode"], "body": json.loads(answered["body"] or "null")}

    def event(self, **changes: Any) -> Json:
        return self.payloads.question_started(STUDENT) | {"eventTime": format_time(NOON_US)} | changes

    def send(self, *items: Any) -> dict[str, Any]:
        envelope = {
            "sensor": "https://a.example.org",
            "sendTime": format_time(NOON_US),
            "dataVersion": V1P2,
            "data": list(items),
        }
        return self.ask("POST", "/caliper/event", envelope)

    def counts(self) -> tuple[int, int, int]:
        body = self.ask("GET", "/micro/all")["body"]
        return body["good"], body["bad"], body["refused"]


@pytest.fixture
def client() -> Client:
    return Client()


def test_an_event_can_be_read_as_soon_as_it_was_accepted(client: Client) -> None:
    event = client.event()
    sent = client.send(event)
    assert sent["status"] == 200
    (row,) = client.ask("GET", f"/events?id={event['id']}")["body"]["events"]
    assert row["event"] == event
    job = client.ask("GET", f"/jobs/{sent['body']['jobId']}/status")["body"]["job"]
    assert job["state"] == "completed"


def test_good_and_bad_say_what_was_sent_and_why_it_was_rejected(client: Client) -> None:
    good, bad = client.event(), client.event(object=7)
    client.send(good, bad)
    assert client.counts() == (1, 1, 0)
    assert [row["item"] for row in client.ask("GET", "/micro/good")["body"]["items"]] == [good]
    (rejected,) = client.ask("GET", "/micro/bad")["body"]["items"]
    assert rejected["item"] == bad
    assert [finding["pointer"] for finding in rejected["findings"]] == ["/object"]


def test_a_refused_request_is_bad_with_what_it_was_answered(client: Client) -> None:
    client.ask("POST", "/caliper/event", b"{oops")
    (refused,) = client.ask("GET", "/micro/bad")["body"]["refused"]
    assert (refused["status"], refused["answer"]["code"]) == (400, "json")
    assert client.counts() == (0, 0, 1)


def test_a_whole_envelope_of_rejections_is_counted_by_its_items_only(client: Client) -> None:
    assert client.send(client.event(object=7))["status"] == 400
    assert client.counts() == (0, 1, 0)


def test_good_is_filtered_by_type_action_and_actor(client: Client) -> None:
    client.send(client.event(), client.event(action="Paused"))
    assert len(client.ask("GET", "/micro/good?action=Paused")["body"]["items"]) == 1
    assert len(client.ask("GET", "/micro/good?type=NavigationEvent")["body"]["items"]) == 0
    assert len(client.ask("GET", f"/micro/good?actor={STUDENT}")["body"]["items"]) == 2
    assert client.ask("GET", "/micro/good?colour=red")["status"] == 400


def test_a_reset_forgets_events_sessions_and_the_clock_but_no_credential(client: Client) -> None:
    client.send(client.event())
    client.ask("POST", "/micro/clock", {"forwardMinutes": 90})
    client.ask("POST", "/micro/reset")
    assert client.counts() == (0, 0, 0)
    assert client.ask("GET", "/micro/clock")["body"]["now"] == format_time(NOON_US)
    assert client.ask("GET", f"/sessions?actor={STUDENT}")["body"]["sessions"] == []
    assert client.send(client.event())["status"] == 200


def test_moving_the_clock_past_the_idle_timeout_ends_the_session_and_emits_timed_out(client: Client) -> None:
    client.send(client.event())
    assert [row["state"] for row in client.ask("GET", f"/sessions?actor={STUDENT}")["body"]["sessions"]] == ["open"]
    assert client.ask("POST", "/micro/clock", {"forwardMinutes": 31})["status"] == 200
    (session,) = client.ask("GET", f"/sessions?actor={STUDENT}")["body"]["sessions"]
    assert (session["state"], session["endedAtTime"]) == ("closed", format_time(NOON_US))
    actions = [row["event"]["action"] for row in client.ask("GET", f"/events?actor={STUDENT}")["body"]["events"]]
    assert actions.count("TimedOut") == 1
    assert "TimedOut" in [notice["kind"] for notice in client.ask("GET", "/micro/notices")["body"]["notices"]]
    assert client.counts() == (1, 0, 0), "what the service emits was not sent by the app"


def test_without_a_move_of_the_clock_no_session_ends(client: Client) -> None:
    client.send(client.event())
    client.double.sweep()
    assert [row["state"] for row in client.ask("GET", f"/sessions?actor={STUDENT}")["body"]["sessions"]] == ["open"]


def test_a_minute_later_the_sweep_ran_by_itself() -> None:
    now = [NOON_US]
    client = Client()
    client.double.clock = Clock(lambda: now[0])
    client.send(client.event())
    now[0] += 31 * MINUTE_US
    (session,) = client.ask("GET", f"/sessions?actor={STUDENT}")["body"]["sessions"]
    assert session["state"] == "closed"


@pytest.mark.parametrize(
    "body", [b"", b"soon", {"now": "soon"}, {"forwardMinutes": "1"}, {"forwardMinutes": 1, "now": "2026-01-27"}, []]
)
def test_a_clock_that_cannot_be_set_so_is_refused_with_what_to_send(client: Client, body: Any) -> None:
    refused = client.ask("POST", "/micro/clock", body)
    assert (refused["status"], refused["body"]["code"]) == (400, "wrong-clock")


@pytest.mark.parametrize(
    "credential", ["ck_1", "Bearer ck_1", "Basic YTpi", "Basic c29tZS1rZXk="], ids=["bare", "bearer", "basic", "halved"]
)
def test_any_credential_is_accepted(client: Client, credential: str) -> None:
    headers = KEY | {"authorization": credential}
    assert client.ask("GET", f"/sessions?actor={STUDENT}", headers=headers)["status"] == 200


def test_no_credential_is_refused_as_on_aws(client: Client) -> None:
    headers = {"content-type": "application/json"}
    assert client.ask("GET", f"/sessions?actor={STUDENT}", headers=headers)["status"] == 401


def token_request(client: Client, client_id: str, secret: str, **form: str) -> dict[str, Any]:
    fields = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret, **form}
    body = "&".join(f"{name}={value}" for name, value in fields.items()).encode()
    return client.ask("POST", "/oauth2/token", body, {"content-type": "application/x-www-form-urlencoded"})


def test_a_token_of_any_client_is_good_whenever_the_clock_stands(client: Client) -> None:
    token = token_request(client, "me", "secret")["body"]["access_token"]
    client.ask("POST", "/micro/clock", {"forwardMinutes": 60 * 24 * 400})
    headers = KEY | {"authorization": f"Bearer {token}"}
    assert client.ask("GET", f"/sessions?actor={STUDENT}", headers=headers)["status"] == 200


def test_named_credentials_shut_out_all_others() -> None:
    client = Client(ServedApp(app_of(), keys=["right"], clients={"me": "secret"}))
    statuses = [
        client.ask("GET", f"/sessions?actor={STUDENT}", headers=KEY | {"authorization": key})["status"]
        for key in ("right", "wrong")
    ]
    assert statuses == [200, 401]
    assert token_request(client, "me", "wrong")["body"] == {"error": "invalid_client"}
    assert token_request(client, "me", "secret", scope="made-up")["body"] == {"error": "invalid_scope"}
    assert token_request(client, "me", "secret")["status"] == 200


def test_a_key_is_no_client(client: Client) -> None:
    """People try a key in the fields of a client: it is refused, as the user pool refuses it."""
    assert client.ask("GET", f"/sessions?actor={STUDENT}", headers=KEY | {"authorization": "my-key"})["status"] == 200
    assert token_request(client, "my-key", "my-key") == {**token_request(client, "my-key", "other"), "status": 400}
    assert token_request(client, "my-key", "my-key")["body"] == {"error": "invalid_client"}


def test_a_page_of_any_origin_may_call(client: Client) -> None:
    request = HttpRequest(
        method="OPTIONS",
        target="/caliper/event",
        headers={"origin": "https://a.example.org", "access-control-request-method": "POST"},
    )
    assert client.double.answer(request)["statusCode"] == 204
    request = HttpRequest(method="GET", target="/health", headers={"origin": "https://a.example.org"})
    assert client.double.answer(request)["headers"]["Access-Control-Allow-Origin"] == "*"


def outcomes(body: bytes) -> list[str]:
    """What `caliper validate` says of each item of a payload."""
    judged = judge_payload(body, app=ANY_APP, now_us=NOON_US)
    return ["refused"] if isinstance(judged, Refusal) else [_word(verdict.accepted) for verdict in judged]


def _word(accepted: bool) -> str:
    return "accepted" if accepted else "rejected"


@pytest.mark.slow
@pytest.mark.parametrize("corpus", CORPORA, ids=lambda corpus: corpus.parent.name)
def test_over_the_corpus_validate_and_the_double_give_the_same_verdicts_with_the_same_reasons(corpus: Path) -> None:
    client = Client()
    compared = 0
    for path, body in payloads(corpus):
        value = json.loads(body) if judged_as_json(body) else None
        if isinstance(value, dict) and "data" not in value:  # an event or entity alone: the API takes it wrapped
            head = {"sensor": "s", "sendTime": "2026-01-27T10:00:00Z", "dataVersion": V1P2}
            wrapped = json.dumps(head).encode()[:-1] + b', "data": [' + body.strip() + b"]}"
        else:
            wrapped = body
        client.ask("POST", "/micro/reset")
        client.ask("POST", "/caliper/event", wrapped)
        good, bad, refused = client.counts()
        outcomes_of_body = outcomes(body)
        assert (
            outcomes_of_body.count("accepted"),
            outcomes_of_body.count("rejected"),
            outcomes_of_body.count("refused"),
        ) == (good, bad, refused), path
        validated = client.ask("POST", "/caliper/event/validate", wrapped)["body"]
        judged = judge_payload(wrapped, app=ANY_APP, now_us=NOON_US)
        if not isinstance(judged, Refusal):
            findings = [finding.as_dict() for verdict in judged for finding in verdict.findings]
            both = validated["errors"] + validated["warnings"]
            assert (
                sorted(map(repr, ({name: row[name] for name in findings[0]} for row in both)))
                == sorted(map(repr, findings))
                if findings
                else both == []
            ), path
        compared += 1
    assert compared > 50


def judged_as_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


@pytest.mark.slow
def test_the_program_prints_its_url_first_answers_and_ends_on_sigterm() -> None:
    program = [sys.executable, "-m", "functions.client", "serve", "--port", "0"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        try:
            with httpx.Client(base_url=url, headers={"Authorization": "any"}, trust_env=False) as http:
                assert http.get("/health").json()["status"] == "ok"
                assert http.head("/health").content == b""
                assert http.get("/micro/all").json()["total"] == 0
                chunks = iter([b'{"forward', b'Minutes": 5}'])
                assert http.post("/micro/clock", content=chunks).status_code == 200
                assert http.post("/micro/nothing").status_code == 404
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0


@pytest.mark.slow
def test_a_port_that_is_taken_is_said_with_what_to_do() -> None:
    program = [sys.executable, "-m", "functions.client", "serve", "--host", "192.0.2.1", "--port", "4010"]
    done = subprocess.run(program, capture_output=True, text=True, check=False, cwd=ROOT, env=dict(os.environ))
    assert done.returncode == 2
    assert "--port" in done.stderr


@pytest.mark.parametrize("house", ["", "timeback"])
def test_a_strict_app_stores_what_timebacks_sdk_sends_of_social_studies_with_a_warning(house: str) -> None:
    client = Client(ServedApp(app_of(strict=True, house=house), keys=["any-key-at-all"]))
    spent, completed = example("timeback-profile.json")["data"]
    for event in (spent, completed):
        event["object"]["id"] = "https://app.example.org/activities/Social Studies/1"
        event["eventTime"] = format_time(NOON_US)
    answered = client.send(spent, completed)
    assert answered["status"] == 200, answered
    assert answered["body"]["status"] == "success"
    for event in (spent, completed):
        (row,) = client.ask("GET", f"/events?id={quote(event['id'], safe='')}")["body"]["events"]
        assert row["event"]["object"]["id"] == "https://app.example.org/activities/Social Studies/1"
        assert [(finding["severity"], finding["code"], finding["pointer"]) for finding in row["warnings"]] == [
            ("warning", "iri", "/object/id")
        ]
    elsewhere = spent | {"id": "urn:uuid:0a0a0a0a-0000-4000-8000-0000000000ff", "generated": {**spent["generated"]}}
    elsewhere["generated"]["id"] = "https://app.example.org/Social Studies/2"
    assert client.send(elsewhere)["status"] == 400


def test_an_alarm_of_an_app_reaches_its_webhook_when_it_rings_and_when_it_clears(client: Client) -> None:
    with receiver(SECRET) as into:

        def states_at(minutes: int) -> list[str]:
            client.double.set_clock(NOON_US + minutes * MINUTE_US)
            return [event["extensions"]["state"] for event in into.events if event["type"] == "Event"]

        client.ask("POST", "/webhooks", {"name": "W", "targetUrl": into.url, "secret": SECRET, "active": True})
        assert client.ask("PUT", "/sender-alarms", {"silentHours": 2})["status"] == 200
        assert [states_at(minutes) for minutes in (119, 120, 150)] == [[], ["ringing"], ["ringing"]]
        client.send(client.event(eventTime=format_time(NOON_US + 150 * MINUTE_US)))
        assert states_at(151) == ["ringing", "cleared"]
        assert len(set(into.taken)) == len(into.taken)
