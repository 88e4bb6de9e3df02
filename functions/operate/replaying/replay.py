"""One replay, from where it was stopped to its end: what it takes of the archive, and how it stores that."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from functions.operate.operator import Operator
from functions.operate.replaying.checkpoints import Checkpoints
from functions.operate.replaying.groups import Group
from functions.operate.replaying.pause import SweepPause
from functions.operate.replaying.workers import Replay, StoreGroup
from functions.store.archive import S3Archive
from functions.store.backlog import sweep_orders
from functions.store.dynamodb.table import DynamoTable
from functions.store.registrations import Registrations
from functions.storing.event_index_cache import EventIndexCache
from functions.storing.replaying import store_again

CHECKPOINTS = Path(".local")


class ReplayScope(NamedTuple):
    """A part of the archive: the days, as `20260127`, and the app; empty for all apps."""

    from_day: str
    to_day: str
    app_id: str = ""
    held: bool = True  # the table had these rows once


class Counts(NamedTuple):
    """How much of the archive was replayed."""

    objects: int
    events: int
    rejections: int

    def __str__(self) -> str:
        return f"{self.objects} archive objects replayed: {self.events} events, {self.rejections} rejections"


def replay(
    operator: Operator,
    name: str,
    scope: ReplayScope,
    *,
    anew: bool,
    pause: SweepPause,
    workers: int,
    again: str,
    finish: Callable[[], object] = lambda: None,
) -> Counts:
    """Replay into the table `name`. Only after `finish`, too, is it forgotten how far it came."""
    connection = operator.connection
    archive = S3Archive(connection.client("s3"), connection.bucket)
    days = archive.days(from_day=scope.from_day, to_day=scope.to_day)
    checkpoints = _checkpoints(operator, name, scope)
    if anew:
        checkpoints.clear()
    begun = checkpoints.days()
    if begun:
        place = _place(checkpoints)
        operator.progress.note(f"going on after {place}, where it was stopped; ANEW=1 (--anew) begins anew")
    orders = sweep_orders(DynamoTable(connection.client("dynamodb"), name), now_us=operator.clock())
    work = Replay(
        archive=archive,
        checkpoints=checkpoints,
        open_store=lambda: _group_store(operator, name, app_id=scope.app_id, held=scope.held),
        joined_until_us=orders.published_until_us,
        after_group=pause.renew,
        workers=workers,
    )
    objects = events = rejections = 0
    try:
        with operator.progress.steps("archive objects", work.objects(days)) as advance:
            for step in work.run(days):
                objects, events, rejections = objects + step.objects, events + step.events, rejections + step.rejections
                advance(f"{events} events", step.objects)
        finish()
    except BaseException:
        if checkpoints.days():
            operator.progress.note(f"stopped; {again} goes on after {_place(checkpoints)}")
        raise
    checkpoints.clear()
    return Counts(objects, events, rejections)


def _group_store(operator: Operator, name: str, *, app_id: str, held: bool) -> StoreGroup:
    """What stores groups for one worker."""
    table = DynamoTable(operator.connection.client("dynamodb"), name)
    settings = operator.connection.process_settings(name)
    cache = EventIndexCache()
    registry = DynamoTable(operator.connection.client("dynamodb"), operator.connection.registry_table)
    registrations = Registrations(registry, settings.timeouts)

    def store_group(group: Group) -> tuple[int, int]:
        batches = [[message for message in batch if app_id in ("", message.app_id)] for batch in group.batches]
        stored = store_again(
            batches,
            table=table,
            settings=settings,
            now_us=operator.clock(),
            event_index_cache=cache,
            registrations=registrations,
            held=held,
        )
        return stored.events, stored.rejections

    return store_group


def _checkpoints(operator: Operator, table: str, scope: ReplayScope) -> Checkpoints:
    """Where this very replay notes how far it came, so that it goes on there when it is run again."""
    name = f"{operator.connection.url}\n{table}\n{scope.from_day}\n{scope.to_day}\n{scope.app_id}"
    return Checkpoints(CHECKPOINTS / f"replay-{hashlib.blake2b(name.encode(), digest_size=6).hexdigest()}-days")


def _place(checkpoints: Checkpoints) -> str:
    """How far it came: the one object, or the last of the days that were begun."""
    days = checkpoints.days()
    return checkpoints.read(days[-1]) + (f" and of {len(days) - 1} days before" if len(days) > 1 else "")
