"""Lambda `timeout`: runs each minute, ends sittings whose learner is inactive, and emits their TimedOut events."""

import time
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from botocore.config import Config

from functions.core.identity import SYSTEM_ID
from functions.metrics import SESSIONS_ENDED, SWEEP_LAG, metric_fields
from functions.settings import TimeoutSettings
from functions.store.backlog import lag_us, sweep_orders
from functions.store.bus import Bus, EventBridgeBus
from functions.store.dynamodb.table import DynamoTable, Table
from functions.store.queue import Queue, SqsQueue
from functions.store.registrations import Registrations
from functions.timeout.context import Context
from functions.timeout.sweep import sweep

logger = Logger(service="timeout")

STOP_BEFORE_MS = 10_000  # enough to finish the timelines that were begun


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependencies:
    """Where timelines are read and TimedOuts and notices go, and by which settings."""

    table: Table
    queue: Queue
    settings: TimeoutSettings
    registrations: Registrations
    bus: Bus | None = None


@cache
def open_dependencies() -> Dependencies:
    """The dependencies of an instance, from its environment."""
    settings = TimeoutSettings.read()
    config = Config(
        retries={"mode": "standard", "max_attempts": 5},
        connect_timeout=2,
        read_timeout=5,  # a call that hangs must not eat the minute of all other timelines
        parameter_validation=False,
        max_pool_connections=16,
    )
    dynamodb = boto3.client("dynamodb", config=config)
    table = DynamoTable(dynamodb, settings.table_name)
    registry = DynamoTable(dynamodb, settings.registry_table_name or settings.table_name)
    bus = settings.bus_name
    return Dependencies(
        table=table,
        queue=SqsQueue(boto3.client("sqs", config=config), settings.queue_url),
        settings=settings,
        registrations=Registrations(registry, settings.timeouts),
        bus=EventBridgeBus(boto3.client("events", config=config), bus) if bus else None,
    )


def handler(
    event: dict[str, Any],
    context: Any,
    *,
    dependencies: Dependencies | None = None,
    now_us: int | None = None,
) -> dict[str, Any]:
    """One sweep, and the counts that it logs. A failing AWS call raises; what it concerned is still due."""
    dependencies = dependencies or open_dependencies()
    table, queue, settings = dependencies.table, dependencies.queue, dependencies.settings
    now_us = time.time_ns() // 1000 if now_us is None else now_us
    orders = sweep_orders(table, now_us=now_us)
    if orders.is_paused:
        logger.info("the sweep is paused: a replay or a rebuild is running")
        return {}
    work = Context(
        table=table,
        queue=queue,
        settings=settings,
        registrations=dependencies.registrations,
        now_us=now_us,
        lag_us=lag_us(table, queue, now_us=now_us, margin_us=settings.margin_us),
        system_id=SYSTEM_ID,
        bus=dependencies.bus,
        published_until_us=orders.published_until_us,
    )
    swept = sweep(work, time_left=lambda: context.get_remaining_time_in_millis() > STOP_BEFORE_MS)
    counts = asdict(swept) | {"errors": sorted(swept.errors), "lag_s": round(work.lag_us / 1e6, 3)}
    line = counts | metric_fields({SESSIONS_ENDED: swept.closed, SWEEP_LAG: counts["lag_s"]})
    if swept.failed or swept.unreadable:
        logger.error("timelines put off, or rows left out", extra=line)
    else:
        logger.info("swept", extra=line)
    return counts
