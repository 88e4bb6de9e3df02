"""Lambda `process`: takes batches of packed messages from the queue and stores what is in them.

A message that cannot be read or stored is reported alone and ends in the dead-letter queue. SQS moves it there after
its last delivery; a message that cannot be read is moved here at its third. A failing AWS call raises, so that SQS
delivers the whole batch again.
"""

import time
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from botocore.config import Config

from functions.core.messages import Message, Unreadable, unpack
from functions.metrics import CONFLICTS, DUPLICATES, metric_fields
from functions.process.unreadable import Unread, left_unread
from functions.settings import ProcessSettings
from functions.store.archive import Archive, S3Archive
from functions.store.backlog import BacklogReporter
from functions.store.bus import Bus, EventBridgeBus
from functions.store.dynamodb.table import DynamoTable, Table
from functions.store.errors import TRANSIENT
from functions.store.queue import DeadLetters, SqsDeadLetters
from functions.store.registrations import Registrations
from functions.storing.membership_cache import MembershipCache
from functions.storing.pipeline import process
from functions.storing.write_set import WriteSet

logger = Logger(service="process")

# A batch is some 47 calls, so the CPU that botocore takes for each counts: no validation of parameters (the rows are
# our own), and a fixed user agent (building one takes a sixth of a call's CPU).
CLIENTS: dict[str, Any] = {
    "retries": {"mode": "standard", "max_attempts": 5},
    "connect_timeout": 2,
    "read_timeout": 10,  # a call that hangs must not eat the 90 s of this function
    "parameter_validation": False,
    "max_pool_connections": 8,
    "user_agent": "caliper-process",
}
# Only unreadable messages are sent, after all others are stored: a queue that hangs must not eat the function's time.
SQS = Config(retries={"mode": "standard", "total_max_attempts": 2}, connect_timeout=2, read_timeout=4)


STOP_BEFORE_MS = 15_000  # of the function's time: messages without a scheduled session timer are then delivered again


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependencies:
    """Where messages are stored, by which settings, and what this worker remembers between batches."""

    table: Table
    archive: Archive
    settings: ProcessSettings
    registrations: Registrations
    bus: Bus | None = None
    dead_letters: DeadLetters | None = None
    membership_cache: MembershipCache = field(default_factory=MembershipCache)
    backlog: BacklogReporter = field(default_factory=BacklogReporter)


@cache
def open_dependencies() -> Dependencies:
    """The dependencies of an instance, from its environment."""
    settings = ProcessSettings.read()
    config = Config(**CLIENTS)
    table = DynamoTable(boto3.client("dynamodb", config=config), settings.table_name)
    bus, dead_letters = settings.bus_name, settings.dead_letters_url
    return Dependencies(
        table=table,
        archive=S3Archive(boto3.client("s3", config=config), settings.bucket_name),
        settings=settings,
        registrations=Registrations(table, settings.timeouts),
        bus=EventBridgeBus(boto3.client("events", config=config), bus) if bus else None,
        dead_letters=SqsDeadLetters(boto3.client("sqs", config=SQS), dead_letters) if dead_letters else None,
    )


def handler(
    event: dict[str, Any],
    context: Any,
    *,
    dependencies: Dependencies | None = None,
    now_us: int | None = None,
) -> dict[str, Any]:
    """Store a batch of SQS messages; the ids of those that SQS is to deliver again. A failing AWS call raises."""
    dependencies = dependencies or open_dependencies()
    now_us = time.time_ns() // 1000 if now_us is None else now_us
    waiting, unreadable = read(event["Records"])
    failed: list[str] = []
    if waiting:
        oldest_us = min(now_us, *(one.sent_us for one in waiting))
        failed += store_all(waiting, dependencies, now_us=now_us, oldest_us=oldest_us, time_left=clock_of(context))
    if unreadable:
        failed += left_unread(unreadable, dependencies.dead_letters)
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


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


def clock_of(context: Any) -> Callable[[], bool]:
    """Whether this invocation has time for more; without a context it always has."""
    return lambda: context is None or context.get_remaining_time_in_millis() > STOP_BEFORE_MS


def store_all(
    waiting: Sequence[Waiting],
    dependencies: Dependencies,
    *,
    now_us: int,
    oldest_us: int,
    time_left: Callable[[], bool],
) -> list[str]:
    """Store the messages and report how old the oldest is; the ids of those that could not be stored."""
    table, backlog = dependencies.table, dependencies.backlog

    def store(messages: Sequence[Message]) -> WriteSet:
        return process(
            messages,
            table=table,
            archive=dependencies.archive,
            settings=dependencies.settings,
            now_us=now_us,
            bus=dependencies.bus,
            membership_cache=dependencies.membership_cache,
            registrations=dependencies.registrations,
            time_left=time_left,
        )

    try:
        write_sets, failed = store_together_or_singly(waiting, store)
    except TRANSIENT:
        with suppress(*TRANSIENT):  # the first failure is raised again below; that of this write does not matter
            backlog.failed(table, now_us=now_us, oldest_us=oldest_us)
        raise
    report_age = backlog.failed if failed else backlog.stored
    report_age(table, now_us=now_us, oldest_us=oldest_us)
    report(write_sets, stored=len(waiting) - len(failed), oldest_s=round((now_us - oldest_us) / 1e6, 3))
    return failed


def report(write_sets: Sequence[WriteSet], *, stored: int, oldest_s: float) -> None:
    """Log the counts of a batch and the names of errors; never what learners did."""
    rejection_errors = [name for write_set in write_sets for name in write_set.rejection_errors]
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
            }
        ),
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
