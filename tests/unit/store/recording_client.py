"""A client of AWS that notes what it is asked."""

from collections.abc import Callable
from typing import Any

type Request = tuple[str, dict[str, Any]]


class Recording:
    """A client that notes what it is asked, and answers each operation as it was told to."""

    def __init__(self, **answers: Any) -> None:
        self.requests: list[Request] = []
        self._answers = answers

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(*arguments: Any, **request: Any) -> Any:
            self.requests.append((operation, request | ({"arguments": arguments} if arguments else {})))
            answer = self._answers.get(operation, {})
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call
