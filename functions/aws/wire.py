"""How batches of rows cross to and from DynamoDB: as JSON that is written and read whole.

botocore takes every attribute of every item through Python, both ways, which is half the CPU of a batch. Its events let
a call go out with a body that was made before, and a body that came in be read before its parser does; signing,
retries, endpoints and errors stay botocore's.
"""

import base64
import threading
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

READS = ("BatchGetItem", "Query", "BatchWriteItem")  # whose answers carry items or keys

_ready = threading.local()  # `body`: of the call that this thread is about to make


def attach(client: "DynamoDBClient") -> None:
    """Let `client` do so, once however often it is asked. Its binary values then come back as base64 text."""
    events = client.meta.events
    events.register("before-call.dynamodb.BatchWriteItem", _hand_over, unique_id="caliper-wire-write")
    for operation in READS:
        events.register(f"before-parse.dynamodb.{operation}", _read, unique_id=f"caliper-wire-{operation}")


def batch_write(client: "DynamoDBClient", items: Any) -> Any:
    """BatchWriteItem of typed requests by table name; what was not processed, as it has to be sent again."""
    _ready.body = orjson.dumps({"RequestItems": items}, default=_text)
    try:
        # What stands in for the items passes botocore's checks, and would be refused by DynamoDB.
        answer: Any = client.batch_write_item(RequestItems={name: [{}] for name in items})
    finally:
        _ready.body = None
    return answer.get("UnprocessedItems")


def _hand_over(params: Any, **_: object) -> None:
    body = getattr(_ready, "body", None)
    if body is not None:
        params["body"] = body


def _read(response_dict: Any, customized_response_dict: Any, **_: object) -> None:
    if response_dict["status_code"] == 200:
        customized_response_dict.update(orjson.loads(response_dict["body"]))
        response_dict["body"] = b"{}"


def _text(value: object) -> str:
    assert isinstance(value, bytes), type(value)
    return base64.b64encode(value).decode()
