"""Lambda `backup`: once a day, copies the registry into the bucket, because no archive object holds it."""

import time
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from msgspec import Struct

from functions.backup.settings import BackupSettings
from functions.store.aws.client import open_client
from functions.store.copies.registry import RegistryCopies, rows_to_copy

logger = Logger(service="backup")


class Dependencies(Struct, frozen=True, kw_only=True):
    """The table that is copied, and where to."""

    dynamodb: Any
    table_name: str
    copies: RegistryCopies


@cache
def open_dependencies() -> Dependencies:
    """The dependencies of an instance, from its environment."""
    settings = BackupSettings.read()
    return Dependencies(
        dynamodb=open_client("dynamodb"),
        table_name=settings.registry_table_name,
        copies=RegistryCopies(open_client("s3"), settings.bucket_name),
    )


def handler(
    event: dict[str, Any], context: object, *, dependencies: Dependencies | None = None, now_us: int | None = None
) -> dict[str, Any]:
    """Copy every row; the key of the copy and the number of rows. A failing AWS call raises: an alarm rings."""
    dependencies = dependencies or open_dependencies()
    rows = rows_to_copy(dependencies.dynamodb, dependencies.table_name)
    key = dependencies.copies.write(rows, now_us=time.time_ns() // 1000 if now_us is None else now_us)
    logger.info("registry copied", extra={"key": key, "rows": len(rows)})
    return {"key": key, "rows": len(rows)}
