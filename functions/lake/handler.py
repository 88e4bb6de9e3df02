"""Lambda `lake`: loads what the archive got since the last run (hourly), and looks after the tables (nightly)."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from botocore.config import Config

from functions.core.privacy.pseudonym import Pseudonyms
from functions.lake.aliases import renew_aliases
from functions.lake.erasure.dropping import tried
from functions.lake.feeding import Source, feed
from functions.lake.iceberg.catalog import LakeCatalog
from functions.lake.iceberg.object_store import ObjectStore
from functions.lake.inbox import Inbox
from functions.lake.maintenance import maintain
from functions.lake.numbers.pending import Pending
from functions.lake.numbers.renewing import Renewal, renew
from functions.lake.opened_lake import opened
from functions.lake.settings import LakeSettings
from functions.lake.tables.aliases import ALIASES
from functions.lake.tables.all_tables import TABLES
from functions.store.dynamodb.table import DynamoTable, Table
from functions.store.erasure.secret import pseudonym_secret
from functions.store.registrations import Registrations

logger = Logger(service="lake")

STOP_FEEDING_MS = 300_000  # a round and the numbers take less
STOP_BEFORE_MS = 90_000


@dataclass(frozen=True, slots=True)
class Doors:
    """What the lake works with."""

    catalog: LakeCatalog
    store: ObjectStore
    inbox: Inbox
    table: Table
    registry_table: Table
    s3: Any
    settings: LakeSettings


@cache
def _doors() -> Doors:
    settings = LakeSettings.read()
    config = Config(retries={"mode": "standard", "max_attempts": 5}, max_pool_connections=16)
    s3, dynamodb = boto3.client("s3", config=config), boto3.client("dynamodb", config=config)
    store = ObjectStore(s3)
    return Doors(
        catalog=LakeCatalog(
            boto3.client("glue", config=config),
            store,
            database=settings.database,
            warehouse=f"s3://{settings.lake_bucket}",
        ),
        store=store,
        inbox=Inbox(boto3.client("sqs", config=config), settings.lake_queue_url),
        table=DynamoTable(dynamodb, settings.table_name),
        registry_table=DynamoTable(dynamodb, settings.registry_table_name),
        s3=s3,
        settings=settings,
    )


def handler(event: dict[str, Any], context: Any, *, doors: Doors | None = None) -> dict[str, Any]:
    doors = doors or _doors()
    left: Callable[[], int] = context.get_remaining_time_in_millis
    pseudonyms = Pseudonyms(pseudonym_secret(doors.registry_table, random_bytes=os.urandom))
    if event.get("task") == "maintain":
        with opened(doors.catalog, doors.store, memory=doors.settings.memory, threads=doors.settings.threads) as lake:
            now = datetime.fromtimestamp(time.time(), UTC)
            tried(lambda: renew_aliases(lake, doors.registry_table, pseudonyms))
            done = maintain(lake, TABLES, now=now, time_left=lambda: left() > STOP_BEFORE_MS).as_dict()
        logger.info("maintained", extra=done)
        return done
    pending = Pending(doors.store, doors.catalog.warehouse)
    registrations = Registrations(doors.registry_table, doors.settings.timeouts)

    def now_us() -> int:
        return time.time_ns() // 1000

    source = Source(doors.s3, doors.settings.archive_bucket, pseudonyms, doors.table, registrations, now_us)
    with opened(doors.catalog, doors.store, memory=doors.settings.memory, threads=doors.settings.threads) as lake:
        fed = feed(lake, source, doors.inbox, time_left=lambda: left() > STOP_FEEDING_MS, after=pending.note)
        renewal = Renewal(lambda tenant: registrations.of(tenant, now_us=now_us()).timeouts, pseudonyms)
        renewed = renew(lake, pending, renewal, time_left=lambda: left() > STOP_BEFORE_MS)
        if fed.lines and doors.catalog.existing(ALIASES) is None:
            tried(lambda: renew_aliases(lake, doors.registry_table, pseudonyms))
    summary = {"messages": fed.messages, "objects": fed.objects, "lines": fed.lines, **fed.rows, "learners": renewed}
    logger.info("loaded", extra=summary)
    return summary
