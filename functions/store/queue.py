"""The doors to SQS: sends packed messages, many in one call, and says which of them did not get in.

Used by `validate` for what apps send and by `timeout` for the TimedOut events it emits; `process` moves what it cannot
read to the dead letters, and gives back what it has no time for.
"""

import base64
from collections.abc import Mapping, Sequence
from itertools import batched
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient

BATCH_MESSAGES = 10  # SendMessageBatch limits: 10 messages, 1 MiB in all
BATCH_BYTES = 1_048_576
REASON = "Reason"  # the attribute of a dead letter that says why `process` moved it


def _attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    """A message attribute of Lambda's event as SendMessage takes it; Lambda writes bytes in base64."""
    attribute: dict[str, Any] = {"DataType": value["dataType"]}
    if value.get("stringValue") is not None:
        attribute["StringValue"] = value["stringValue"]
    if value.get("binaryValue") is not None:
        attribute["BinaryValue"] = base64.b64decode(value["binaryValue"])
    return attribute


class Queue(Protocol):
    def send(self, bodies: Sequence[str], *, group: str) -> list[int]: ...
    def waiting(self) -> int: ...


class SqsQueue:
    """One standard queue. `group` is its fair-queue group (SQS): a busy tenant does not delay the others."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def send(self, bodies: Sequence[str], *, group: str) -> list[int]:
        """Send every body; the positions of those that SQS did not take. Raises if a whole call fails."""
        refused: list[int] = []
        for batch in batches(bodies):
            entries: Any = [
                {"Id": str(position), "MessageBody": bodies[position], "MessageGroupId": group} for position in batch
            ]
            answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
            refused += [int(failed["Id"]) for failed in answer.get("Failed", [])]
        return refused

    def waiting(self) -> int:
        """About how many messages are not yet processed, in flight included."""
        answer = self._client.get_queue_attributes(
            QueueUrl=self._url,
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )
        return sum(map(int, answer["Attributes"].values()))


class SetAside(Struct, frozen=True):
    """A dead letter: its body, and why `process` moved it; empty if SQS did, after too many receives."""

    body: str
    reason: str

    def __repr__(self) -> str:
        return f"SetAside(reason={self.reason!r})"  # the body tells of people


class QueueReader(Protocol):
    def waiting(self) -> int: ...
    def set_aside(self) -> int: ...
    def letters(self) -> list[SetAside]: ...


class SqsQueueReader:
    """The queue and its dead letters, looked at and left as they are."""

    def __init__(self, client: "SQSClient", url: str, dead_letters_url: str) -> None:
        self._client = client
        self._queue = SqsQueue(client, url)
        self._dead_letters_url = dead_letters_url

    def waiting(self) -> int:
        """About how many messages are not yet processed."""
        return self._queue.waiting()

    def set_aside(self) -> int:
        """About how many dead letters there are."""
        return SqsQueue(self._client, self._dead_letters_url).waiting()

    def letters(self) -> list[SetAside]:
        """Some of the dead letters, at most BATCH_MESSAGES. They stay visible to everyone else."""
        answer = self._client.receive_message(
            QueueUrl=self._dead_letters_url,
            MaxNumberOfMessages=BATCH_MESSAGES,
            VisibilityTimeout=0,
            MessageAttributeNames=[REASON],
        )
        letters: list[SetAside] = []
        for message in answer.get("Messages", []):
            noted = message.get("MessageAttributes") or {}
            reason = noted[REASON].get("StringValue", "") if REASON in noted else ""
            letters.append(SetAside(message.get("Body", ""), reason))
        return letters


class DeadLetters(Protocol):
    def move(self, record: Mapping[str, Any], reason: str) -> None: ...


class SqsDeadLetters:
    """The dead-letter queue as `process` sees it."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def move(self, record: Mapping[str, Any], reason: str) -> None:
        """Send a copy of `record` (of Lambda's SQS event): body, attributes and group as they were, and the reason.

        Raises if SQS does not take it, also if body and reason together are over its size limit.
        """
        attributes = {name: _attribute(value) for name, value in (record.get("messageAttributes") or {}).items()}
        group = (record.get("attributes") or {}).get("MessageGroupId")
        sent: Any = {
            "QueueUrl": self._url,
            "MessageBody": record["body"],
            "MessageAttributes": {**attributes, REASON: {"DataType": "String", "StringValue": reason}},
            **({"MessageGroupId": group} if group else {}),
        }
        self._client.send_message(**sent)


class InFlight(Protocol):
    def show_again(self, receipts: Sequence[str], *, after_s: int) -> None: ...


class SqsInFlight:
    """The messages that `process` was given and has not acknowledged."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def show_again(self, receipts: Sequence[str], *, after_s: int) -> None:
        """Let the messages with these receipt handles be delivered again after so many seconds.

        One that SQS does not take (its time was over) is delivered again anyway. Raises if a whole call fails.
        """
        for batch in batched(receipts, BATCH_MESSAGES, strict=False):
            entries: Any = [
                {"Id": str(number), "ReceiptHandle": receipt, "VisibilityTimeout": after_s}
                for number, receipt in enumerate(batch)
            ]
            self._client.change_message_visibility_batch(QueueUrl=self._url, Entries=entries)


def batches(bodies: Sequence[str]) -> list[list[int]]:
    """Positions of `bodies` in as few batches as SQS's limits allow, in order."""
    requests: list[list[int]] = []
    size = 0
    for position, body in enumerate(bodies):
        if not requests or len(requests[-1]) == BATCH_MESSAGES or size + len(body) > BATCH_BYTES:
            requests.append([])
            size = 0
        requests[-1].append(position)
        size += len(body)
    return requests
