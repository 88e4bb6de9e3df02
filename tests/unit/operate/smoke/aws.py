"""A stack that exists in a test only: its web and its AWS, each answering as the test says."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from functions.core.apps import App
from functions.operate.connection import StackConnection
from functions.operate.registry.registration import Registration
from functions.operate.smoke.deployment import Deployment, Resource
from functions.operate.smoke.report import Finding, Report
from functions.operate.smoke.trial import Check, Trial
from functions.operate.smoke.undo import Undo
from functions.operate.smoke.web import Answer
from tests.connections import connection_to
from tests.unit.operate.smoke.clients import Asked

SECRET, KEY, CLIENT_ID = "the-client-secret/+", "ck_the-sensor-key", "the-client-id"
APP = App(app_id="urn:uuid:9a1c", tenant="t" * 22, name="smoke-1", edapps=("urn:uuid:9a1c",))
OUTPUTS = {"ApiId": "api", "BusName": "bus", "AlarmTopicArn": "arn:aws:sns:eu-west-1:000000000000:topic"}
RESOURCES = (
    Resource(kind="AWS::Lambda::Function", logical_id="TimeoutFunction1", physical_id="sweeper"),
    Resource(kind="AWS::CloudWatch::Alarm", logical_id="MonitoringDeadLetters1", physical_id="dead"),
)


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "as the test says"}}, "Operation")


class Stub(StackConnection):
    """A connection whose clients are those of the test."""

    def client(self, service: str) -> Any:
        return self.clients[service]


def asked_of(trial: Trial, service: str) -> list[tuple[str, dict[str, Any]]]:
    """The operations of a service that were asked for so far, in order, each with its parameters."""
    requests: list[tuple[str, dict[str, Any]]] = trial.connection.client(service).requests
    return requests


def answered(status: int, **body: Any) -> Answer:
    return Answer(status=status, headers={"content-type": "application/json"}, body=json.dumps(body).encode())


type Reply = Answer | Callable[[Mapping[str, str], bytes], Answer]


class ScriptedWeb:
    """Answers by verb and path (without query); what no test scripted is 200 and empty. Keeps what was asked."""

    def __init__(self, replies: Mapping[str, Reply]) -> None:
        self.replies = dict(replies)
        self.requests: list[tuple[str, str]] = []
        self.sent: list[tuple[dict[str, str], bytes]] = []  # headers and body of each

    def __call__(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        path = url.removeprefix("https://api")
        self.requests.append((method, path))
        self.sent.append((dict(headers or {}), body or b""))
        whole, short = f"{method} {path}", f"{method} {path.partition('?')[0]}"
        reply = self.replies.get(whole, self.replies.get(short, Answer(status=200)))
        return reply(headers or {}, body or b"") if callable(reply) else reply


class Clock:
    """Passes only when it is waited for."""

    def __init__(self) -> None:
        self.us = 1_769_508_180_000_000

    def now_us(self) -> int:
        return self.us

    def pause(self, seconds: float) -> None:
        self.us += round(seconds * 1e6)

    @property
    def datetime(self) -> datetime:
        return datetime.fromtimestamp(self.us / 1e6, UTC)


def trial_of(
    replies: Mapping[str, Reply] | None = None, *, local: bool = False, status: str = "CREATE_COMPLETE", **clients: Any
) -> Trial:
    """A trial over scripted answers and clients (`-` in a service's name as `_`, `lambda` as `lambda_`)."""
    services = {name.rstrip("_").replace("_", "-"): client for name, client in clients.items()}
    named: dict[str, Any] = {name: client and Asked(name, client) for name, client in services.items()}
    if local:
        named["endpoint_url"] = "http://127.0.0.1:1"
    clock, lines = Clock(), list[str]()
    report = Report(lines.append)
    return Trial(
        connection=connection_to(
            Stub,
            url="https://api",
            dlq_url="https://dead",
            user_pool_id="eu-west-1_Pool",
            clients=named,
        ),
        deployment=Deployment(name="Caliper", status=status, outputs=OUTPUTS, resources=RESOURCES),
        web=ScriptedWeb({"POST /oauth2/token": answered(200, access_token="a.b.c"), **(replies or {})}),
        report=report,
        undo=Undo(report),
        app=Registration(app=APP, client_id=CLIENT_ID, client_secret=SECRET, sensor_key=KEY),
        learner="urn:uuid:1e",
        now_us=clock.now_us,
        pause=clock.pause,
    )


def findings_by_name(check: Check, trial: Trial) -> dict[str, Finding]:
    """What a check found, by what it looked at."""
    return {finding.what: finding for finding in check(trial)}


def failed(check: Check, trial: Trial) -> set[str]:
    return {what for what, finding in findings_by_name(check, trial).items() if finding.status == "FAIL"}
