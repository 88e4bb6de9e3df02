"""A client for the in-memory doubles: they let the real doors write their requests, and only have them checked."""

from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

from tests.aws_rules import dynamodb, eventbridge, sqs
from tests.aws_rules.refusal import as_client_error


class RefusingClient:
    """A client that holds what the real doors ask of it against the rules, and answers nothing."""

    class exceptions:  # noqa: N801  its name on a boto3 client
        class ConditionalCheckFailedException(ClientError):
            """Never raised: the double looks itself whether a condition holds."""

        class TransactionCanceledException(ClientError):
            """An item of a transaction is not valid."""

    meta = SimpleNamespace(events=SimpleNamespace(register=lambda *_, **__: None))

    def put_item(self, **request: Any) -> None:
        with as_client_error("PutItem"):
            dynamodb.check("PutItem", request)

    def update_item(self, **request: Any) -> dict[str, Any]:
        with as_client_error("UpdateItem"):
            dynamodb.check("UpdateItem", request)
        return {"Attributes": {}}

    def transact_write_items(self, **request: Any) -> None:
        kinds = {"TransactionCanceledException": self.exceptions.TransactionCanceledException}
        with as_client_error("TransactWriteItems", kinds):
            dynamodb.check("TransactWriteItems", request)

    def query(self, **request: Any) -> dict[str, Any]:
        with as_client_error("Query"):
            dynamodb.check("Query", request)
        return {"Items": []}

    def send_message_batch(self, **request: Any) -> dict[str, Any]:
        with as_client_error("SendMessageBatch"):
            sqs.check("SendMessageBatch", request)
        return {}

    def send_message(self, **request: Any) -> dict[str, Any]:
        with as_client_error("SendMessage"):
            sqs.check("SendMessage", request)
        return {}

    def put_events(self, **request: Any) -> dict[str, Any]:
        with as_client_error("PutEvents"):
            eventbridge.check("PutEvents", request)
        return {}
