"""Lambda `timeout`: runs each minute, closes sessions that nobody closed, and emits their TimedOut events."""

import time
from dataclasses import asdict
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from botocore.config import Config

from functions.settings import TimeoutSettings
from functions.store.backlog import lag_us, orders
from functions.store.bus import Bus, EventBridgeBus
from functions.store.dynamodb.table import DynamoTable, Table
from functions.store.queue import Queue, SqsQueue
from functions.store.registrations import Registrations
from functions.timeout.context import Context
from functions.timeout.sweep import sweep

logger = Logger(service="timeout")

STOP_BEFORE_MS = 10_000  # enough to finish the watches that were begun
SYSTEM_ID = "urn:uuid:a5f0cf2e-4a2b-5f0a-9d0c-6f2f0c6b7a10"  # this service as a SoftwareApplication


@cache
def _doors() -> tuple[Table, Queue, TimeoutSettings, Bus | None, Registrations]:
    settings = TimeoutSettings.read()
    config = Config(
        retries={"mode": "standard", "max_attempts": 5},
        connect_timeout=2,
        read_timeout=5,  # a call that hangs must not eat the minute of all other watches
        parameter_validation=False,
        max_pool_connections=16,
    )
    table = DynamoTable(boto3.client("dynamodb", config=config), settings.table_name)
    bus = EventBridgeBus(boto3.client("events", config=config), settings.bus_name) if settings.bus_name else None
    queue = SqsQueue(boto3.client("sqs", config=config), settings.queue_url)
    return table, queue, settings, bus, Registrations(table, settings.timeouts)


def handler(
    event: dict[str, Any],
    context: Any,
    *,
    table: Table | None = None,
    queue: Queue | None = None,
    settings: TimeoutSettings | None = None,
    bus: Bus | None = None,
    registrations: Registrations | None = None,
) -> dict[str, Any]:
    if table is None or queue is None or settings is None:
        table, queue, settings, bus, registrations = _doors()
    now_us = time.time_ns() // 1000
    standing = orders(table, now_us=now_us)
    if standing.held:
        logger.info("held: a replay or a rebuild is running")
        return {}
    work = Context(
        table=table,
        queue=queue,
        settings=settings,
        registrations=registrations or Registrations(table, settings.timeouts),
        now_us=now_us,
        lag_us=lag_us(table, queue, now_us=now_us, margin_us=settings.margin_us),
        system_id=SYSTEM_ID,
        bus=bus,
        told_us=standing.told_us,
    )
    swept = sweep(work, time_left=lambda: context.get_remaining_time_in_millis() > STOP_BEFORE_MS)
    shown = asdict(swept) | {"errors": sorted(swept.errors), "lag_s": round(work.lag_us / 1e6, 3)}
    if swept.failed or swept.unreadable:
        logger.error("timelines put off, or rows left out", extra=shown)
    else:
        logger.info("swept", extra=shown)
    return shown
