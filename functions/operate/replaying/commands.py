"""The commands `replay` and `rebuild`: the archive's facts into the live table again, or into an empty one.

They pause the sweep, tell how far they are, and go on there when they are run again. Nothing is archived a second time
and no notice is published. A rebuild is a replay of everything, TimedOut events, heartbeats and rejections included.
"""

import argparse

from functions.core.times import DAY_US, day_of, format_time, parse_time
from functions.operate.errors import RecoveryError
from functions.operate.operator import Operator
from functions.operate.outcome import Outcome
from functions.operate.recovery import tables
from functions.operate.registry.lookup import find_app
from functions.operate.replaying.pause import SweepPause
from functions.operate.replaying.replay import Counts, ReplayScope, replay
from functions.operate.replaying.settling import settle
from functions.operate.replaying.workers import WORKERS
from functions.store.backlog import mark_published
from functions.store.dynamodb.table import DynamoTable

LAST_DAY = "99999999"
REBUILD_PAUSE_US = 7 * DAY_US  # a rebuild that is stopped leaves a table that lacks the ends of its sessions


def replay_days(operator: Operator, options: argparse.Namespace) -> Outcome:
    from_day, to_day = _day(options.from_day), _day(options.to_day)
    if from_day > to_day:
        raise RecoveryError(f"There is no day from {options.from_day} to {options.to_day}: name the earlier one first.")
    app_id = find_app(operator.registry, options.app).app_id if options.app else ""
    name = options.into or operator.connection.table
    pause = SweepPause(DynamoTable(operator.connection.client("dynamodb"), name), operator.clock)
    try:
        scope = ReplayScope(from_day, to_day, app_id)
        counts = replay(
            operator,
            name,
            scope,
            anew=options.anew,
            pause=pause,
            workers=options.workers,
            again="the same command",
        )
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
        tables.create(
            dynamodb,
            name,
            tables.EVENTS,
            table_class=operator.connection.table_class,
            key_arn=operator.connection.customer_key_arn,
        )
    elif not options.resume and tables.holds_rows(dynamodb, name):
        raise RecoveryError(
            f"{name} is not empty. Name another with INTO=… (--into); if it is a rebuild that was stopped, go on with "
            "RESUME=1 (--resume)."
        )
    counts = rebuild_into(operator, name, anew=not options.resume, workers=options.workers)
    text = f"{counts}\n{name} now answers as the archive says"
    text += ": compare, then let the stack use it." if name != own else "."
    return Outcome(data=counts._asdict() | {"table": name}, text=text)


def rebuild_into(operator: Operator, name: str, *, anew: bool, workers: int = WORKERS) -> Counts:
    """Replay what the archive has of the days that the table keeps into `name`, and safeguard it.

    Its sweep is paused until every session that ended is settled as it was.
    """
    dynamodb = operator.connection.client("dynamodb")
    table = DynamoTable(dynamodb, name)
    pause = SweepPause(table, operator.clock, for_us=REBUILD_PAUSE_US)
    if anew:  # subscribers heard of every end that is in the archive by now from the sweep of the old table
        mark_published(table, until_us=operator.clock())
    again = f"`make rebuild INTO={name} RESUME=1` (--into {name} --resume)"
    try:
        kept_from = day_of(operator.clock() - operator.connection.retention_days * DAY_US)
        scope = ReplayScope(kept_from, LAST_DAY, held=False)
        counts = replay(
            operator,
            name,
            scope,
            anew=anew,
            pause=pause,
            workers=workers,
            again=again,
            finish=lambda: settle(operator, table, pause=pause),
        )
    except BaseException:
        until = format_time(pause.until_us)
        operator.progress.note(f"{name} lacks the rest: until it is rebuilt, or {until}, no session times out in it.")
        raise
    pause.end()
    tables.safeguard(dynamodb, name, tables.EVENTS, protected=not operator.connection.is_local)
    return counts


def _day(text: str) -> str:
    us = parse_time(f"{text}T00:00:00Z")
    if us is None:
        raise RecoveryError(f"{text!r} is not a day: make replay FROM=2026-01-27 TO=2026-01-31.")
    return day_of(us)
