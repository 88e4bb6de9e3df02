"""What is kept: an event in the table and in the archive, and the table's own safeguards."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from functions.core.times import day_of
from functions.http.paths import EVENTS
from functions.operate.smoke.report import Finding, compared, skipped
from functions.operate.smoke.trial import Trial
from functions.store import keys
from functions.store.archive import PREFIX, S3Archive

EARLIER_US = 60_000_000  # an object is named by the first of its events, which may have waited before this run's


def check(trial: Trial) -> Iterator[Finding]:
    event = trial.event()
    sent_us = trial.now_us()
    answer = trial.send(event)
    path = f"{EVENTS.template}?id={quote(event['id'], safe='')}"
    rows = trial.wait(lambda: trial.get(path).json().get("events"))
    yield compared("an event in the table", "1 row", f"{len(rows or [])} rows (sent: {answer})", holds=bool(rows))
    s3 = trial.connection.client("s3")
    kept = trial.wait(lambda: archived(s3, trial.connection.bucket, event["id"], since_us=sent_us - EARLIER_US))
    yield compared("the same event in the archive", "an object with it", kept or "none", holds=bool(kept))
    yield from _safeguards(trial)


def archived(s3: Any, bucket: str, event_id: str, *, since_us: int) -> str:
    """The key of the object that holds an event among those written since; empty if there is none."""
    archive = S3Archive(s3, bucket)
    after = f"{PREFIX}day={day_of(since_us)}/{since_us:016d}"
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=PREFIX, StartAfter=after):
        for stored_object in page.get("Contents", []):
            items = (item for message in archive.read(stored_object["Key"]) for item in message.items)
            if any(event_id.encode() in item.raw for item in items):
                return str(stored_object["Key"])
    return ""


def _safeguards(trial: Trial) -> Iterator[Finding]:
    dynamodb, table = trial.connection.client("dynamodb"), trial.connection.table
    ttl = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    got = f"{ttl.get('TimeToLiveStatus')} by {ttl.get('AttributeName')}"
    yield compared("the table forgets what has expired", f"ENABLED by {keys.TTL}", got)
    if trial.local:
        for what in ("the table can be restored to a point in time", "the table is protected from deletion"):
            yield skipped(what, "ENABLED", "the laptop's stack keeps nothing: `make down` removes it")
        return
    backups = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    status = backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus")
    yield compared("the table can be restored to a point in time", "ENABLED", status)
    protected = dynamodb.describe_table(TableName=table)["Table"].get("DeletionProtectionEnabled", False)
    yield compared("the table is protected from deletion", "ENABLED", "ENABLED" if protected else "DISABLED")
