"""The commands `replay` and `rebuild`: they pause the sweep, tell how far they are, and go on there when run again."""

import argparse
import hashlib
from pathlib import Path
from typing import NamedTuple

from functions.core.times import DAY_US, day_of, format_time, parse_time
from functions.operate.errors import RecoveryError
from functions.operate.operator import Operator
from functions.operate.outcome import Outcome
from functions.operate.recovery import tables
from functions.operate.recovery.replay import Checkpoint, SweepPause, replay
from functions.operate.registry.lookup import find_app
from functions.store.archive import S3Archive
from functions.store.backlog import mark_published
from functions.store.dynamodb.table import DynamoTable

CHECKPOINTS = Path(".local")
REBUILD_PAUSE_US = 7 * DAY_US  # a rebuild that is stopped leaves a table that lacks the ends of its sessions


class ReplayScope(NamedTuple):
    """A part of the archive: the days, as `20260127`, and the app; empty for all apps."""

    from_day: str
    to_day: str
    app_id: str = ""


EVERYTHING = ReplayScope("00000000", "99999999")


class Counts(NamedTuple):
    """How much of the archive was replayed."""

    objects: int
    events: int
    rejections: int

    def __str__(self) -> str:
        return f"{self.objects} archive objects replayed: {self.events} events, {self.rejections} rejections"


def replay_days(operator: Operator, options: argparse.Namespace) -> Outcome:
    from_day, to_day = _day(options.from_day), _day(options.to_day)
    if from_day > to_day:
        raise RecoveryError(f"There is no day from {options.from_day} to {options.to_day}: name the earlier one first.")
    app_id = find_app(operator.registry, options.app).app_id if options.app else ""
    table = DynamoTable(operator.connection.client("dynamodb"), options.into or operator.connection.table)
    pause = SweepPause(table, operator.clock)
    try:
        scope = ReplayScope(from_day, to_day, app_id)
        counts = _replay(operator, table, scope, anew=options.anew, pause=pause, again="the same command")
    finally:
        pause.end()
    return Outcome(data=counts._asdict(), text=str(counts))


def rebuild(operator: Operator, options: argparse.Namespace) -> Outcome:
    """Store everything that was ever archived into an empty table: a new one, or the stack's own if that is gone."""
    dynamodb, own = operator.connection.client("dynamodb"), operator.connection.table
    name = options.into or (
        f"{own}-rebuilt-{day_of(operator.clock())}" if tables.exists(dynamodb, own) else own  # under its own name
    )
    if not tables.exists(dynamodb, name):
        operator.progress.note(f"creating table {name}")
        tables.create(dynamodb, name, tables.EVENTS)
    elif not options.resume and tables.holds_rows(dynamodb, name):
        raise RecoveryError(
            f"{name} is not empty. Name another with INTO=… (--into); if it is a rebuild that was stopped, go on with "
            "RESUME=1 (--resume)."
        )
    counts = rebuild_into(operator, name, anew=not options.resume)
    text = f"{counts}\n{name} now answers as the archive says"
    text += ": compare, then let the stack use it." if name != own else "."
    return Outcome(data=counts._asdict() | {"table": name}, text=text)


def rebuild_into(operator: Operator, name: str, *, anew: bool) -> Counts:
    """Replay the whole archive into table `name`, with its sweep paused, and safeguard it."""
    dynamodb = operator.connection.client("dynamodb")
    table = DynamoTable(dynamodb, name)
    pause = SweepPause(table, operator.clock, for_us=REBUILD_PAUSE_US)
    if anew:  # subscribers heard of every end that is in the archive by now from the sweep of the old table
        mark_published(table, until_us=operator.clock())
    again = f"`make rebuild INTO={name} RESUME=1` (--into {name} --resume)"
    try:
        counts = _replay(operator, table, EVERYTHING, anew=anew, pause=pause, again=again)
    except BaseException:
        until = format_time(pause.until_us)
        operator.progress.note(f"{name} lacks the rest: until it is rebuilt, or {until}, no session times out in it.")
        raise
    pause.end()
    tables.safeguard(dynamodb, name, tables.EVENTS, protected=not operator.connection.is_local)
    return counts


def _replay(
    operator: Operator, table: DynamoTable, scope: ReplayScope, *, anew: bool, pause: SweepPause, again: str
) -> Counts:
    checkpoint = _checkpoint(operator, table, scope)
    if anew:
        checkpoint.clear()
    reached = checkpoint.read()
    if reached:
        operator.progress.note(f"going on after {reached}, where it was stopped; ANEW=1 (--anew) begins anew")
    archive = S3Archive(operator.connection.client("s3"), operator.connection.bucket)
    total = sum(key > reached for key in archive.keys(from_day=scope.from_day, to_day=scope.to_day))
    objects = events = rejections = 0
    try:
        with operator.progress.steps("archive objects", total) as advance:
            for step in replay(
                archive,
                table,
                operator.connection.process_settings(table.name),
                registry=operator.registry_table,
                from_day=scope.from_day,
                to_day=scope.to_day,
                now_us=operator.clock(),
                app_id=scope.app_id,
                after=reached,
            ):
                pause.renew()
                objects, events, rejections = objects + 1, events + step.events, rejections + step.rejections
                checkpoint.write(step.key)
                reached = step.key
                advance(f"{events} events")
    except BaseException:
        if reached:
            operator.progress.note(f"stopped; {again} goes on after {reached}")
        raise
    checkpoint.clear()
    return Counts(objects, events, rejections)


def _checkpoint(operator: Operator, table: DynamoTable, scope: ReplayScope) -> Checkpoint:
    """Where this very replay notes how far it came, so that it goes on there when it is run again."""
    name = f"{operator.connection.url}\n{table.name}\n{scope.from_day}\n{scope.to_day}\n{scope.app_id}"
    return Checkpoint(CHECKPOINTS / f"replay-{hashlib.blake2b(name.encode(), digest_size=6).hexdigest()}")


def _day(text: str) -> str:
    us = parse_time(f"{text}T00:00:00Z")
    if us is None:
        raise RecoveryError(f"{text!r} is not a day: make replay FROM=2026-01-27 TO=2026-01-31.")
    return day_of(us)
