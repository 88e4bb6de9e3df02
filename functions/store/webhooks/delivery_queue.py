"""The door to the queue of deliveries: each message says when it is due, and SQS holds it back for as long as it can.

The fair-queue group (SQS) is the webhook: one with a long backlog does not delay the others.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from functions.core.errors import TransientError
from functions.core.webhooks.delivery import Delivery, pack
from functions.store.queue import batches

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient

DELAY_MAX_S = 900  # of an SQS message: one that is due later is sent again until it is


class NotQueued(TransientError):
    """SQS did not take every message. The caller sends them again: a delivery may come twice, none is lost."""


class DeliveryQueue(Protocol):
    def send(self, deliveries: Sequence[Delivery], *, now_us: int) -> None: ...


class SqsDeliveryQueue:
    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def send(self, deliveries: Sequence[Delivery], *, now_us: int) -> None:
        """Send every delivery. Raises NotQueued."""
        bodies = [pack(delivery) for delivery in deliveries]
        for batch in batches(bodies):
            entries: Any = [
                {
                    "Id": str(position),
                    "MessageBody": bodies[position],
                    "MessageGroupId": deliveries[position].webhook,
                    "DelaySeconds": delay_s(deliveries[position], now_us=now_us),
                }
                for position in batch
            ]
            answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
            if answer.get("Failed"):
                raise NotQueued(f"{len(answer['Failed'])} of {len(batch)} deliveries were not taken")


class GivenUp(Protocol):
    def put(self, delivery: Delivery) -> None: ...


class SqsGivenUp:
    """The dead letters of the queue of deliveries."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def put(self, delivery: Delivery) -> None:
        """Keep what was tried for as long as the schedule says."""
        self._client.send_message(QueueUrl=self._url, MessageBody=pack(delivery), MessageGroupId=delivery.webhook)


def delay_s(delivery: Delivery, *, now_us: int) -> int:
    """How long SQS holds a message back, rounded up so that none comes before it is due."""
    return min(max(-(-(delivery.due_us - now_us) // 1_000_000), 0), DELAY_MAX_S)
