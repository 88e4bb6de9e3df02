"""A request that AWS refuses: what its service answers, and what boto3 makes of that."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError


class Refused(Exception):
    """Raised by the rules. `reasons` are the cancellation reasons of a DynamoDB transaction, one an item."""

    def __init__(self, code: str, message: str, *, reasons: list[dict[str, str]] | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.reasons = code, message, reasons

    def response(self) -> dict[str, Any]:
        """The answer as botocore parses it."""
        parsed: dict[str, Any] = {
            "Error": {"Code": self.code, "Message": self.message},
            "ResponseMetadata": {"HTTPStatusCode": 400, "HTTPHeaders": {}, "RetryAttempts": 0},
        }
        return parsed if self.reasons is None else {**parsed, "CancellationReasons": self.reasons}


def invalid(message: str) -> Refused:
    """DynamoDB's and EventBridge's refusal of a request that can never succeed."""
    return Refused("ValidationException", message)


def not_within(member: str, value: object, constraint: str) -> Refused:
    """The refusal that AWS derives from the bounds in a service's model."""
    text = str(value)[:200]
    return invalid(
        f"1 validation error detected: Value '{text}' at '{member}' failed to satisfy constraint: Member must "
        f"have {constraint}"
    )


@contextmanager
def as_client_error(operation: str, kinds: Mapping[str, type[ClientError]] | None = None) -> Iterator[None]:
    """Let a double refuse as a real client would; `kinds` are the classes of errors that have their own, by code."""
    try:
        yield
    except Refused as refused:
        response: Any = refused.response()
        raise (kinds or {}).get(refused.code, ClientError)(response, operation) from refused
