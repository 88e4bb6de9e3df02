"""What the functions call of AWS is what they may: recorded over moto, held against the synthesised policies.

The emulator evaluates no IAM, so a call without its permission would first be noticed on AWS.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from functions.authorize.handler import Dependencies as AuthorizeDependencies
from functions.authorize.handler import handler as authorize
from functions.backup.handler import Dependencies as BackupDependencies
from functions.backup.handler import handler as backup
from functions.core.apps import App
from functions.core.jobs import job_id, job_key
from functions.core.messages import Item, Message
from functions.core.times import format_time
from functions.http.gate import ADMIN, CLIENT_SCOPES, KEY_SCOPES, Principal, principal_context
from functions.query.dependencies import Dependencies
from functions.query.handler import handler as query
from functions.settings import ProcessSettings, QuerySettings, TimeoutSettings
from functions.store import keys
from functions.store.archive import S3Archive
from functions.store.aws.invocation import LambdaInvoker
from functions.store.backlog import BacklogReporter, lag_us, sweep_orders
from functions.store.bus import EventBridgeBus
from functions.store.copies.registry import RegistryCopies
from functions.store.dynamodb.table import DynamoTable
from functions.store.queue import SqsQueue, SqsQueueReader
from functions.store.registrations import Registrations
from functions.store.registry import Registry
from functions.store.signing_keys import KeySet
from functions.storing.pipeline import process
from functions.timeout.context import Context
from functions.timeout.sweep import sweep
from functions.validate.handler import Dependencies as ValidateDependencies
from functions.validate.handler import handler as validate
from tests.aws import BUCKET, REGION, REGISTRY, TABLE, dynamodb_table, mocked, registry_table, s3_bucket, sqs_queue
from tests.infra.conftest import Synthesised
from tests.infra.test_permissions import listed, statements
from tests.payloads import APP, Payloads, envelope
from tests.unit.authorize.pool import ISSUER, NOW_S, Pool
from tests.world import NINE_US, STUDENT

OWN = App(app_id=APP, tenant=keys.tenant_of(APP), edapps=("*",))
KEY, CLIENT = "ck_the-key-of-this-test", "client-of-this-test"
HOUR_US = 3_600_000_000
ACTIONS = {
    "Invoke": ["InvokeFunction"],
    "SendMessageBatch": ["SendMessage"],
    "TransactWriteItems": ["PutItem", "UpdateItem"],
}

type Call = tuple[str, str, str]  # the IAM action, table, and the index if one is read


class Recorder:
    """Clients whose calls are noted, by function."""

    def __init__(self) -> None:
        self.calls: dict[str, set[Call]] = defaultdict(set)

    def client(self, function: str, service: str) -> Any:
        client = boto3.client(service, region_name=REGION)  # type: ignore[call-overload]

        def note(params: dict[str, Any], model: Any, **_: Any) -> None:
            body = json.loads(params["body"]) if service == "dynamodb" else {}
            index, table = str(body.get("IndexName", "")), REGISTRY if REGISTRY in str(body) else TABLE
            prefix = {"events": "events", "s3": "s3"}.get(service, service)
            if model.name == "TransactWriteItems":
                kinds = {next(iter(write)) for write in json.loads(params["body"])["TransactItems"]}
                names = [f"{kind}Item" for kind in kinds]
            else:
                names = ACTIONS.get(model.name, [model.name])
            self.calls[function] |= {(f"{prefix}:{name}", table, index) for name in names}

        client.meta.events.register("before-call", note)
        return client


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    with mocked(monkeypatch):
        dynamodb_table()
        registry_table()
        s3_bucket()
        yield Recorder()


def message(payloads: Payloads) -> Message:
    session = payloads.urn()
    timed_out = payloads.logged_out(STUDENT, session) | {
        "action": "TimedOut",
        "actor": {"id": APP, "type": "SoftwareApplication"},
        "object": {"id": session, "type": "Session"},
    }
    del timed_out["session"]
    events = [*payloads.events(30), payloads.logged_in(STUDENT, session, requiresHeartbeat=True), timed_out]
    events = [event | {"eventTime": format_time(NINE_US)} for event in events]
    items = [Item("event", json.dumps(event).encode()) for event in events] + [Item("rejection", b"{]")]
    return Message(
        tenant=OWN.tenant,
        app_id=APP,
        job=job_id(job_key(NINE_US, b"12345678"), [], 1),
        received_us=NINE_US,
        items=items,
    )


def authorized(recorder: Recorder) -> None:
    """Both kinds of credential, let in by a register that nothing remembers."""
    pool = Pool()
    for credential in (KEY, f"Bearer {pool.token(CLIENT, *CLIENT_SCOPES)}"):
        table = DynamoTable(recorder.client("authorize", "dynamodb"), REGISTRY)
        dependencies = AuthorizeDependencies(registry=Registry(table), issuer=ISSUER, key_set=pool.key_set())
        verdict = authorize(
            {"headers": {"authorization": credential}}, None, dependencies=dependencies, now_us=round(NOW_S * 1e6)
        )
        assert "failure" not in verdict["context"]


def taking(client: Any) -> Any:
    """A client of Lambda whose invocations are taken and never run."""
    client.meta.events.register(
        "before-send", lambda request, **_: AWSResponse(request.url, 202, HTTPHeaders(), Taken())
    )
    return client


class Taken:
    def stream(self, **_: Any) -> Iterator[bytes]:
        yield b""


def everything(recorder: Recorder) -> None:
    """Each function through its calls: births, repeats, closing, outbox, heartbeats, every kind of read."""
    _, url = sqs_queue()
    dead_letters_url = boto3.client("sqs", region_name=REGION).create_queue(QueueName="dead")["QueueUrl"]
    bus_name = boto3.client("events", region_name=REGION).create_event_bus(Name="notices")["EventBusArn"]
    payloads = Payloads(9)
    one = message(payloads)
    table = DynamoTable(recorder.client("process", "dynamodb"), TABLE)
    process_settings = ProcessSettings(table_name=TABLE, bucket_name=BUCKET)
    for _ in range(2):
        process(
            [one],
            table=table,
            archive=S3Archive(recorder.client("process", "s3"), BUCKET),
            settings=process_settings,
            now_us=NINE_US,
            bus=EventBridgeBus(recorder.client("process", "events"), bus_name),
        )
    BacklogReporter().stored(table, now_us=NINE_US, oldest_us=NINE_US)
    BacklogReporter().failed(table, now_us=NINE_US, oldest_us=NINE_US)
    for hours in (0, 1, 2):
        swept_table = DynamoTable(recorder.client("timeout", "dynamodb"), TABLE)
        timeout_settings = TimeoutSettings(table_name=TABLE, queue_url=url)
        work = Context(
            table=swept_table,
            queue=SqsQueue(recorder.client("timeout", "sqs"), url),
            settings=timeout_settings,
            registrations=Registrations(swept_table, timeout_settings.timeouts),
            now_us=NINE_US + hours * HOUR_US,
            lag_us=0,
            system_id="urn:uuid:s",
            bus=EventBridgeBus(recorder.client("timeout", "events"), bus_name),
        )
        sweep_orders(work.table, now_us=work.now_us)
        lag_us(work.table, work.queue, now_us=work.now_us)
        sweep(work, time_left=lambda: True)
    LambdaInvoker(lambda: taking(recorder.client("timeout", "lambda")), "timeout").begin({"shards": []})
    copies = RegistryCopies(recorder.client("backup", "s3"), BUCKET)
    dependencies = BackupDependencies(
        dynamodb=recorder.client("backup", "dynamodb"), table_name=REGISTRY, copies=copies
    )
    backup({}, None, dependencies=dependencies, now_us=NINE_US)
    registry = Registry(DynamoTable(boto3.client("dynamodb", region_name=REGION), REGISTRY))
    registry.add_app(OWN, now_us=NINE_US)
    registry.add_key(KEY, app=OWN, scopes=KEY_SCOPES, now_us=NINE_US)
    registry.add_client(CLIENT, app=OWN, scopes=CLIENT_SCOPES, now_us=NINE_US)
    authorized(recorder)
    scopes = CLIENT_SCOPES | ADMIN
    context = {"authorizer": {"lambda": principal_context(Principal(app=OWN, scopes=scopes, kind="client"))}}
    headers = {"content-type": "application/json"}
    for path, body in (
        ("/caliper/event", envelope(payloads.lesson_started(STUDENT))),
        ("/events/1.0/heartbeat", {"sessionId": payloads.urn()}),
    ):
        event = {"rawPath": path, "headers": headers, "requestContext": context, "body": json.dumps(body)}
        validate(
            event,
            None,
            dependencies=ValidateDependencies(
                queue=SqsQueue(recorder.client("validate", "sqs"), url),
                table=DynamoTable(recorder.client("validate", "dynamodb"), TABLE),
                key_set_of=KeySet,
            ),
        )
    event_id = json.loads(one.items[0].raw)["id"]
    for path, values in (
        ("/events", {"actor": STUDENT}),
        ("/events", {"id": event_id}),
        ("/sessions", {"actor": STUDENT}),
        ("/runs", {"actor": STUDENT}),
        ("/progress", {"actor": STUDENT}),
        ("/insights", {"actor": STUDENT}),
        ("/rejections", {}),
        ("/arrivals", {}),
        ("/volume", {}),
        ("/learners", {"email": "learner@example.org"}),
        ("/account", {}),
        ("/operations", {}),
        ("/caliper/events", {}),
        (f"/jobs/{one.job}/status", {}),
    ):
        event = {
            "rawPath": path,
            "headers": {},
            "requestContext": {**context, "http": {"method": "GET"}},
            "queryStringParameters": values,
        }
        answer = query(
            event,
            None,
            dependencies=Dependencies(
                table=DynamoTable(recorder.client("query", "dynamodb"), TABLE),
                registry_table=DynamoTable(recorder.client("query", "dynamodb"), REGISTRY),
                settings=QuerySettings(table_name=TABLE),
                open_queues=lambda: SqsQueueReader(recorder.client("query", "sqs"), url, dead_letters_url),
            ),
        )
        assert answer["statusCode"] == 200, (path, answer["body"])


def granted(production: Synthesised, name: str) -> dict[str, list[Any]]:
    """Actions that a function's policy allows, each with its resources as the template names them."""
    granted_statements: dict[str, list[Any]] = defaultdict(list)
    for statement in statements(production, name):
        for action in listed(statement["Action"]):
            granted_statements[action] += listed(statement["Resource"])
    return granted_statements


def called(production: Synthesised, function: str, action: str, table: str, index: str) -> Any:
    """The resource of a call as a policy of this template has to name it."""
    service = action.partition(":")[0]
    if service == "s3":
        (bucket,) = production.resources("AWS::S3::Bucket")
        prefix = {"process": "archive", "backup": "registry"}[function]
        return {"Fn::Join": ["", [{"Fn::GetAtt": [bucket, "Arn"]}, f"/{prefix}/*"]]}
    if service == "sqs":
        (queue,) = (
            name
            for name, resource in production.resources("AWS::SQS::Queue").items()
            if ("RedrivePolicy" in resource["Properties"])
            is not (action == "sqs:ReceiveMessage")  # only of dead letters
        )
        return {"Fn::GetAtt": [queue, "Arn"]}
    if service == "lambda":
        (name,) = (name for name in production.resources("AWS::Lambda::Function") if name.startswith("Timeout"))
        return {"Fn::GetAtt": [name, "Arn"]}
    if service == "events":
        (name,) = production.resources("AWS::Events::EventBus")
    else:
        kind = {TABLE: "StorageTable", REGISTRY: "StorageRegistry"}[table]
        (name,) = [name for name in production.resources("AWS::DynamoDB::Table") if name.startswith(kind)]
    arn = {"Fn::GetAtt": [name, "Arn"]}
    return {"Fn::Join": ["", [arn, f"/index/{index}"]]} if index else arn


def test_every_call_of_every_function_is_allowed(recorder: Recorder, production: Synthesised) -> None:
    everything(recorder)
    assert set(recorder.calls) == {"authorize", "backup", "process", "timeout", "validate", "query"}
    for name, calls in recorder.calls.items():
        allowed = granted(production, name)
        for action, table, index in calls:
            assert called(production, name, action, table, index) in allowed[action], (
                f"{name} calls {action} of {index or table}"
            )
