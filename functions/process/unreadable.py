"""Messages that this version cannot read: they stay in the queue at first, then move to the dead letters.

A newer version may read them. SQS would deliver them as often as messages that wait for an outage to end: too long.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError

from functions.settings import UNREADABLE_RECEIVES
from functions.store.errors import TRANSIENT
from functions.store.queue import DeadLetters

logger = Logger(service="process")

MOST_REFUSED = 3  # in a batch; then the dead-letter queue is not called again: each call takes time

type Unread = tuple[Mapping[str, Any], str]  # a record of Lambda's SQS event, and why it cannot be read


def left_unread(unreadable: Sequence[Unread], dead_letters: DeadLetters | None) -> list[str]:
    """The ids of those that stay in the queue; the others were moved to `dead_letters`, with their reasons.

    After a crash a record may be moved twice. One that cannot be moved stays, and SQS moves it after its last delivery.
    """
    kept = []
    refused = 0
    for record, reason in unreadable:
        receives = int(record.get("attributes", {}).get("ApproximateReceiveCount", 1))
        moved = False
        if dead_letters is not None and receives >= UNREADABLE_RECEIVES and refused < MOST_REFUSED:
            try:
                dead_letters.move(record, reason)
                moved = True
            except TRANSIENT as failure:
                refused += 1 if isinstance(failure, ClientError) else MOST_REFUSED  # nothing answers: not again
                logger.error("could not be moved to the dead letters", extra={"error": type(failure).__name__})
        if not moved:
            kept.append(record["messageId"])
        logger.error("unreadable message", extra={"reason": reason, "receives": receives, "dead_letter": moved})
    return kept
