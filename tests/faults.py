"""A whole stack over moto whose AWS calls go wrong as a test says, and an SQS that delivers again until it gives up.

Nothing of ours is patched: faults enter through botocore's own events, below our doors. They replace what botocore says
after its own retries, so that no test waits for a backoff.
"""

import base64
import gzip
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

import boto3
import orjson
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from functions.core.apps import App
from functions.core.ids import canonical_id
from functions.http.gate import CLIENT_SCOPES, Principal, principal_context
from functions.operate.recovery.redrive import redrive
from functions.process.handler import Dependencies as ProcessDependencies
from functions.process.handler import handler as process_handler
from functions.settings import ProcessSettings, TimeoutSettings
from functions.store import keys
from functions.store.archive import S3Archive, messages_of
from functions.store.dynamodb.table import DynamoTable, Row, rows
from functions.store.quarantine.rejections import from_row
from functions.store.queue import SqsDeadLetters, SqsQueue
from functions.store.registrations import Registrations
from functions.store.rows.events import fact_of_row
from functions.timeout.handler import handler as timeout_handler
from functions.validate.handler import handler as validate_handler
from tests.aws import BUCKET, REGION, TABLE, dynamodb_table, s3_bucket
from tests.handlers import timeout_dependencies, validate_dependencies
from tests.payloads import APP, Json

RECEIVES = 20  # then SQS makes a dead letter of a message
PLAIN = Config(retries={"total_max_attempts": 1}, parameter_validation=False)

type Kind = Literal["throttled", "unavailable", "timeout", "lost", "killed", "killed after", "invalid", "key refused"]
KINDS: tuple[Kind, ...] = ("throttled", "unavailable", "timeout", "lost")

_CODES = {
    "throttled": (400, "ThrottlingException"),
    "unavailable": (503, "ServiceUnavailable"),
    "invalid": (400, "ValidationException"),
    "key refused": (400, "KMS.DisabledException"),  # of the customer's key
}


class Killed(BaseException):
    """The sandbox went away: nothing in the code can catch it."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call to AWS: its number among all, its name such as `dynamodb.BatchWriteItem`, and its body."""

    number: int
    name: str
    body: bytes


type Rule = Callable[[Call], Kind | None]


@dataclass
class Faults:
    """Asks `rule` about every call of the clients it is attached to; `hand_back` cuts batches into parts."""

    rule: Rule = lambda _: None
    hand_back: Callable[[str, int], int] = lambda _name, _count: 0  # how many of a batch are handed back
    call_names: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _here: threading.local = field(default_factory=threading.local)

    def attach(self, client: Any) -> Any:
        client.meta.events.register("before-call", self._before)
        client.meta.events.register("after-call", self._after)
        return client

    def clear(self) -> None:
        self.rule = lambda _: None
        self.hand_back = lambda _name, _count: 0

    def _before(self, model: Any, params: Any, **_: Any) -> Any:
        name = f"{model.service_model.service_name}.{model.name}"
        with self._lock:
            self.call_names.append(name)
            body = params["body"] if isinstance(params["body"], bytes) else b""
            kind = self.rule(Call(len(self.call_names), name, body))
        self._here.kind, self._here.rest = kind, None
        if kind == "killed":
            raise Killed(name)
        if kind == "timeout":
            raise ConnectTimeoutError(endpoint_url="https://aws.example.org")
        if kind in _CODES:
            status, code = _CODES[kind]
            http = AWSResponse("https://aws.example.org", status, HTTPHeaders(), None)
            return http, {"Error": {"Code": code, "Message": "said by a test"}, "ResponseMetadata": {}}
        self._cut(name, params)
        return None

    def _cut(self, name: str, params: Any) -> None:
        """Let only a part of a batch through."""
        if name not in ("dynamodb.BatchWriteItem", "dynamodb.BatchGetItem", "sqs.SendMessageBatch"):
            return
        body = orjson.loads(params["body"])
        if name == "sqs.SendMessageBatch":
            batch, put = body["Entries"], body
        elif name == "dynamodb.BatchGetItem":
            put = body["RequestItems"][TABLE]
            batch = put["Keys"]
        else:
            put = body["RequestItems"]
            batch = put[TABLE]
        back = min(self.hand_back(name, len(batch)), len(batch))
        if not back:
            return
        kept, rest = batch[:-back], batch[-back:]
        if not kept:
            kept, rest = batch[:1], batch[1:]  # AWS takes no empty batch
        slot = {"sqs.SendMessageBatch": "Entries", "dynamodb.BatchGetItem": "Keys"}.get(name, TABLE)
        put[slot] = kept
        params["body"] = orjson.dumps(body)
        self._here.rest = (name, rest)

    def _after(self, parsed: Any, **_: Any) -> None:
        kind = getattr(self._here, "kind", None)
        if kind == "lost":
            raise ReadTimeoutError(endpoint_url="https://aws.example.org")
        if kind == "killed after":
            raise Killed
        name, rest = getattr(self._here, "rest", None) or ("", [])
        if name == "sqs.SendMessageBatch":
            parsed["Failed"] = [{"Id": entry["Id"], "Code": "InternalError", "SenderFault": False} for entry in rest]
        elif name == "dynamodb.BatchGetItem" and rest:
            parsed["UnprocessedKeys"] = {TABLE: {"Keys": rest, "ConsistentRead": True}}
        elif rest:
            parsed["UnprocessedItems"] = {TABLE: rest}


def first(kind: Kind, name: str, times: int = 1) -> Rule:
    """The first `times` calls of one name go wrong."""
    seen: Counter[str] = Counter()

    def rule(call: Call) -> Kind | None:
        seen[call.name] += call.name == name
        return kind if call.name == name and seen[name] <= times else None

    return rule


def every(kind: Kind, service: str) -> Rule:
    return lambda call: kind if call.name.startswith(f"{service}.") else None


def numbered(kind: Kind, number: int) -> Rule:
    return lambda call: kind if call.number == number else None


def record_of(received: Any) -> dict[str, Any]:
    """A message that was received, as a record of the event that Lambda makes of it."""
    attributes = {
        name: {
            "dataType": attribute["DataType"],
            **({"stringValue": attribute["StringValue"]} if "StringValue" in attribute else {}),
            **(
                {"binaryValue": base64.b64encode(attribute["BinaryValue"]).decode()}
                if "BinaryValue" in attribute
                else {}
            ),
        }
        for name, attribute in received.get("MessageAttributes", {}).items()
    }
    return {
        "messageId": received["MessageId"],
        "body": received["Body"],
        "attributes": received["Attributes"],
        "messageAttributes": attributes,
    }


class Stack:
    """validate, process and timeout over one moto account. Handlers' clients fail as `faults` says, others never do."""

    def __init__(self, *, idle_minutes: float = 30) -> None:
        self.faults = Faults()
        dynamodb_table()
        s3_bucket()
        self.sqs = boto3.client("sqs", region_name=REGION)
        self.dead_url = self.sqs.create_queue(QueueName="dead-letters")["QueueUrl"]
        dead = self.sqs.get_queue_attributes(QueueUrl=self.dead_url, AttributeNames=["QueueArn"])
        policy = {"deadLetterTargetArn": dead["Attributes"]["QueueArn"], "maxReceiveCount": RECEIVES}
        self.url = self.sqs.create_queue(
            QueueName="queue", Attributes={"RedrivePolicy": json.dumps(policy), "VisibilityTimeout": "900"}
        )["QueueUrl"]
        self.pauses: list[float] = []
        self.table = DynamoTable(self._client("dynamodb"), TABLE, pause=self.pauses.append)
        self.archive = S3Archive(self._client("s3"), BUCKET)
        self.queue = SqsQueue(self._client("sqs"), self.url)
        self.dead_letters = SqsDeadLetters(self._client("sqs"), self.dead_url)
        for client in self.clients:
            self.faults.attach(client)
        self.process_settings = ProcessSettings(
            table_name=TABLE, bucket_name=BUCKET, idle_minutes=idle_minutes, heartbeat_minutes=idle_minutes
        )
        self.timeout_settings = TimeoutSettings(
            table_name=TABLE,
            queue_url=self.url,
            idle_minutes=idle_minutes,
            heartbeat_minutes=idle_minutes,
            margin_seconds=0,
        )
        self.app = App(app_id=APP, tenant=keys.tenant_of(APP), edapps=("*",))
        self._reader = DynamoTable(boto3.client("dynamodb", region_name=REGION), TABLE)
        self.accepted: set[str] = set()
        self.failed_runs = 0

    def _client(self, service: Any) -> Any:
        client = boto3.client(service, region_name=REGION, config=PLAIN)
        self.clients = [*getattr(self, "clients", []), client]
        return client

    # what goes in

    def post(self, body: Json | list[Json] | bytes, *, path: str = "/caliper/event") -> dict[str, Any]:
        """One request, its answer with the body parsed into `json`. Ids are noted where it was accepted."""
        raw = body if isinstance(body, bytes) else orjson.dumps(body)
        principal = Principal(app=self.app, scopes=CLIENT_SCOPES, kind="client")
        event = {
            "rawPath": path,
            "headers": {"content-type": "application/json"},
            "body": raw.decode(),
            "requestContext": {"authorizer": {"lambda": principal_context(principal)}},
        }
        answer = validate_handler(event, None, dependencies=validate_dependencies(self.queue, self.table))
        answer["json"] = json.loads(answer["body"])
        if answer["statusCode"] in (200, 202) and not isinstance(body, bytes):
            envelopes = body if isinstance(body, list) else [body]
            rejected = {error["id"] for error in answer["json"].get("errors", [])}
            sent = {item["id"] for envelope in envelopes for item in envelope["data"]}
            self.accepted |= {canonical_id(event_id) for event_id in sent - rejected}
        return answer

    def post_until_taken(self, body: Json | list[Json]) -> int:
        """Send again as Retry-After asks, as a good client does; how often it was sent."""
        for attempt in range(1, 200):
            answer = self.post(body)
            if answer["statusCode"] != 503:
                return attempt
            assert answer["headers"]["Retry-After"]
        raise AssertionError("never taken")

    # what happens

    def deliver(self, *, batch: int = 10) -> bool:
        """One batch from the queue to `process`, as Lambda's event source would. False if none was waiting."""
        got = self.sqs.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=batch,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        ).get("Messages", [])
        if not got:
            return False
        records = [record_of(received) for received in got]
        try:
            answer = process_handler({"Records": records}, None, dependencies=self._process_dependencies())
            failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        except (Exception, Killed):  # noqa: BLE001  Lambda's own edge: whatever it is, the whole batch comes again
            self.failed_runs += 1
            failed = {received["MessageId"] for received in got}
        for received in got:
            if received["MessageId"] in failed:
                self.sqs.change_message_visibility(
                    QueueUrl=self.url, ReceiptHandle=received["ReceiptHandle"], VisibilityTimeout=0
                )
            else:
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=received["ReceiptHandle"])
        return True

    def drain(self, *, batch: int = 10) -> None:
        """Deliver until the queue is empty: everything is stored, or a dead letter."""
        for _ in range(500):
            if not self.deliver(batch=batch):
                return
        raise AssertionError("the queue does not empty")

    def redrive(self) -> int:
        return len(redrive(NoWait(self.sqs), self.dead_url, self.url).moved)

    def sweep(self) -> dict[str, Any]:
        dependencies = timeout_dependencies(self.table, self.queue, self.timeout_settings)
        return timeout_handler({}, Clock(), dependencies=dependencies)

    def _process_dependencies(self) -> ProcessDependencies:
        """Those of a new worker, which remembers nothing."""
        return ProcessDependencies(
            table=self.table,
            archive=self.archive,
            settings=self.process_settings,
            registrations=Registrations(self.table, self.process_settings.timeouts),
            dead_letters=self.dead_letters,
        )

    # what is there

    def dead(self) -> int:
        answer = self.sqs.get_queue_attributes(QueueUrl=self.dead_url, AttributeNames=["ApproximateNumberOfMessages"])
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])

    def rows(self) -> list[Row]:
        scanned = boto3.client("dynamodb", region_name=REGION).get_paginator("scan").paginate(TableName=TABLE)
        partitions = {item[keys.PK]["S"] for page in scanned for item in page["Items"]}
        return [row for pk in sorted(partitions) for row in rows(self._reader, pk)]

    def stored(self) -> list[str]:
        """Ids of the stored events, each as often as it is stored."""
        facts = [fact_of_row(row) for row in self.rows() if str(row[keys.SK]).startswith(keys.EVENT)]
        return sorted(fact.entry.id for fact in facts)

    def quarantined(self) -> list[str]:
        packed = [row for row in self.rows() if "#X#" in str(row[keys.PK]) and "items" in row]
        return sorted(_id(item.raw) for row in packed for item in from_row(row))

    def archived(self) -> list[str]:
        s3 = boto3.client("s3", region_name=REGION)
        names = [content["Key"] for content in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]
        texts = [gzip.decompress(s3.get_object(Bucket=BUCKET, Key=name)["Body"].read()) for name in names]
        messages = [message for text in texts for message in messages_of(text.splitlines())]
        return [_id(item.raw) for message in messages for item in message.items]

    def reconcile(self) -> None:
        """The invariant, to the event id: accepted = stored ∪ quarantined, nothing twice, the archive holds it all."""
        stored = self.stored()
        assert len(stored) == len(set(stored)), "an event is stored twice"
        assert set(stored).isdisjoint(self.quarantined()), "an event is stored and quarantined"
        assert self.accepted <= set(stored) | set(self.quarantined()), "an accepted event is missing"
        assert set(stored) <= set(self.archived()), "an event is stored that the archive lacks"


class Clock:
    """The context of a Lambda that has time."""

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 50_000


class NoWait:
    """An SQS client whose receives do not wait for what is not there."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def receive_message(self, **parameters: Any) -> Any:
        return self._client.receive_message(**{**parameters, "WaitTimeSeconds": 0})

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


def _id(raw: bytes) -> str:
    try:
        parsed = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return raw[:40].decode("utf-8", "replace")
    return canonical_id(str(parsed.get("id") or parsed.get("sessionId"))) if isinstance(parsed, dict) else str(parsed)


def ids_of(events: Iterable[Json]) -> list[str]:
    return sorted(canonical_id(event["id"]) for event in events)
