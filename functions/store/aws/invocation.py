"""The door to Lambda: begins another invocation of a function and does not wait for it."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import orjson

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
