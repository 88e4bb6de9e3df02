"""Messages of the queue that no version of this code wrote, or a newer one: left in the queue, then moved out of it.

For every other message SQS counts the deliveries. These would come as often as those that an outage keeps waiting.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError

from functions.settings import UNREADABLE_RECEIVES
from functions.store.errors import TRANSIENT
from functions.store.queue import DeadLetters

logger = Logger(service="process")

MOST_REFUSED = 3  # in a batch; after so many the queue is not asked again, which takes time from the next delivery

type Unread = tuple[Mapping[str, Any], str]  # a record of Lambda's SQS event, and why it cannot be read


def left_unread(unreadable: Sequence[Unread], dead_letters: DeadLetters | None) -> list[str]:
    """Ids of those that stay in the queue; the others have been moved to `dead_letters`, with their reasons.

    A crash before SQS forgets a record that
    was moved moves it twice. One that cannot be moved stays, and SQS moves it after its last delivery.
    """
    left = []
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
                logger.error("not moved to the dead letters", extra={"error": type(failure).__name__})
        if not moved:
            left.append(record["messageId"])
        logger.error("unreadable message", extra={"reason": reason, "receives": receives, "dead_letter": moved})
    return left
