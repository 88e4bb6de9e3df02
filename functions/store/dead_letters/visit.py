"""A walk over dead letters: messages that `process` could not read or store."""

from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

from functions.store.queue import BATCH_MESSAGES, REASON

HIDDEN_S = 120  # while they are looked at


class Visit:
    """A walk over the visible dead letters, each once. At its end those that were not deleted are visible again."""

    def __init__(self, sqs: Any, url: str) -> None:
        self._sqs = sqs
        self._url = url
        self._handles: dict[str, str] = {}
        self._deleted: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        for message_id, handle in self._handles.items():
            if message_id not in self._deleted:
                self._sqs.change_message_visibility(QueueUrl=self._url, ReceiptHandle=handle, VisibilityTimeout=0)

    def batches(self) -> Iterator[list[dict[str, Any]]]:
        """The messages as SQS gives them, up to ten at once."""
        while received := self._receive():
            new = [message for message in received if message["MessageId"] not in self._handles]
            self._handles |= {message["MessageId"]: message["ReceiptHandle"] for message in received}
            if not new:
                return
            yield new

    def delete(self, messages: list[dict[str, Any]]) -> list[str]:
        """Delete messages of this walk; the ids of those that SQS deleted. One that it does not is seen again."""
        if not messages:
            return []
        entries = [
            {"Id": str(number), "ReceiptHandle": self._handles[message["MessageId"]]}
            for number, message in enumerate(messages)
        ]
        answer = self._sqs.delete_message_batch(QueueUrl=self._url, Entries=entries)
        deleted = [messages[int(done["Id"])]["MessageId"] for done in answer.get("Successful", [])]
        self._deleted.update(deleted)
        return deleted

    def _receive(self) -> list[dict[str, Any]]:
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=BATCH_MESSAGES,
            VisibilityTimeout=HIDDEN_S,
            WaitTimeSeconds=1,
            MessageSystemAttributeNames=["MessageGroupId"],
            MessageAttributeNames=[REASON],
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages
