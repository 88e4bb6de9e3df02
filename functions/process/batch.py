"""The messages of one batch: read from SQS records, stored together or singly, and reported in one log line."""

import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from aws_lambda_powertools import Logger
from msgspec import Struct, field

from functions.core.message_format import Unreadable
from functions.core.messages import Message, unpack
from functions.metrics import AHEAD, CONFLICTS, DUPLICATES, metric_fields
from functions.process.unreadable import Unread
from functions.store.errors import TRANSIENT
from functions.storing.write_set import WriteSet

logger = Logger(service="process")


class Waiting(Struct, frozen=True):
    """A message of the batch, its id and receipt handle in SQS, and when it came into the queue."""

    id: str
    message: Message
    sent_us: int
    receipt: str = ""


class Outcome(Struct):
    """What became of messages: the write sets that were stored, and the messages that stay in the queue.

    `failed` cannot be stored. `unfinished` were not stored whole for want of time, and are to be delivered again soon.
    """

    write_sets: list[WriteSet] = field(default_factory=list)
    failed: list[Waiting] = field(default_factory=list)
    unfinished: list[Waiting] = field(default_factory=list)

    def add(self, other: "Outcome") -> None:
        """What became of further messages."""
        self.write_sets += other.write_sets
        self.failed += other.failed
        self.unfinished += other.unfinished


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
            receipt = record.get("receiptHandle", "")
            waiting.append(Waiting(record["messageId"], message, sent_us(record, message), receipt))
    return waiting, unreadable


def report(outcome: Outcome, *, messages: int, oldest_s: float) -> None:
    """Log the counts of a batch of so many messages and the names of errors; never what learners did."""
    write_sets = outcome.write_sets
    rejection_errors = [name for write_set in write_sets for name in write_set.rejection_errors]
    ahead = sum((write_set.ahead for write_set in write_sets), Counter[str]())
    logger.info(
        "stored",
        extra={
            "messages": messages - len(outcome.failed) - len(outcome.unfinished),
            "unfinished": len(outcome.unfinished),
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
    waiting: Sequence[Waiting], store: Callable[[Sequence[Message]], WriteSet], *, time_left: Callable[[], bool]
) -> Outcome:
    """Store messages. If all together fail for a reason in one of them, each is stored alone, so that only that one
    fails; those for which no `time_left` are unfinished.
    """
    try:
        write_set = store([received.message for received in waiting])
        return Outcome([write_set], unfinished=[waiting[position] for position in sorted(write_set.unscheduled)])
    except TRANSIENT:
        raise
    except Exception as error:  # noqa: BLE001  the edge of the process for one message: recorded with its reason
        frame = traceback.extract_tb(error.__traceback__)[-1]
        logger.error("cannot be stored", extra={"error": type(error).__name__, "at": f"{frame.name}:{frame.lineno}"})
    if len(waiting) == 1:
        return Outcome(failed=list(waiting))
    outcome = Outcome()
    for message in waiting:
        outcome.add(
            store_together_or_singly([message], store, time_left=time_left)
            if time_left()
            else Outcome(unfinished=[message])
        )
    return outcome
