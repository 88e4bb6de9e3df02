"""Lambda `importer`: imports the files that are dropped into the bucket under `import/<app>/`.

S3 tells a queue of each file, one message a file. A file that takes longer than a run of this function goes on in the
next: it sends itself the message again. A crash goes on from the last mark, once SQS delivers the message again.
"""

import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from aws_lambda_powertools import Logger
from botocore.config import Config
from msgspec import Struct

from functions.core.errors import CaliperError
from functions.importer.dropped_import import Doors, import_dropped
from functions.importer.settings import ImporterSettings
from functions.store.archive import S3Archive
from functions.store.aws.client import open_client
from functions.store.dynamodb.table import DynamoTable
from functions.store.imports.drop_folder import S3DropFolder, dropped_files
from functions.store.queue import Queue, SqsQueue
from functions.store.registry import Registry

logger = Logger(service="importer")

STOP_BEFORE_MS = 60_000  # of the function's time: for the portion at hand, and for the mark
SCRATCH = Path("/tmp")  # noqa: S108  the disk that Lambda gives a function


class NotSentAgain(CaliperError):
    """The queue did not take the message with which a file goes on."""


class Dependencies(Struct, frozen=True, kw_only=True):
    """The doors of an import, and the queue that tells of dropped files."""

    doors: Doors
    notifications: Queue


@cache
def open_dependencies() -> Dependencies:
    """The dependencies of an instance, from its environment."""
    settings = ImporterSettings.read()
    config = Config(retries={"mode": "standard", "max_attempts": 5}, connect_timeout=2, read_timeout=30)
    dynamodb = open_client("dynamodb", config=config)
    sqs = open_client("sqs", config=config)
    s3 = open_client("s3", config=config)
    return Dependencies(
        doors=Doors(
            folder=S3DropFolder(s3, settings.bucket_name),
            queue=SqsQueue(sqs, settings.queue_url),
            archive=S3Archive(s3, settings.bucket_name),
            table=DynamoTable(dynamodb, settings.table_name),
            registry=Registry(DynamoTable(dynamodb, settings.registry_table_name)),
            retention_days=settings.retention_days,
            scratch=SCRATCH,
            clock=lambda: time.time_ns() // 1000,
            pause=time.sleep,
            tell=logger.warning,
        ),
        notifications=SqsQueue(sqs, settings.notifications_url),
    )


def handler(event: dict[str, Any], context: Any, *, dependencies: Dependencies | None = None) -> None:
    """Import the files of a notification. Raises if an AWS call fails: SQS then delivers the message again."""
    dependencies = dependencies or open_dependencies()
    time_left = clock_of(context)
    for record in event["Records"]:
        done = [
            import_dropped(dropped, dependencies.doors, time_left=time_left)
            for dropped in dropped_files(record["body"])
        ]
        logger.info("imported", extra={"files": len(done), "going_on": done.count(False)})
        if not all(done) and dependencies.notifications.send([record["body"]], group="import"):
            raise NotSentAgain("the queue of dropped files did not take a message")


def clock_of(context: Any) -> Callable[[], bool]:
    """Whether this invocation has time for another portion; without a context it always has."""
    return lambda: context is None or context.get_remaining_time_in_millis() > STOP_BEFORE_MS
