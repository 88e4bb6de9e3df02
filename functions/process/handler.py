"""Lambda `process`: takes batches of packed messages from the queue and stores what is in them.

A message that cannot be read is reported alone and ends in the dead-letter queue; a failing AWS call raises, so that
SQS delivers the whole batch again.
"""

import time
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from botocore.config import Config

from functions.aws.archive import Archive, S3Archive
from functions.aws.bus import Bus, EventBridgeBus
from functions.aws.lag import NOTE_EVERY_US, note
from functions.aws.table import DynamoTable, Table
from functions.core.messages import Message, Unreadable, unpack
from functions.process.pipeline import process
from functions.settings import ProcessSettings

logger = Logger(service="process")
_noted: dict[str, int] = {}  # when this worker last noted the queue's lag


@cache
def _doors() -> tuple[Table, Archive, ProcessSettings, Bus | None]:
    settings = ProcessSettings.read()
    config = Config(retries={"mode": "standard", "max_attempts": 5}, parameter_validation=False, max_pool_connections=8)
    dynamodb, s3 = boto3.client("dynamodb", config=config), boto3.client("s3", config=config)
    bus = EventBridgeBus(boto3.client("events", config=config), settings.bus_name) if settings.bus_name else None
    return DynamoTable(dynamodb, settings.table_name), S3Archive(s3, settings.bucket_name), settings, bus


def handler(
    event: dict[str, Any],
    context: object,
    *,
    table: Table | None = None,
    archive: Archive | None = None,
    settings: ProcessSettings | None = None,
    bus: Bus | None = None,
) -> dict[str, Any]:
    if table is None or archive is None or settings is None:
        table, archive, settings, bus = _doors()
    messages: list[Message] = []
    failures: list[dict[str, str]] = []
    for record in event["Records"]:
        try:
            messages.append(unpack(record["body"]))
        except Unreadable as error:
            failures.append({"itemIdentifier": record["messageId"]})
            logger.error("unreadable message", extra={"reason": str(error)})
    if messages:
        now_us = time.time_ns() // 1000
        oldest_us = min(message.received_us for message in messages)
        made = process(messages, table=table, archive=archive, settings=settings, now_us=now_us, bus=bus)
        if now_us - _noted.get("at", 0) > NOTE_EVERY_US:
            note(table, now_us=now_us, oldest_us=oldest_us)
            _noted["at"] = now_us
        logger.info(
            "stored",
            extra={
                "messages": len(messages),
                "events": made.events,
                "rejections": made.rejections,
                "poisoned": len(made.poisoned),
                "watches": len(made.touches),
                "oldest_s": round((now_us - oldest_us) / 1e6, 3),
            },
        )
        if made.poisoned:
            logger.error("events set apart", extra={"errors": sorted(set(made.poisoned))})
    return {"batchItemFailures": failures}
