"""Lambda `process`: takes batches of packed messages from the queue and stores what is in them.

A message that cannot be read or stored is reported alone and ends in the dead-letter queue. SQS moves it there after
its last delivery; a message that cannot be read is moved here at its third. A failing AWS call raises, so that SQS
delivers the whole batch again.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from botocore.config import Config

from functions.core.messages import Message
from functions.process.batch import Waiting, read, report, store_together_or_singly
from functions.process.unreadable import left_unread
from functions.settings import ProcessSettings
from functions.store.archive import Archive, S3Archive
from functions.store.aws.client import open_client
from functions.store.backlog import BacklogReporter
from functions.store.bus import Bus, EventBridgeBus
from functions.store.dynamodb.table import DynamoTable, Table
from functions.store.errors import TRANSIENT
from functions.store.queue import DeadLetters, SqsDeadLetters
from functions.store.registrations import Registrations
from functions.storing.event_index_cache import EventIndexCache
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
    event_index_cache: EventIndexCache = field(default_factory=EventIndexCache)
    backlog: BacklogReporter = field(default_factory=BacklogReporter)


@cache
def open_dependencies() -> Dependencies:
    """The dependencies of an instance, from its environment."""
    settings = ProcessSettings.read()
    config = Config(**CLIENTS)
    dynamodb = open_client("dynamodb", config=config)
    table = DynamoTable(dynamodb, settings.table_name)
    registry = DynamoTable(dynamodb, settings.registry_table_name or settings.table_name)
    bus, dead_letters = settings.bus_name, settings.dead_letters_url
    return Dependencies(
        table=table,
        archive=S3Archive(open_client("s3", config=config), settings.bucket_name),
        settings=settings,
        registrations=Registrations(registry, settings.timeouts),
        bus=EventBridgeBus(open_client("events", config=config), bus) if bus else None,
        dead_letters=SqsDeadLetters(open_client("sqs", config=SQS), dead_letters) if dead_letters else None,
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
            event_index_cache=dependencies.event_index_cache,
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
