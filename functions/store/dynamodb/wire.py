"""How batches of rows cross to and from DynamoDB: as JSON that is written and read whole.

botocore takes every attribute of every item through Python, both ways, which is half the CPU of a batch. Its events let
a call go out with a body that was made before, and a body that came in be read before its parser does; signing,
retries, endpoints and errors stay botocore's.
"""

import threading
from typing import TYPE_CHECKING, Any

import msgspec
import orjson

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_json = msgspec.json.Encoder().encode  # writes bytes as base64 text, as DynamoDB takes them
_ready = threading.local()  # `body`: of the call that this thread is about to make


def attach(client: "DynamoDBClient") -> None:
    """Let `client` do so, once however often it is asked. Its binary values then come back as base64 text."""
    events = client.meta.events
    for operation in ("BatchWriteItem", "BatchGetItem"):
        events.register(f"before-call.dynamodb.{operation}", _hand_over, unique_id=f"caliper-wire-out-{operation}")
    for operation in ("BatchWriteItem", "BatchGetItem", "Query"):
        events.register(f"before-parse.dynamodb.{operation}", _read, unique_id=f"caliper-wire-in-{operation}")


def batch_write(client: "DynamoDBClient", items: Any) -> Any:
    """BatchWriteItem of typed requests by table name; what was not processed, as it has to be sent again."""
    answer: Any = _sent(client.batch_write_item, items)
    return answer.get("UnprocessedItems")


def batch_get(client: "DynamoDBClient", items: Any) -> Any:
    """BatchGetItem of typed keys by table name; the answer as it came."""
    return _sent(client.batch_get_item, items)


def _sent(call: Any, items: Any) -> Any:
    _ready.body = _json({"RequestItems": items})
    try:
        return call(RequestItems={})  # passes botocore's checks, and would be refused by DynamoDB
    finally:
        _ready.body = None


def _hand_over(params: Any, **_: object) -> None:
    body = getattr(_ready, "body", None)
    if body is not None:
        params["body"] = body


def _read(response_dict: Any, customized_response_dict: Any, **_: object) -> None:
    if response_dict["status_code"] == 200:
        customized_response_dict.update(orjson.loads(response_dict["body"]))
        response_dict["body"] = b"{}"
