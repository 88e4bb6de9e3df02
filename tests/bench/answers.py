"""AWS as the bench needs it: quick canned answers, and a memory for the rows that are read again.

Used in this process through botocore's own hook (call counts), and behind a socket in another one (CPU).
"""

import io
from collections import Counter
from collections.abc import Callable
from typing import Any

import boto3
import orjson
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config

ENDPOINT = "http://127.0.0.1:9"  # nothing listens: what is not answered here fails


class Answers:
    """The answer to each call, by its target header. Event rows are taken and forgotten; all others are kept."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], Any] = {}

    def answer(self, target: str, body: bytes) -> tuple[int, bytes]:
        """Status and body for one request; no target means S3."""
        if not target:
            return 200, b""
        request: dict[str, Any] = orjson.loads(body)
        operation = target.rpartition(".")[2]
        if operation == "BatchWriteItem":
            for requests in request["RequestItems"].values():
                for wanted_request in requests:
                    self._keep(wanted_request["PutRequest"]["Item"])
            return 200, b'{"UnprocessedItems":{}}'
        if operation == "BatchGetItem":
            return 200, orjson.dumps(self._found(request["RequestItems"]))
        if operation == "PutItem":
            return self._put(request)
        if operation in ("TransactWriteItems", "UpdateItem"):
            return 200, b'{"Attributes":{}}'
        if operation == "Query":
            return 200, b'{"Items":[],"Count":0,"ScannedCount":0}'
        if operation == "SendMessage":
            return 200, b'{"MessageId":"m"}'
        if operation == "SendMessageBatch":
            taken = [{"Id": entry["Id"], "MessageId": entry["Id"]} for entry in request["Entries"]]
            return 200, orjson.dumps({"Successful": taken, "Failed": []})
        if operation == "GetQueueAttributes":
            return 200, b'{"Attributes":{"ApproximateNumberOfMessages":"0"}}'
        return 400, b'{"__type":"UnknownOperationException"}'

    def _keep(self, item: Any) -> None:
        if "sk" in item and not item["sk"]["S"].startswith("E#"):
            self.items[item["pk"]["S"], item["sk"]["S"]] = item

    def _found(self, wanted: Any) -> Any:
        responses = {
            name: [
                self.items[key]
                for typed_key in keys_of_table["Keys"]
                if (key := (typed_key["pk"]["S"], typed_key["sk"]["S"])) in self.items
            ]
            for name, keys_of_table in wanted.items()
        }
        return {"Responses": responses, "UnprocessedKeys": {}}

    def _put(self, request: Any) -> tuple[int, bytes]:
        item = request["Item"]
        stored = self.items.get((item["pk"]["S"], item["sk"]["S"]))
        condition = request.get("ConditionExpression", "")
        wanted = request.get("ExpressionAttributeValues", {}).get(":v")
        if (condition.startswith("attribute_not_exists") and stored) or (
            wanted is not None and (stored is None or stored.get("version") != wanted)
        ):
            return 400, b'{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"}'
        self._keep(item)
        return 200, b"{}"


class _Raw(io.BytesIO):
    """What botocore reads a response from."""

    def stream(self, **_: object) -> Any:
        yield self.read()


class Counted:
    """boto3 clients whose calls are answered in this process, and counted by operation."""

    def __init__(self, answers: Answers | None = None) -> None:
        self.answers = answers or Answers()
        self.calls: Counter[str] = Counter()

    def client(self, service: Any) -> Any:
        client: Any = boto3.client(
            service,
            endpoint_url=ENDPOINT,
            region_name="us-east-1",
            aws_access_key_id="bench",
            aws_secret_access_key="bench",
            config=Config(parameter_validation=False),
        )
        client.meta.events.register("before-call.*.*", self._count)
        client.meta.events.register("before-send.*.*", self._send)
        return client

    def _count(self, model: Any, **_: object) -> None:
        self.calls[model.name] += 1

    def _send(self, request: AWSPreparedRequest, **_: object) -> AWSResponse:
        target = request.headers.get("X-Amz-Target", b"")
        body = request.body if isinstance(request.body, bytes) else b""
        status, answer = self.answers.answer(target.decode() if isinstance(target, bytes) else target, body)
        headers: Any = {"Content-Length": str(len(answer))}
        return AWSResponse(request.url, status, headers, _Raw(answer))


type Clients = Callable[[Any], Any]
