"""A stack that exists in a test only: its web and its AWS, each answering as the test says."""

# ruff: noqa: N803  # botocore spells arguments so

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
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


def answered(status: int, **body: Any) -> Answer:
    return Answer(status=status, headers={"content-type": "application/json"}, body=json.dumps(body).encode())


type Reply = Answer | Callable[[Mapping[str, str], bytes], Answer]


class ScriptedWeb:
    """Answers by verb and path (without query); what no test scripted is 200 and empty. Keeps what was asked."""

    def __init__(self, replies: Mapping[str, Reply]) -> None:
        self.replies = dict(replies)
        self.requests: list[tuple[str, str]] = []

    def __call__(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        path = url.removeprefix("https://api")
        self.requests.append((method, path))
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
    named: dict[str, Any] = {name.rstrip("_").replace("_", "-"): client for name, client in clients.items()}
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


class Queues:
    """SQS: queues by their address, each message received once until it is made visible again."""

    def __init__(self, *urls: str) -> None:
        self.queues: dict[str, list[dict[str, Any]]] = {url: [] for url in urls}
        self.hidden: set[str] = set()
        self.policies: dict[str, str] = {}
        self.count = 0
        self.exceptions = SimpleNamespace(QueueDoesNotExist=LookupError)

    def create_queue(self, *, QueueName: str, Attributes: Mapping[str, str]) -> Any:
        self.queues[f"https://{QueueName}"] = []
        return {"QueueUrl": f"https://{QueueName}"}

    def get_queue_url(self, *, QueueName: str) -> Any:
        if f"https://{QueueName}" not in self.queues:
            raise LookupError(QueueName)
        return {"QueueUrl": f"https://{QueueName}"}

    def delete_queue(self, *, QueueUrl: str) -> None:
        del self.queues[QueueUrl]

    def get_queue_attributes(self, *, QueueUrl: str, AttributeNames: list[str]) -> Any:
        return {"Attributes": {"QueueArn": f"arn:{QueueUrl}"}}

    def set_queue_attributes(self, *, QueueUrl: str, Attributes: Mapping[str, str]) -> None:
        self.policies[QueueUrl] = Attributes["Policy"]

    def put(self, url: str, body: str) -> None:
        self.count += 1
        self.queues[url].append({"MessageId": f"m{self.count}", "ReceiptHandle": f"m{self.count}", "Body": body})

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> Any:
        for entry in Entries:
            self.put(QueueUrl, entry["MessageBody"])
        return {"Successful": [{"Id": entry["Id"]} for entry in Entries]}

    def receive_message(self, *, QueueUrl: str, **_: Any) -> Any:
        visible = [queue for queue in self.queues[QueueUrl] if queue["MessageId"] not in self.hidden]
        self.hidden |= {message["MessageId"] for message in visible}
        return {"Messages": visible}

    def change_message_visibility(self, *, QueueUrl: str, ReceiptHandle: str, VisibilityTimeout: int) -> None:
        self.hidden.discard(ReceiptHandle)

    def delete_message(self, *, QueueUrl: str, ReceiptHandle: str) -> None:
        self.queues[QueueUrl] = [queue for queue in self.queues[QueueUrl] if queue["MessageId"] != ReceiptHandle]

    def delete_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> Any:
        for entry in Entries:
            self.delete_message(QueueUrl=QueueUrl, ReceiptHandle=entry["ReceiptHandle"])
        return {"Successful": [{"Id": entry["Id"]} for entry in Entries]}


class Pages:
    """A client with one paginated operation."""

    def __init__(self, *pages: Mapping[str, Any], **methods: Any) -> None:
        self._pages = pages
        for name, method in methods.items():
            setattr(self, name, method)

    def get_paginator(self, _operation: str) -> Any:
        def paginate(**_: Any) -> Iterator[Mapping[str, Any]]:
            return iter(self._pages)

        return SimpleNamespace(paginate=paginate)
