"""A second table beside the stack's: empty at first, with its register, and kept as it is kept."""

import time
from collections.abc import Callable
from typing import Any

from functions.store import keys
from functions.store.dynamodb.table import DynamoTable
from functions.store.registry import Registry

BACKUP_TRIES, BACKUP_PAUSE_S = 20, 15.0


def empty_twin(dynamodb: Any, source: str, name: str) -> None:
    """Create table `name` with the keys and indexes of `source`, and wait until it can be written."""
    described = dynamodb.describe_table(TableName=source)["Table"]
    indexes = [
        {part: index[part] for part in ("IndexName", "KeySchema", "Projection")}
        for index in described["GlobalSecondaryIndexes"]
    ]
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=described["AttributeDefinitions"],
        KeySchema=described["KeySchema"],
        GlobalSecondaryIndexes=indexes,
    )
    dynamodb.get_waiter("table_exists").wait(TableName=name)


def keep_alike(dynamodb: Any, source: str, name: str, *, pause: Callable[[float], None] = time.sleep) -> None:
    """Give table `name` what `source` has of expiry, deletion protection and backups to the second, where it lacks it.

    Of a new table AWS makes no backups for some time yet; waits a few minutes for that.
    """
    expiry = _expiry(dynamodb, source)
    if expiry and expiry != _expiry(dynamodb, name):
        specification = {"AttributeName": expiry, "Enabled": True}
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=specification)
    if _is_protected(dynamodb, source) and not _is_protected(dynamodb, name):
        dynamodb.update_table(TableName=name, DeletionProtectionEnabled=True)
    if _is_backed_up(dynamodb, source) and not _is_backed_up(dynamodb, name):
        _back_up(dynamodb, name, pause)


def _expiry(dynamodb: Any, name: str) -> str | None:
    found = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    attribute: str | None = found.get("AttributeName") if found["TimeToLiveStatus"].startswith("ENABL") else None
    return attribute


def _is_protected(dynamodb: Any, name: str) -> bool:
    return bool(dynamodb.describe_table(TableName=name)["Table"].get("DeletionProtectionEnabled"))


def _is_backed_up(dynamodb: Any, name: str) -> bool:
    found = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    return bool(found.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus") == "ENABLED")


def _back_up(dynamodb: Any, name: str, pause: Callable[[float], None]) -> None:
    specification = {"PointInTimeRecoveryEnabled": True}
    for tries_left in reversed(range(BACKUP_TRIES)):
        try:
            dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=specification)
        except dynamodb.exceptions.ContinuousBackupsUnavailableException:
            if not tries_left:
                raise
            pause(BACKUP_PAUSE_S)
        else:
            return


def holds_events(dynamodb: Any, name: str) -> bool:
    """Whether anything but the register is in table `name`; reads one page at most."""
    page = dynamodb.scan(TableName=name, Limit=200, ProjectionExpression=f"{keys.PK}, {keys.SK}")
    return any(item[keys.SK]["S"].startswith((keys.EVENT, keys.SESSION, keys.TIMER)) for item in page["Items"])


def copy_register(source: DynamoTable, target: DynamoTable) -> int:
    """Put the apps, credentials and courses of one table into another; how many apps. They are not in the archive."""
    registry, other = Registry(source), Registry(target)
    apps = registry.apps()
    for app in apps:
        other.adopt(registry.rows_of(app))
    return len(apps)
