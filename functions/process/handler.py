"""Lambda `process`: takes batches of packed messages from the queue and stores what is in them.

A message that cannot be read or stored is reported alone and ends in the dead-letter queue. SQS moves it there after
its last delivery; a message that cannot be read is moved here at its third. Tenants take turns, and messages for which
there is no time are given back and delivered again within seconds. A failing AWS call lets SQS deliver again all that
is not stored.
"""

import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from itertools import chain
from typing import Any

from aws_lambda_powertools import Logger
from botocore.config import Config
from msgspec import Struct, field

from functions.core.messages import Message
from functions.process.batch import Outcome, Waiting, read, report, store_together_or_singly
from functions.process.turns import in_turn, parts
from functions.process.unreadable import left_unread
from functions.settings import ProcessSettings
from functions.store.archive import Archive, S3Archive
from functions.store.aws.client import open_client
from functions.store.backlog import BacklogReporter
from functions.store.bus import Bus, open_bus
from functions.store.dynamodb.table import DynamoTable, Table
from functions.store.erasure.secret import held_secret
from functions.store.errors import TRANSIENT, cause_of
from functions.store.queue import DeadLetters, InFlight, SqsDeadLetters, SqsInFlight
from functions.store.registrations import Registrations
from functions.store.usage import BegunSessions
from functions.store.webhooks.delivery_queue import DeliveryQueue, SqsDeliveryQueue
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
# Unreadable and unfinished messages only, after all others are stored: a queue that hangs must not eat the time.
SQS = Config(retries={"mode": "standard", "total_max_attempts": 2}, connect_timeout=2, read_timeout=4)

# Of the function's time. No part of a batch is begun after the first; no session timer is scheduled after the second.
BEGIN_BEFORE_MS = 30_000
STOP_BEFORE_MS = 15_000
SHOWN_AFTER_S = 5  # messages that are unfinished then


class Dependencies(Struct, frozen=True, kw_only=True):
    """Where messages are stored, by which settings, and what this worker remembers between batches."""

    table: Table
    archive: Archive
    settings: ProcessSettings
    registrations: Registrations
    bus: Bus | None = None
    dead_letters: DeadLetters | None = None
    deliveries: DeliveryQueue | None = None
    in_flight: InFlight | None = None
    begun: BegunSessions = field(default_factory=BegunSessions)
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
    queue, dead_letters, deliveries = settings.queue_url, settings.dead_letters_url, settings.deliveries_url
    sqs = open_client("sqs", config=SQS)
    return Dependencies(
        table=table,
        archive=S3Archive(open_client("s3", config=config), settings.bucket_name),
        settings=settings,
        registrations=Registrations(registry, settings.timeouts),
        bus=open_bus(
            settings.bus_name,
            lambda: open_client("events", config=config),
            lambda: held_secret(registry),
            plain=settings.plain_notices,
        ),
        dead_letters=SqsDeadLetters(sqs, dead_letters) if dead_letters else None,
        in_flight=SqsInFlight(sqs, queue) if queue else None,
        deliveries=SqsDeliveryQueue(sqs, deliveries) if deliveries else None,
    )


def handler(
    event: dict[str, Any],
    context: Any,
    *,
    dependencies: Dependencies | None = None,
    now_us: int | None = None,
) -> dict[str, Any]:
    """Store a batch of SQS messages; the ids of those that SQS is to deliver again.

    A failing AWS call raises if nothing was stored before it.
    """
    dependencies = dependencies or open_dependencies()
    now_us = time.time_ns() // 1000 if now_us is None else now_us
    waiting, unreadable = read(event["Records"])
    kept: list[str] = []
    if waiting:
        outcome = store_all(waiting, dependencies, now_us=now_us, left_ms=clock_of(context))
        kept += [message.id for message in (*outcome.failed, *outcome.unfinished)]
    if unreadable:
        kept += left_unread(unreadable, dependencies.dead_letters)
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in kept]}


def clock_of(context: Any) -> Callable[[], float]:
    """The milliseconds that this invocation still has; without a context it has any number."""
    return lambda: math.inf if context is None else context.get_remaining_time_in_millis()


def store_all(
    waiting: Sequence[Waiting], dependencies: Dependencies, *, now_us: int, left_ms: Callable[[], float]
) -> Outcome:
    """Store the messages, tenants in turn, for as long as there is time; report how old the oldest is.

    Those that are unfinished are given back to the queue, which delivers them soon.
    """
    table, backlog = dependencies.table, dependencies.backlog

    def time_left() -> bool:
        return left_ms() > STOP_BEFORE_MS

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
            deliveries=dependencies.deliveries,
            time_left=time_left,
        )

    outcome = Outcome()
    oldest_us = min(now_us, *(received.sent_us for received in waiting))
    waiting_parts = list(parts(in_turn(waiting)))
    for number, part in enumerate(waiting_parts):
        if number and left_ms() < BEGIN_BEFORE_MS:
            outcome.unfinished += part
            continue
        try:
            outcome.add(store_together_or_singly(part, store, time_left=time_left))
        except TRANSIENT as failure:
            if not outcome.write_sets:
                with suppress(*TRANSIENT):  # the first failure is raised below; that of this write does not matter
                    backlog.failed(table, now_us=now_us, oldest_us=oldest_us)
                raise
            logger.error("an AWS call failed", extra={"reason": cause_of(failure), "parts": number})
            outcome.failed += chain.from_iterable(waiting_parts[number:])
            break
    if outcome.unfinished and dependencies.in_flight is not None:
        give_back(outcome.unfinished, dependencies.in_flight)
    began = sum((write_set.began for write_set in outcome.write_sets), Counter[str]())
    if not dependencies.begun.add(table, began, now_us=now_us):
        logger.error("new sessions were not added up")
    report_age = backlog.failed if outcome.failed else backlog.returned if outcome.unfinished else backlog.stored
    report_age(table, now_us=now_us, oldest_us=oldest_us)
    report(outcome, messages=len(waiting), oldest_s=round((now_us - oldest_us) / 1e6, 3))
    return outcome


def give_back(unfinished: Sequence[Waiting], in_flight: InFlight) -> None:
    """Let SQS deliver messages again soon, and not only after the visibility timeout of the queue."""
    try:
        in_flight.show_again([received.receipt for received in unfinished], after_s=SHOWN_AFTER_S)
    except TRANSIENT as failure:
        logger.error("messages could not be given back", extra={"reason": cause_of(failure)})
