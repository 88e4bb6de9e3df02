"""Lambda `process`: takes batches of packed messages from the queue and stores what is in them.

A message that cannot be read or stored is reported alone and ends in the dead-letter queue: SQS moves it there in the
end, and what cannot be read is moved here at its third delivery. A failing AWS call raises, so that SQS delivers the
whole batch again.
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
from functions.store.backlog import Notes
from functions.store.bus import Bus, EventBridgeBus
from functions.store.dynamodb.table import DynamoTable, Table
from functions.store.errors import TRANSIENT
from functions.store.queue import DeadLetters, SqsDeadLetters
from functions.store.registrations import Registrations
from functions.storing.membership_cache import Known
from functions.storing.pipeline import process
from functions.storing.write_set import Plan

logger = Logger(service="process")

# A batch is some 47 calls, so what botocore does for each counts: no validation of parameters (our own rows), and a
# user agent that is not put together anew each time (a sixth of a call's CPU).
CLIENTS: dict[str, Any] = {
    "retries": {"mode": "standard", "max_attempts": 5},
    "connect_timeout": 2,
    "read_timeout": 10,  # a call that hangs must not eat the 90 s of this function
    "parameter_validation": False,
    "max_pool_connections": 8,
    "user_agent": "caliper-process",
}
# Only what cannot be read is sent, after all else is stored: a queue that hangs must not eat the function's time.
SQS = Config(retries={"mode": "standard", "total_max_attempts": 2}, connect_timeout=2, read_timeout=4)


STOP_BEFORE_MS = 15_000  # of the function's time: what no session timer was scheduled for by then is delivered again


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependencies:
    """Where messages are put away, by which settings, and what this worker remembers between batches."""

    table: Table
    archive: Archive
    settings: ProcessSettings
    registrations: Registrations
    bus: Bus | None = None
    dead_letters: DeadLetters | None = None
    known: Known = field(default_factory=Known)
    notes: Notes = field(default_factory=Notes)


@cache
def open_dependencies() -> Dependencies:
    """The dependencies of an instance, from its environment."""
    settings = ProcessSettings.read()
    config = Config(**CLIENTS)
    dynamodb = boto3.client("dynamodb", config=config)
    table = DynamoTable(dynamodb, settings.table_name)
    registry = DynamoTable(dynamodb, settings.registry_table_name or settings.table_name)
    bus, dead_letters = settings.bus_name, settings.dead_letters_url
    return Dependencies(
        table=table,
        archive=S3Archive(boto3.client("s3", config=config), settings.bucket_name),
        settings=settings,
        registrations=Registrations(registry, settings.timeouts),
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
        failed += put_away(waiting, dependencies, now_us=now_us, oldest_us=oldest_us, time_left=clock_of(context))
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


def put_away(
    waiting: Sequence[Waiting],
    dependencies: Dependencies,
    *,
    now_us: int,
    oldest_us: int,
    time_left: Callable[[], bool],
) -> list[str]:
    """Store the messages and note how old the oldest was; the ids of those that could not be stored."""
    table, notes = dependencies.table, dependencies.notes

    def store(messages: Sequence[Message]) -> Plan:
        return process(
            messages,
            table=table,
            archive=dependencies.archive,
            settings=dependencies.settings,
            now_us=now_us,
            bus=dependencies.bus,
            known=dependencies.known,
            registrations=dependencies.registrations,
            time_left=time_left,
        )

    try:
        plans, failed = together_or_alone(waiting, store)
    except TRANSIENT:
        with suppress(*TRANSIENT):  # the first failure is raised again below; that of this note does not matter
            notes.failed(table, now_us=now_us, oldest_us=oldest_us)
        raise
    note = notes.failed if failed else notes.stored
    note(table, now_us=now_us, oldest_us=oldest_us)
    report(plans, stored=len(waiting) - len(failed), oldest_s=round((now_us - oldest_us) / 1e6, 3))
    return failed


def report(plans: Sequence[Plan], *, stored: int, oldest_s: float) -> None:
    """Log what came of a batch: counts, and the names of errors; never what learners did."""
    poisoned = [name for plan in plans for name in plan.poisoned]
    logger.info(
        "stored",
        extra={
            "messages": stored,
            "events": sum(plan.events for plan in plans),
            "rejections": sum(plan.rejections for plan in plans),
            "poisoned": len(poisoned),
            "timelines": sum(len(plan.additions) for plan in plans),
            "oldest_s": oldest_s,
        }
        | metric_fields(
            {
                DUPLICATES: sum(plan.duplicates for plan in plans),
                CONFLICTS: sum(plan.conflicts for plan in plans),
            }
        ),
    )
    unpublished = sum(plan.unpublished for plan in plans)
    if unpublished:
        logger.error("subscribers were not told of new sessions", extra={"sessions": unpublished})
    if poisoned:
        logger.error("events set apart", extra={"errors": sorted(set(poisoned))})


def sent_us(record: Mapping[str, Any], message: Message) -> int:
    """When a message came into the queue; a dead letter that was sent again came in then."""
    sent = record.get("attributes", {}).get("SentTimestamp")
    return int(sent) * 1000 if sent else message.received_us


def together_or_alone(
    waiting: Sequence[Waiting], store: Callable[[Sequence[Message]], Plan]
) -> tuple[list[Plan], list[str]]:
    """What came of the messages, and the ids of those that cannot be stored, or not be dealt with in time.

    If all together fail for a reason in one of them, each is stored alone, so that only that one fails.
    """
    try:
        plan = store([one.message for one in waiting])
        return [plan], [waiting[position].id for position in sorted(plan.left)]
    except TRANSIENT:
        raise
    except Exception as error:  # noqa: BLE001  the edge of the process for one message: recorded with its reason
        frame = traceback.extract_tb(error.__traceback__)[-1]
        logger.error("cannot be stored", extra={"error": type(error).__name__, "at": f"{frame.name}:{frame.lineno}"})
    if len(waiting) == 1:
        return [], [waiting[0].id]
    alone = [together_or_alone([one], store) for one in waiting]
    return [plan for plans, _ in alone for plan in plans], [failed for _, ids in alone for failed in ids]
