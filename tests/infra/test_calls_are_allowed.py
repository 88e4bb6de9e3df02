"""What the functions call of AWS is what they may: recorded over moto, held against the synthesised policies.

The emulator evaluates no IAM, so a call without its permission would first be noticed on AWS.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from copy import replace
from typing import Any
from urllib.parse import quote

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from msgspec import structs

from functions.authorize.handler import Dependencies as AuthorizeDependencies
from functions.authorize.handler import handler as authorize
from functions.backup.handler import Dependencies as BackupDependencies
from functions.backup.handler import handler as backup
from functions.core.apps import App
from functions.core.jobs import job_id, job_key
from functions.core.messages import Item, Message
from functions.core.sender_alarms.alarms import SenderAlarms
from functions.core.times import format_time
from functions.core.webhooks.delivery import Delivery, pack
from functions.core.webhooks.webhook import Webhook
from functions.deliver.dependencies import Dependencies as DeliverDependencies
from functions.deliver.handler import handler as deliver
from functions.http.gate import ADMIN, CLIENT_SCOPES, KEY_SCOPES, Principal, principal_context
from functions.http.shapes.webhooks.webhooks import FILTER_ID, WEBHOOK_ID
from functions.manage.dependencies import Dependencies as ManageDependencies
from functions.manage.handler import handler as manage
from functions.manage.settings import ManageSettings
from functions.privacy.erasure_context import learner_erasure
from functions.query.dependencies import Dependencies
from functions.query.edubridge.ids import enrollment_id
from functions.query.handler import handler as query
from functions.query.routes import ROUTES
from functions.query.settings import QuerySettings
from functions.settings import ProcessSettings, TimeoutSettings
from functions.store import keys
from functions.store.archive import S3Archive
from functions.store.aws.invocation import LambdaInvoker
from functions.store.backlog import BacklogReporter, lag_us, sweep_orders
from functions.store.bus import EventBridgeBus, NamingBus
from functions.store.copies.registry import RegistryCopies
from functions.store.dynamodb.table import DynamoTable
from functions.store.erasure.requests import PersonRequest, request_row
from functions.store.erasure.rows import add_erasures
from functions.store.erasure.secret import held_secret, pseudonym_secret
from functions.store.erasure.work import SqsWorkQueue
from functions.store.outbound.poster import Posted
from functions.store.queue import SqsQueue, SqsQueueReader
from functions.store.registrations import Registrations
from functions.store.registry import Registry
from functions.store.sender_alarms.rows import alarms_row
from functions.store.signers.signing_keys import KeySet
from functions.store.usage import usage_key
from functions.store.webhooks.delivery_queue import SqsDeliveryQueue, SqsGivenUp
from functions.store.webhooks.webhooks import Change, Registered, change_webhooks, read_webhooks
from functions.storing.pipeline import process
from functions.timeout.context import Context
from functions.timeout.ids.walk import walk_on
from functions.timeout.sender_alarms import ask_alarms
from functions.timeout.sweep import sweep
from functions.validate.handler import Dependencies as ValidateDependencies
from functions.validate.handler import handler as validate
from tests.aws import BUCKET, REGION, REGISTRY, TABLE, dynamodb_table, mocked, registry_table, s3_bucket, sqs_queue
from tests.infra.conftest import Synthesised, logical_id_of_queue
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

# The route's template, and its query.
QUESTIONS: tuple[tuple[str, dict[str, str]], ...] = (
    ("/erasures", {"id": "count"}),
    ("/person-exports", {"id": "export"}),
    ("/events", {"actor": STUDENT}),
    ("/events", {"id": "{externalId}"}),
    ("/sessions", {"actor": STUDENT}),
    ("/runs", {"actor": STUDENT}),
    ("/progress", {"actor": STUDENT}),
    ("/insights", {"actor": STUDENT}),
    ("/rejections", {}),
    ("/conflicts", {}),
    ("/arrivals", {}),
    ("/volume", {}),
    ("/learners", {"email": "learner@example.org"}),
    ("/courses", {"id": "c-7"}),
    ("/aliases", {"actor": STUDENT}),
    ("/account", {}),
    ("/sender-alarms", {}),
    ("/operations", {}),
    ("/caliper/events", {}),
    ("/caliper/events/{externalId}", {}),
    ("/jobs/{jobId}/status", {}),
    ("/insights/1.0/users/{userId}", {}),
    ("/insights/1.0/users/{userId}/sessions", {}),
    ("/insights/1.0/users/{userId}/overview", {}),
    ("/insights/1.0/sessions/{sessionId}", {}),
    ("/webhooks", {}),
    ("/webhooks/{webhookId}", {}),
    ("/webhooks/{webhookId}/attempts", {}),
    ("/webhook-filters", {}),
    ("/webhook-filters/{filterId}", {}),
    ("/webhook-filters/webhook/{webhookId}", {}),
    (
        "/edubridge/analytics/activity",
        {"studentId": STUDENT, "startDate": "2026-01-27", "endDate": "2026-01-28", "timezone": "UTC"},
    ),
    (
        "/edubridge/analytics/facts/weekly",
        {"studentId": STUDENT, "weekDate": "2026-01-27", "timezone": "UTC"},
    ),
    ("/edubridge/analytics/enrollment/{enrollmentId}", {}),
    ("/edubridge/analytics/highestGradeMastered/{studentId}/{subject}", {}),
    ("/edubridge/enrollments/user/{userId}", {}),
)
WITHOUT_CALLS = {
    "/",
    "/caliper/event",
    "/k/{key}",
    "/health",
    "/openapi.json",
    "/docs",
    "/.well-known/security.txt",
    "/console",
    "/console/{file}",
    "/insights/1.0/types",
}

type Call = tuple[str, str, str]  # the IAM action, table (or queue, if not the usual), and the index if one is read


class Recorder:
    """Clients whose calls are noted, by function."""

    def __init__(self) -> None:
        self.calls: dict[str, set[Call]] = defaultdict(set)

    def client(self, function: str, service: str) -> Any:
        service, _, queue = service.partition(":")
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
            table = queue if service == "sqs" else table
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

    def take(request: Any, **_: Any) -> AWSResponse:
        return AWSResponse(request.url, 202, HTTPHeaders(), Taken())

    client.meta.events.register("before-send.lambda.Invoke", take)  # before moto's handler, which has no such function
    return client


class Taken:
    def stream(self, **_: Any) -> Iterator[bytes]:
        yield b""


WEBHOOK = Webhook(
    id="w",
    tenant=OWN.tenant,
    app_id=APP,
    name="W",
    target_url="https://events.example.org/",
    secret="my-shared-secret",
    active=True,
    created_us=NINE_US,
    updated_us=NINE_US,
)


def with_webhook(registered: Registered) -> tuple[Change, None]:
    return [registered.placed(WEBHOOK)], None


class FailingEndpoint:
    """It fails, and at last is gone."""

    statuses = iter([500] * 12)

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Posted:
        return Posted(status=next(self.statuses, 410))


def sent_on(recorder: Recorder, url: str, bus_name: str) -> None:
    """Each change, and each kind of delivery to an endpoint that fails until its webhook is disabled."""

    def registry_of(name: str) -> DynamoTable:
        return DynamoTable(recorder.client(name, "dynamodb"), REGISTRY)

    managing = ManageDependencies(
        table=DynamoTable(recorder.client("manage", "dynamodb"), TABLE),
        registry_table=registry_of("manage"),
        deliveries=SqsDeliveryQueue(recorder.client("manage", "sqs:deliveries"), url),
        person_requests=SqsWorkQueue(recorder.client("manage", "sqs:person requests"), url),
        settings=ManageSettings(table_name=TABLE, deliveries_url=url),
        new_id=lambda: "new",
    )
    admin = replace(OWN, app_id="https://admin.example.org", tenant="admin")
    principal = Principal(app=admin, scopes=ADMIN, kind="client")
    person = {"learner": STUDENT}
    body = {"name": "W", "targetUrl": WEBHOOK.target_url, "secret": "a-shared-secret", "active": True}
    for path, sent in (
        ("/webhooks", body),
        ("/webhooks/w/test", {}),
        ("/webhooks/w/retry", {"messageId": "m"}),
        ("/erasures", person),
    ):
        answer = manage(
            {
                "rawPath": path,
                "body": json.dumps(sent),
                "queryStringParameters": {"app": APP},
                "requestContext": {"authorizer": {"lambda": principal_context(principal)}, "http": {"method": "POST"}},
            },
            None,
            dependencies=managing,
            now_us=NINE_US,
        )
        assert answer["statusCode"] in (201, 202, 404), answer["body"]
    replacements: tuple[tuple[str, Any], ...] = (
        ("/aliases", {"person": STUDENT, "alias": "urn:another"}),
        ("/sender-alarms", {"clock": True}),
    )
    for path, replacement in replacements:
        said = manage(
            {
                "rawPath": path,
                "body": json.dumps(replacement),
                "requestContext": {"authorizer": {"lambda": principal_context(principal)}, "http": {"method": "PUT"}},
            },
            None,
            dependencies=managing,
            now_us=NINE_US,
        )
        assert said["statusCode"] == 200, said["body"]
    archive = S3Archive(recorder.client("deliver", "s3"), BUCKET)
    (key,) = archive.keys(from_day="20260302", to_day="20260302")
    delivering = DeliverDependencies(
        table=DynamoTable(recorder.client("deliver", "dynamodb"), TABLE),
        registry_table=registry_of("deliver"),
        archive=archive,
        deliveries=SqsDeliveryQueue(recorder.client("deliver", "sqs:deliveries"), url),
        given_up=SqsGivenUp(recorder.client("deliver", "sqs:given up"), url),
        poster=FailingEndpoint(),
        random=lambda: 0.5,
        bus=EventBridgeBus(recorder.client("deliver", "events"), bus_name),
    )
    events = Delivery(tenant=OWN.tenant, webhook="w", key=key, since_us=NINE_US)
    days = Delivery(tenant=OWN.tenant, webhook="w", kind="days", first=20260302, last=20260302)
    for number, delivery in enumerate([days, events, structs.replace(events, attempts=10), *[events] * 11]):
        records = [{"messageId": "1", "body": pack(delivery)}]
        now_us = NINE_US + number * HOUR_US
        assert deliver({"Records": records}, None, dependencies=delivering, now_us=now_us) == {"batchItemFailures": []}
    assert not read_webhooks(registry_of("test"), OWN.tenant).webhooks["w"].active
    del recorder.calls["test"]


def everything(recorder: Recorder) -> None:
    """Each function through its calls: births, repeats, closing, outbox, heartbeats, every kind of read."""
    _, url = sqs_queue()
    dead_letters_url = boto3.client("sqs", region_name=REGION).create_queue(QueueName="dead")["QueueUrl"]
    bus_name = boto3.client("events", region_name=REGION).create_event_bus(Name="notices")["EventBusArn"]
    payloads = Payloads(9)
    handled = message(payloads)
    table = DynamoTable(recorder.client("process", "dynamodb"), TABLE)
    process_settings = ProcessSettings(table_name=TABLE, bucket_name=BUCKET)
    change_webhooks(DynamoTable(boto3.client("dynamodb", region_name=REGION), REGISTRY), OWN.tenant, with_webhook)
    gone = learner_erasure("urn:x:gone", alias="urn:erased:1", before_us=NINE_US, request="r")
    add_erasures(DynamoTable(boto3.client("dynamodb", region_name=REGION), REGISTRY), OWN.tenant, [gone])
    for _ in range(2):
        process(
            [handled],
            table=table,
            archive=S3Archive(recorder.client("process", "s3"), BUCKET),
            settings=process_settings,
            now_us=NINE_US,
            bus=NamingBus(
                EventBridgeBus(recorder.client("process", "events"), bus_name),
                lambda: held_secret(DynamoTable(recorder.client("process", "dynamodb"), REGISTRY)),
            ),
            registrations=Registrations(
                DynamoTable(recorder.client("process", "dynamodb"), REGISTRY), process_settings.timeouts
            ),
            deliveries=SqsDeliveryQueue(recorder.client("process", "sqs:deliveries"), url),
        )
    BacklogReporter().stored(table, now_us=NINE_US, oldest_us=NINE_US)
    BacklogReporter().failed(table, now_us=NINE_US, oldest_us=NINE_US)
    secret = pseudonym_secret(
        DynamoTable(recorder.client("timeout", "dynamodb"), REGISTRY), random_bytes=lambda count: b"s" * count
    )
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
            bus=NamingBus(EventBridgeBus(recorder.client("timeout", "events"), bus_name), lambda: secret),
        )
        sweep_orders(work.table, now_us=work.now_us)
        lag_us(work.table, work.queue, now_us=work.now_us)
        sweep(work, time_left=lambda: True)
        swept_registry = DynamoTable(recorder.client("timeout", "dynamodb"), REGISTRY)
        alarms = SenderAlarms(tenant=OWN.tenant, app_id=APP, silent_hours=1)
        DynamoTable(boto3.client("dynamodb", region_name=REGION), REGISTRY).put_all([alarms_row(alarms)])
        ask_alarms(work, swept_registry, time_left=lambda: True)
        walk_on(work, time_left=lambda: True)
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
    sent_on(recorder, url, bus_name)
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
    counters = DynamoTable(recorder.client("validate", "dynamodb"), TABLE)
    counters.count_up(
        usage_key(handled.tenant, handled.received_us), {"items": 1}, expires_s=handled.received_us // 1_000_000
    )
    event_id = json.loads(handled.items[0].raw)["id"]
    variables = {
        "externalId": event_id,
        "jobId": handled.job,
        "userId": STUDENT,
        "studentId": STUDENT,
        "subject": "Math",
        "sessionId": payloads.urn(),
        "enrollmentId": enrollment_id(STUDENT, "https://school.example.org/courses/1"),
        "webhookId": WEBHOOK_ID,
        "filterId": FILTER_ID,
    }
    for kind in ("count", "export"):
        person_request = PersonRequest(
            id=kind, tenant=OWN.tenant, kind=kind, asked_us=handled.received_us, changed_us=handled.received_us
        )
        DynamoTable(boto3.client("dynamodb", region_name=REGION), TABLE).put_all([request_row(person_request)])
    for template, values in QUESTIONS:
        path = template.format_map({name: quote(value, safe="") for name, value in variables.items()})
        event = {
            "rawPath": path,
            "headers": {},
            "requestContext": {**context, "http": {"method": "GET"}},
            "queryStringParameters": {name: value.format_map(variables) for name, value in values.items()},
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
        # 404: the row that it asked for is not there, which it knows because it read.
        assert answer["statusCode"] in ((200, 404) if "{" in template else (200,)), (path, answer["body"])


def test_every_route_that_reads_is_asked() -> None:
    """A new route is a new row in `QUESTIONS`, or makes no call to AWS."""
    templates = {template for template, _ in QUESTIONS}
    assert {route.path.template for route in ROUTES} == templates | WITHOUT_CALLS


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
        if action == "s3:ListObjectsV2":
            return {"Fn::GetAtt": [bucket, "Arn"]}
        prefix = {"process": "archive", "backup": "registry", "deliver": "archive"}[function]
        return {"Fn::Join": ["", [{"Fn::GetAtt": [bucket, "Arn"]}, f"/{prefix}/*"]]}
    if service == "sqs":
        usual = "DeadLetters" if action == "sqs:ReceiveMessage" else "Queue"  # only dead letters are looked at
        others = {"deliveries": "DeliverQueue", "given up": "DeliverDeadLetters", "person requests": "PersonRequests"}
        name = others.get(table, usual)
        return {"Fn::GetAtt": [logical_id_of_queue(production, name), "Arn"]}
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
    functions = {"authorize", "backup", "process", "timeout", "validate", "query", "manage", "deliver"}
    assert set(recorder.calls) == functions
    for name, calls in recorder.calls.items():
        allowed = granted(production, name)
        for action, table, index in calls:
            allowance = {"s3:ListObjectsV2": "s3:ListBucket"}.get(action, action)  # by that name a policy allows it
            assert called(production, name, action, table, index) in allowed[allowance], (
                f"{name} calls {action} of {index or table}"
            )
