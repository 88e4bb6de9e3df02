"""The messages of one batch: read from SQS records, stored together or singly, and reported in one log line."""

import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools import Logger

from functions.core.messages import Message, Unreadable, unpack
from functions.metrics import AHEAD, CONFLICTS, DUPLICATES, metric_fields
from functions.process.unreadable import Unread
from functions.store.errors import TRANSIENT
from functions.storing.write_set import WriteSet

logger = Logger(service="process")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message of the batch, its id in SQS, and when it came into the queue."""

    id: str
    message: Message
    sent_us: int


def read(records: Iterable[Mapping[str, Any]]) -> tuple[list[Waiting], list[Unread]]:
    """The messages of a batch, and the records that hold none, with the reason."""
    waiting: list[Waiting] = []
    unreadable: list[Unread] = []
    for record in records:
        try:
            message = unpack(record["body"])
        except Unreadable as error:
            unreadable.append((record, str(error)))
        else:
            waiting.append(Waiting(record["messageId"], message, sent_us(record, message)))
    return waiting, unreadable


def report(write_sets: Sequence[WriteSet], *, stored: int, oldest_s: float) -> None:
    """Log the counts of a batch and the names of errors; never what learners did."""
    rejection_errors = [name for write_set in write_sets for name in write_set.rejection_errors]
    ahead = sum((write_set.ahead for write_set in write_sets), Counter[str]())
    logger.info(
        "stored",
        extra={
            "messages": stored,
            "events": sum(write_set.events for write_set in write_sets),
            "rejected_by_validation": sum(write_set.rejections for write_set in write_sets),
            "rejected_by_processing": len(rejection_errors),
            "timelines": sum(len(write_set.additions) for write_set in write_sets),
            "oldest_s": oldest_s,
        }
        | metric_fields(
            {
                DUPLICATES: sum(write_set.duplicates for write_set in write_sets),
                CONFLICTS: sum(write_set.conflicts for write_set in write_sets),
                AHEAD: ahead.total(),
            }
        )
        | ({"ahead_by_app": dict(ahead)} if ahead else {}),
    )
    unpublished = sum(write_set.unpublished for write_set in write_sets)
    if unpublished:
        logger.error("notices of new sessions were not published", extra={"sessions": unpublished})
    if rejection_errors:
        logger.error("events rejected by processing", extra={"errors": sorted(set(rejection_errors))})


def sent_us(record: Mapping[str, Any], message: Message) -> int:
    """When a message came into the queue; a dead letter that was sent again came in then."""
    sent = record.get("attributes", {}).get("SentTimestamp")
    return int(sent) * 1000 if sent else message.received_us


def store_together_or_singly(
    waiting: Sequence[Waiting], store: Callable[[Sequence[Message]], WriteSet]
) -> tuple[list[WriteSet], list[str]]:
    """The write sets that were stored, and the ids of messages that could not be, or for which there was no time.

    If all together fail for a reason in one of them, each is stored alone, so that only that one fails.
    """
    try:
        write_set = store([one.message for one in waiting])
        return [write_set], [waiting[position].id for position in sorted(write_set.unscheduled)]
    except TRANSIENT:
        raise
    except Exception as error:  # noqa: BLE001  the edge of the process for one message: recorded with its reason
        frame = traceback.extract_tb(error.__traceback__)[-1]
        logger.error("cannot be stored", extra={"error": type(error).__name__, "at": f"{frame.name}:{frame.lineno}"})
    if len(waiting) == 1:
        return [], [waiting[0].id]
    alone = [store_together_or_singly([one], store) for one in waiting]
    return [write_set for write_sets, _ in alone for write_set in write_sets], [
        failed for _, ids in alone for failed in ids
    ]
