"""Lambda `intake`: takes what Canvas puts into a queue of its own, and queues it as `validate` queues a request.

Canvas' data streams deliver to an HTTPS address or to an SQS queue. An address that is down loses events after some
retries; a queue keeps them (Canvas documentation, Live Events: setup). A message that cannot be passed on now is
delivered again by SQS.
"""

import time
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from botocore.config import Config
from msgspec import Struct

from functions.intake.live_event import LiveEvent, judge
from functions.intake.registered_app import RegisteredApp
from functions.intake.settings import IntakeSettings
from functions.store.aws.client import open_client
from functions.store.dynamodb.table import DynamoTable
from functions.store.queue import Queue, SqsQueue
from functions.store.registry import Registry

logger = Logger(service="intake")


class Dependencies(Struct, frozen=True, kw_only=True):
    """The service's own queue, and the app whose events these are."""

    queue: Queue
    registered_app: RegisteredApp


@cache
def open_dependencies() -> Dependencies:
    """The dependencies of an instance, from its environment."""
    settings = IntakeSettings.read()
    config = Config(retries={"mode": "standard", "max_attempts": 3}, connect_timeout=2, read_timeout=5)
    registry = Registry(DynamoTable(open_client("dynamodb", config=config), settings.registry_table_name))
    return Dependencies(
        queue=SqsQueue(open_client("sqs", config=config), settings.queue_url),
        registered_app=RegisteredApp(registry, settings.canvas_app),
    )


def handler(
    event: dict[str, Any],
    context: object,
    *,
    dependencies: Dependencies | None = None,
    now_us: int | None = None,
) -> dict[str, Any]:
    """Queue a batch of messages; the ids of those that SQS is to deliver again.

    Raises if the app is not registered or an AWS call fails: SQS then delivers the whole batch again.
    """
    dependencies = dependencies or open_dependencies()
    now_us = time.time_ns() // 1000 if now_us is None else now_us
    app = dependencies.registered_app.read(now_us=now_us)
    records: Sequence[Mapping[str, Any]] = event["Records"]
    judged = [judge(record["body"], message_id=record["messageId"], app=app, now_us=now_us) for record in records]
    positions = [number for number, live_event in enumerate(judged) for _ in live_event.bodies]
    bodies = [body for live_event in judged for body in live_event.bodies]
    refused = {positions[position] for position in dependencies.queue.send(bodies, group=app.tenant)}
    taken = [live_event for number, live_event in enumerate(judged) if number not in refused]
    logger.info("taken", extra={"app": app.app_id, "messages": len(records), "again": len(refused)} | _counts(taken))
    return {"batchItemFailures": [{"itemIdentifier": records[number]["messageId"]} for number in sorted(refused)]}


def _counts(taken: Sequence[LiveEvent]) -> dict[str, int]:
    return {name: sum(getattr(live_event, name) for live_event in taken) for name in ("accepted", "rejected", "warned")}
