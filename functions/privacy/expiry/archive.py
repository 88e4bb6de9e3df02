"""What an app sent so long ago that its registration does not let archive and lake keep it: each day, day by day.

Objects of the archive hold several apps, so they are written anew without the app's lines, as an erasure does.
"""

import gzip
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from functions.core.apps import App
from functions.core.times import DAY_US, day_of, iso_day
from functions.privacy.erasure_context import Doors
from functions.privacy.places.archive_objects import Rewritten
from functions.store.archive import messages_of, packed
from functions.store.erasure.versions import FIRST_DAY, Version, latest_of


def kept_from(app: App, *, retention_days: int, now_us: int) -> str:
    """The first UTC day (`20260127`) of receipt that is kept; "" if all are. Never less than the table keeps."""
    keeping = app.keeping
    if not keeping.archive_days:
        return ""
    days = max(keeping.archive_days, keeping.table_days or retention_days)
    return day_of(now_us - days * DAY_US)


def last_day_before(day: str) -> str:
    """The day before a day, both as `20260127`."""
    return f"{datetime.strptime(day, '%Y%m%d').replace(tzinfo=UTC) - timedelta(days=1):%Y%m%d}"


def expire_archive(app: App, doors: Doors, *, after: str, kept_day: str) -> Iterator[tuple[str, int]]:
    """Take the app's lines out of the objects behind `after` (`20260127/<object>`) and before `kept_day`."""
    for versions in doors.versions.objects(from_day=after or FIRST_DAY, to_day=last_day_before(kept_day)):
        yield from _expire_object(app, doors, versions)


def _expire_object(app: App, doors: Doors, versions: Sequence[Version]) -> Iterator[tuple[str, int]]:
    latest = latest_of(versions)
    if latest is None:
        return
    body, etag = doors.versions.read(latest)
    messages = list(messages_of(gzip.decompress(body).splitlines()))
    others = [message for message in messages if message.tenant != app.tenant]
    lines = sum(len(message.items) for message in messages if message.tenant == app.tenant)
    if not lines:
        return
    if others and not doors.versions.replace(latest.key, packed(others), etag):
        raise Rewritten(f"{latest.key} changed while it was being rewritten: the same is done again")
    for version in doors.versions.of(latest.key):
        if not (others and version.is_latest):
            doors.versions.delete(version)
    yield "archive objects", 1
    yield "archive lines", lines


def expire_lake(app: App, doors: Doors, *, kept_day: str) -> Iterator[tuple[str, int]]:
    """The same in the lake's tables, if there is a lake."""
    door = doors.lake
    if door is None or door.secret() is None:
        return
    # Only where there is a lake: nothing else waits for DuckDB.
    from functions.lake.erasure.expiry import expire_tables

    with door.opened() as lake:
        yield from expire_tables(lake, app.app_id, before_day=iso_day(kept_day), load_again=door.load_again)
