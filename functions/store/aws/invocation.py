"""The door to Lambda: begins an invocation of a function and does not wait for it, or waits for its answer."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import orjson

from functions.core.errors import CaliperError

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient


class Invoker(Protocol):
    def begin(self, event: Mapping[str, Any]) -> None: ...


class LambdaInvoker:
    """`open_client` is called before the first invocation only: the client's description takes long to load."""

    def __init__(self, open_client: "Callable[[], LambdaClient]", function_name: str) -> None:
        self._open_client = open_client
        self._function_name = function_name

    def begin(self, event: Mapping[str, Any]) -> None:
        """Hand `event` to Lambda's own queue. Raises if Lambda does not take it; how it goes there shows in metrics."""
        self._open_client().invoke(
            FunctionName=self._function_name, InvocationType="Event", Payload=orjson.dumps(dict(event))
        )


class Raised(CaliperError):
    """A function raised an exception, or ran out of time."""


def answer_of(client: "LambdaClient", function_name: str, event: Mapping[str, Any]) -> dict[str, Any]:
    """What a function answers. Raises Raised if it has none."""
    answer = client.invoke(FunctionName=function_name, Payload=orjson.dumps(dict(event)))
    if answer.get("FunctionError"):
        raise Raised(f"{function_name} raised an exception: its log group has it")
    parsed: dict[str, Any] = orjson.loads(answer["Payload"].read())
    return parsed
