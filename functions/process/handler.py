"""Lambda `process`: takes batches of packed messages from the queue and stores what is in them.

A message that cannot be read or stored is reported alone and ends in the dead-letter queue: SQS moves it there in the
end, and what cannot be read is moved here at its third delivery. A failing AWS call raises, so that SQS delivers the
whole batch again.
"""

import time
import traceback
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from functions.core.messages import Message, Unreadable, unpack
from functions.process.unreadable import left_unread
from functions.settings import ProcessSettings
from functions.store.archive import Archive, S3Archive
from functions.store.backlog import Notes
from functions.store.bus import Bus, EventBridgeBus
from functions.store.dynamodb.table import DynamoTable, Table, Unprocessed
from functions.store.queue import DeadLetters, SqsDeadLetters
from functions.store.registrations import Registrations
from functions.store.usage import BegunSessions
from functions.storing.arming import Contended
from functions.storing.membership_cache import Known
from functions.storing.pipeline import process
from functions.storing.write_set import Plan

logger = Logger(service="process")

TRANSIENT = (BotoCoreError, ClientError, Unprocessed, Contended)  # what another delivery may mend
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


@cache
def _dead_letters(url: str) -> DeadLetters:
    return SqsDeadLetters(boto3.client("sqs", config=SQS), url)


@cache
def _begun() -> BegunSessions:
    return BegunSessions()


STOP_BEFORE_MS = 15_000  # of the function's time: what no session timer was scheduled for by then is delivered again


@cache
def _doors() -> tuple[Table, Archive, ProcessSettings, Bus | None, Known, Notes, Registrations]:
    settings = ProcessSettings.read()
    config = Config(**CLIENTS)
    dynamodb, s3 = boto3.client("dynamodb", config=config), boto3.client("s3", config=config)
    bus = EventBridgeBus(boto3.client("events", config=config), settings.bus_name) if settings.bus_name else None
    table, archive = DynamoTable(dynamodb, settings.table_name), S3Archive(s3, settings.bucket_name)
    return table, archive, settings, bus, Known(), Notes(), Registrations(table, settings.timeouts)


def handler(
    event: dict[str, Any],
    context: Any,
    *,
    table: Table | None = None,
    archive: Archive | None = None,
    settings: ProcessSettings | None = None,
    bus: Bus | None = None,
    known: Known | None = None,
    notes: Notes | None = None,
    dead_letters: DeadLetters | None = None,
    registrations: Registrations | None = None,
    begun: BegunSessions | None = None,
) -> dict[str, Any]:
    if table is None or archive is None or settings is None:
        table, archive, settings, bus, known, notes, registrations = _doors()
        begun = _begun()
    notes = notes or Notes()

    def time_left() -> bool:
        return context is None or context.get_remaining_time_in_millis() > STOP_BEFORE_MS

    waiting: list[tuple[str, Message]] = []
    failed: list[str] = []
    unreadable: list[tuple[Mapping[str, Any], str]] = []
    oldest_us = now_us = time.time_ns() // 1000
    for record in event["Records"]:
        try:
            message = unpack(record["body"])
        except Unreadable as error:
            unreadable.append((record, str(error)))
        else:
            waiting.append((record["messageId"], message))
            oldest_us = min(oldest_us, sent_us(record, message))
    if waiting:

        def store(messages: Sequence[Message]) -> Plan:
            return process(
                messages,
                table=table,
                archive=archive,
                settings=settings,
                now_us=now_us,
                bus=bus,
                known=known,
                registrations=registrations,
                time_left=time_left,
            )

        try:
            plans, refused = together_or_alone(waiting, store)
        except TRANSIENT:
            with suppress(*TRANSIENT):  # what it failed of is what is to be told
                notes.failed(table, now_us=now_us, oldest_us=oldest_us)
            raise
        began: Counter[str] = sum((plan.began for plan in plans), Counter())
        if not (begun or BegunSessions()).add(table, began, now_us=now_us):
            logger.error("new sessions were not added up")
        failed += refused
        note = notes.failed if refused else notes.stored
        note(table, now_us=now_us, oldest_us=oldest_us)
        report(plans, stored=len(waiting) - len(refused), oldest_s=round((now_us - oldest_us) / 1e6, 3))
    if unreadable:
        if dead_letters is None and settings.dead_letters_url:
            dead_letters = _dead_letters(settings.dead_letters_url)
        failed += left_unread(unreadable, dead_letters)
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


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
        },
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
    waiting: Sequence[tuple[str, Message]], store: Callable[[Sequence[Message]], Plan]
) -> tuple[list[Plan], list[str]]:
    """What came of the messages, and the ids of those that cannot be stored, or not be dealt with in time.

    Where all together fail for a reason in one of them, each is stored alone, so that only that one fails.
    """
    try:
        made = store([message for _, message in waiting])
        return [made], [waiting[position][0] for position in sorted(made.left)]
    except TRANSIENT:
        raise
    except Exception as error:  # noqa: BLE001  the edge where one message is set apart, recorded with its reason
        at = traceback.extract_tb(error.__traceback__)[-1]
        logger.error("cannot be stored", extra={"error": type(error).__name__, "at": f"{at.name}:{at.lineno}"})
    if len(waiting) == 1:
        return [], [waiting[0][0]]
    alone = [together_or_alone([one], store) for one in waiting]
    return [made for plans, _ in alone for made in plans], [failed for _, ids in alone for failed in ids]
