"""Lambda `deliver`: sends stored events on to webhooks, a message of its queue at a time, each in its own thread.

A message that fails for a reason of AWS is delivered again by SQS; an endpoint that fails is no failure of a message,
which is then sent again with a later time. So no endpoint holds up another.
"""

import random
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from botocore.config import Config

from functions.core.webhooks.delivery import UnreadableDelivery, unpack
from functions.deliver.counts import Counts
from functions.deliver.delivering import Worker
from functions.deliver.dependencies import Dependencies
from functions.deliver.settings import DeliverSettings
from functions.store.archive import S3Archive
from functions.store.aws.client import open_client
from functions.store.bus import open_bus
from functions.store.dynamodb.table import DynamoTable
from functions.store.errors import TRANSIENT, cause_of
from functions.store.outbound.poster import HttpPoster
from functions.store.webhooks.delivery_queue import SqsDeliveryQueue, SqsGivenUp

logger = Logger(service="deliver")

STOP_BEFORE_MS = 20_000  # of the function's time: one more POST, and what follows it
THREADS = 10


@cache
def open_dependencies() -> Dependencies:
    """The dependencies of an instance, from its environment."""
    settings = DeliverSettings.read()
    config = Config(
        retries={"mode": "standard", "max_attempts": 3}, connect_timeout=2, read_timeout=8, max_pool_connections=THREADS
    )
    dynamodb, sqs = open_client("dynamodb", config=config), open_client("sqs", config=config)
    return Dependencies(
        table=DynamoTable(dynamodb, settings.table_name),
        registry_table=DynamoTable(dynamodb, settings.registry_table_name or settings.table_name),
        archive=S3Archive(open_client("s3", config=config), settings.bucket_name),
        deliveries=SqsDeliveryQueue(sqs, settings.deliveries_url),
        given_up=SqsGivenUp(sqs, settings.given_up_url),
        poster=HttpPoster(allow_loopback=settings.allow_loopback),
        random=random.SystemRandom().random,
        # It tells of webhooks, and of no learner.
        bus=open_bus(settings.bus_name, lambda: open_client("events", config=config), lambda: None),
    )


def handler(
    event: dict[str, Any],
    context: Any,
    *,
    dependencies: Dependencies | None = None,
    now_us: int | None = None,
) -> dict[str, Any]:
    """Deliver what the messages name; the ids of those that SQS is to deliver again."""
    dependencies = dependencies or open_dependencies()
    now_us = time.time_ns() // 1000 if now_us is None else now_us
    worker = Worker(dependencies, now_us=now_us, time_left=_clock_of(context))
    records = event["Records"]
    if len(records) == 1:
        done = [_delivered(records[0], worker)]
    else:
        with ThreadPoolExecutor(THREADS) as pool:
            done = list(pool.map(lambda record: _delivered(record, worker), records))
    counts = sum((counts_of_record for counts_of_record in done if counts_of_record is not None), Counts())
    logger.info("delivered", extra={"messages": len(records)} | counts.fields())
    failed = [
        record["messageId"] for record, counts_of_record in zip(records, done, strict=True) if counts_of_record is None
    ]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _delivered(record: Mapping[str, Any], worker: Worker) -> Counts | None:
    """What came of a message; None if it is to be delivered again."""
    try:
        return worker.deliver(unpack(record["body"]))
    except UnreadableDelivery as error:
        logger.error("unreadable message", extra={"reason": str(error)})
    # the edge of the process for one message: recorded, and delivered again by SQS
    except TRANSIENT as failure:
        logger.error("an AWS call failed", extra={"reason": cause_of(failure)})
    return None


def _clock_of(context: Any) -> Callable[[], bool]:
    """Whether this invocation has time for one more POST; without a context it always has."""
    return lambda: context is None or context.get_remaining_time_in_millis() > STOP_BEFORE_MS
