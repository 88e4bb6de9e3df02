"""Lambda `privacy`: counts, erases or copies what is kept of a person, as a route of `manage` asked for.

A message a request. One that takes longer than a run goes on in the next: the function sends itself the rest. A run
that died is delivered again and repeats what it did.
"""

import os
import secrets
import time
from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from botocore.config import Config
from msgspec import Struct

from functions.privacy.erasure_context import Doors, LakeDoor
from functions.privacy.expiry.request import ask_to_expire, expire
from functions.privacy.office import Office
from functions.privacy.settings import PrivacySettings
from functions.privacy.steps import Desk, work_on
from functions.store import keys
from functions.store.aws.client import open_client
from functions.store.bus import open_bus
from functions.store.dynamodb.table import DynamoTable, rows
from functions.store.erasure.exports import S3Exports
from functions.store.erasure.records import S3Records
from functions.store.erasure.secret import held_secret, pseudonym_secret
from functions.store.erasure.versions import S3Versions
from functions.store.erasure.work import SqsWorkQueue, unpacked_work
from functions.store.rows.apps import app_key, app_of

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from functions.lake.opened_lake import Lake

logger = Logger(service="privacy")

STOP_BEFORE_MS = 420_000  # of the function's time: for one object of the archive, and for every other place


class Dependencies(Struct, frozen=True, kw_only=True):
    """The desk at which each request is worked on."""

    desk: Desk


@cache
def open_dependencies() -> Dependencies:
    """The dependencies of an instance, from its environment."""
    settings = PrivacySettings.read()
    config = Config(retries={"mode": "standard", "max_attempts": 5}, connect_timeout=2, read_timeout=30)
    dynamodb = open_client("dynamodb", config=config)
    s3, sqs = open_client("s3", config=config), open_client("sqs", config=config)
    table = DynamoTable(dynamodb, settings.table_name)
    registry = DynamoTable(dynamodb, settings.registry_table_name)
    doors = Doors(
        table=table,
        registry=registry,
        versions=S3Versions(s3, settings.bucket_name),
        settings=settings,
        dead_letters=(sqs, settings.dead_letters_url),
        lake=lake_door(settings, registry, s3, sqs) if settings.lake_bucket else None,
    )
    secret = pseudonym_secret(registry, random_bytes=os.urandom)
    office = Office(
        registry=registry,
        doors=doors,
        records=S3Records(s3, settings.bucket_name),
        bus=open_bus(settings.bus_name, lambda: open_client("events", config=config), lambda: secret),
        secret=secret,
        random_text=lambda: secrets.token_hex(16),
        clock=lambda: time.time_ns() // 1000,
        settle=lambda: False,
        tell=logger.info,
    )
    return Dependencies(
        desk=Desk(
            office=office,
            queue=SqsWorkQueue(sqs, settings.requests_url),
            exports=S3Exports(s3, settings.bucket_name),
            app=lambda tenant: next(map(app_of, registry.get_all([app_key(tenant)]).values()), None),
            apps=lambda: [app_of(row) for row in rows(registry, keys.APPS)],
        )
    )


def lake_door(settings: PrivacySettings, registry: DynamoTable, s3: Any, sqs: Any) -> LakeDoor:
    """The tables of the lake. Only this function's asset and the lake's own have the libraries."""
    from functions.lake.iceberg.catalog import LakeCatalog
    from functions.lake.iceberg.object_store import ObjectStore
    from functions.lake.inbox import Inbox
    from functions.lake.opened_lake import opened

    store = ObjectStore(s3)

    def open_lake() -> "AbstractContextManager[Lake]":
        glue = open_client("glue")
        catalog = LakeCatalog(glue, store, database=settings.database, warehouse=f"s3://{settings.lake_bucket}")
        return opened(catalog, store, memory=settings.memory)

    return LakeDoor(
        opened=open_lake, secret=lambda: held_secret(registry), load_again=Inbox(sqs, settings.lake_queue_url).ask
    )


def handler(event: dict[str, Any], context: Any, *, dependencies: Dependencies | None = None) -> None:
    """Work on the request of each message; each day, ask that what is too old expires. Raises if an AWS call fails: SQS
    then delivers the message again.
    """
    desk = (dependencies or open_dependencies()).desk

    def time_left() -> bool:
        return context is None or context.get_remaining_time_in_millis() > STOP_BEFORE_MS

    if event.get("task") == "expire":
        apps = ask_to_expire(desk.apps(), desk.queue, now_us=desk.office.clock())
        logger.info("asked to expire", extra={"apps": apps})
        return
    for record in event["Records"]:
        work = unpacked_work(record["body"])
        if work.kind == "expire":
            app = desk.app(work.tenant)
            counts = expire(work, app, desk.office.doors, desk.queue, time_left=time_left) if app else {}
            logger.info("expired", extra={"app": work.app, "counts": dict(counts)})
            continue
        state = work_on(work, desk, time_left=time_left)
        logger.info("worked on", extra={"request": work.request, "kind": work.kind, "walk": work.walk, "state": state})
