"""The stack's tables as DynamoDB keeps them: created by the design of `functions.store.keys`, restored, safeguarded.

A table that DynamoDB restores has neither expiry nor point-in-time recovery nor deletion protection, and a new one has
none of them either: `safeguard` sets all three.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from functions.store import keys
from functions.store.backlog import LAG

BACKUP_TRIES, BACKUP_PAUSE_S = 20, 15.0
RESTORE_POLL_S, RESTORE_TRIES = 20, 3 * 60 * 24  # a day: a large table takes hours


@dataclass(frozen=True, slots=True, kw_only=True)
class TableDesign:
    """The indexes of a table, and whether its rows expire."""

    indexes: Sequence[str]
    expires: bool


EVENTS = TableDesign(indexes=keys.EVENTS_INDEXES, expires=True)
REGISTRY = TableDesign(indexes=keys.REGISTRY_INDEXES, expires=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A backup that DynamoDB keeps: for 35 days the one it makes itself when a recoverable table is deleted."""

    arn: str
    made_us: int
    system: bool


def exists(dynamodb: Any, name: str) -> bool:
    try:
        dynamodb.describe_table(TableName=name)
    except dynamodb.exceptions.ResourceNotFoundException:
        return False
    return True


def create(dynamodb: Any, name: str, design: TableDesign, *, table_class: str = "STANDARD", key_arn: str = "") -> None:
    """Create an empty table of that design, and wait until it can be written. `key_arn`: the customer's key, if any."""
    indexes = [
        {
            "IndexName": index,
            "KeySchema": _key_schema(*keys.KEY_NAMES[index]),
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
        for index in design.indexes
    ]
    names = dict.fromkeys(name for index in ("", *design.indexes) for name in keys.KEY_NAMES[index] if name)
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        TableClass=table_class,
        AttributeDefinitions=[{"AttributeName": attribute, "AttributeType": "S"} for attribute in names],
        KeySchema=_key_schema(*keys.KEY_NAMES[""]),
        GlobalSecondaryIndexes=indexes,
        **({"SSESpecification": _under(key_arn)} if key_arn else {}),
    )
    dynamodb.get_waiter("table_exists").wait(TableName=name)


def newest_backup(dynamodb: Any, name: str) -> Backup | None:
    """The newest backup of the table of that name that can be restored."""
    parameters: dict[str, Any] = {"TableName": name, "BackupType": "ALL"}
    backups: list[Backup] = []
    while True:
        answer = dynamodb.list_backups(**parameters)
        backups += [
            Backup(
                arn=summary["BackupArn"],
                made_us=int(summary["BackupCreationDateTime"].timestamp() * 1e6),
                system=summary["BackupType"] == "SYSTEM",
            )
            for summary in answer.get("BackupSummaries", [])
            if summary["BackupStatus"] == "AVAILABLE"
        ]
        if "LastEvaluatedBackupArn" not in answer:
            return max(backups, key=lambda backup: backup.made_us, default=None)
        parameters["ExclusiveStartBackupArn"] = answer["LastEvaluatedBackupArn"]


def restore(dynamodb: Any, name: str, backup: Backup, *, key_arn: str = "") -> None:
    """Restore a backup under the name `name`, and wait until it can be read: minutes, for a large table hours.

    Under the customer's key, if there is one: left to itself, DynamoDB may take its own.
    """
    encryption = {"SSESpecificationOverride": _under(key_arn)} if key_arn else {}
    dynamodb.restore_table_from_backup(TargetTableName=name, BackupArn=backup.arn, **encryption)
    dynamodb.get_waiter("table_exists").wait(
        TableName=name, WaiterConfig={"Delay": RESTORE_POLL_S, "MaxAttempts": RESTORE_TRIES}
    )


def safeguard(
    dynamodb: Any,
    name: str,
    design: TableDesign,
    *,
    protected: bool,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Set what the stack's own tables have and this one lacks: expiry, recovery to a point in time, protection.

    AWS makes no backups of a table that is new; waits a few minutes for that.
    """
    if design.expires and _expiry(dynamodb, name) != keys.TTL:
        specification = {"AttributeName": keys.TTL, "Enabled": True}
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=specification)
    if protected and not _is_protected(dynamodb, name):
        dynamodb.update_table(TableName=name, DeletionProtectionEnabled=True)
    if not _is_recoverable(dynamodb, name):
        _make_recoverable(dynamodb, name, pause)


def holds_rows(dynamodb: Any, name: str) -> bool:
    """Whether the table holds a row other than those about the queue's backlog; reads one page at most."""
    page = dynamodb.scan(TableName=name, Limit=200, ProjectionExpression=keys.PK)
    return any(item[keys.PK]["S"] != LAG for item in page["Items"])


def _under(key_arn: str) -> dict[str, Any]:
    return {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key_arn}


def _key_schema(pk: str, sk: str) -> list[dict[str, str]]:
    schema = [{"AttributeName": pk, "KeyType": "HASH"}]
    return [*schema, {"AttributeName": sk, "KeyType": "RANGE"}] if sk else schema


def _expiry(dynamodb: Any, name: str) -> str | None:
    described = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    enabled = described["TimeToLiveStatus"].startswith("ENABL")
    attribute: str | None = described.get("AttributeName") if enabled else None
    return attribute


def _is_protected(dynamodb: Any, name: str) -> bool:
    return bool(dynamodb.describe_table(TableName=name)["Table"].get("DeletionProtectionEnabled"))


def _is_recoverable(dynamodb: Any, name: str) -> bool:
    described = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    return bool(described.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus") == "ENABLED")


def _make_recoverable(dynamodb: Any, name: str, pause: Callable[[float], None]) -> None:
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
