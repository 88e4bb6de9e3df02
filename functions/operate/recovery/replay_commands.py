"""The commands `replay` and `rebuild`: they hold the sweep, tell how far they came, and go on there when run again."""

import argparse
import hashlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from functions.core.times import DAY_US, day_of, format_time, parse_time
from functions.operate.connection import Target
from functions.operate.recovery.replay import Hold, Mark, replay
from functions.operate.recovery.table_copy import copy_register, empty_twin, holds_events, keep_alike
from functions.operate.registry.lookup import find_app
from functions.operate.run import RecoveryError
from functions.store.archive import S3Archive
from functions.store.backlog import told
from functions.store.dynamodb.table import DynamoTable
from functions.store.registry import Registry

PLACE = Path(".local")
REBUILD_HOLD_US = 7 * DAY_US  # whoever stops a rebuild has a table that lacks the ends of its sessions


class What(NamedTuple):
    """What of the archive: the days, as `20260127`, and the app; empty for all apps."""

    from_day: str
    to_day: str
    app_id: str = ""


EVERYTHING = What("00000000", "99999999")


def replay_days(target: Target, options: argparse.Namespace) -> None:
    from_day, to_day = _day(options.from_day), _day(options.to_day)
    if from_day > to_day:
        raise RecoveryError(f"There is no day from {options.from_day} to {options.to_day}: name the earlier one first.")
    dynamodb = target.client("dynamodb")
    app_id = find_app(Registry(DynamoTable(dynamodb, target.table)), options.app).app_id if options.app else ""
    table = DynamoTable(dynamodb, options.into or target.table)
    hold = Hold(table, options.clock)
    try:
        what = What(from_day, to_day, app_id)
        _replay(target, table, what, anew=options.anew, clock=options.clock, hold=hold, again="the same command")
    finally:
        hold.lift()


def rebuild(target: Target, options: argparse.Namespace) -> None:
    """Everything that was ever archived into an empty table, with the register of the old one."""
    dynamodb = target.client("dynamodb")
    name = options.into or f"{target.table}-rebuilt-{day_of(options.clock())}"
    if name != target.table:
        existing = [found for page in dynamodb.get_paginator("list_tables").paginate() for found in page["TableNames"]]
        if name not in existing:
            print(f"making table {name}")
            empty_twin(dynamodb, target.table, name)
    if holds_events(dynamodb, name) and not options.resume:
        raise RecoveryError(f"{name} is not empty: name another with --into, or go on with --resume.")
    table = DynamoTable(dynamodb, name)
    if name != target.table:
        apps = copy_register(DynamoTable(dynamodb, target.table), table)
        print(f"{apps} apps with their credentials and courses copied")
    hold = Hold(table, options.clock, for_us=REBUILD_HOLD_US)
    told(
        table, until_us=options.clock()
    )  # what is in the archive by now was told to subscribers by the old table's sweep
    again = f"INTO={name} RESUME=1 (--into {name} --resume)"
    try:
        _replay(target, table, EVERYTHING, anew=not options.resume, clock=options.clock, hold=hold, again=again)
    except BaseException:
        until = format_time(hold.until_us)
        print(f"{name} lacks the rest: until it is rebuilt, or {until}, no session times out in it.", file=sys.stderr)
        raise
    hold.lift()
    if name != target.table:
        keep_alike(dynamodb, target.table, name)
    print(f"{name} now answers as {target.table} does: compare, then let the stack use it.")


def _replay(
    target: Target,
    table: DynamoTable,
    what: What,
    *,
    anew: bool,
    clock: Callable[[], int],
    hold: Hold,
    again: str,
) -> None:
    mark = _mark(target, table, what)
    if anew:
        mark.clear()
    reached = mark.read()
    if reached:
        print(f"going on after {reached}, where it was stopped; ANEW=1 (--anew) begins anew")
    archive = S3Archive(target.client("s3"), target.bucket)
    objects = events = rejections = 0
    try:
        for step in replay(
            archive,
            table,
            target.process_settings(table.name),
            from_day=what.from_day,
            to_day=what.to_day,
            now_us=clock(),
            app_id=what.app_id,
            after=reached,
        ):
            hold.renew()
            objects, events, rejections = objects + 1, events + step.events, rejections + step.rejections
            mark.write(step.key)
            reached = step.key
            if objects % 20 == 1 or sys.stdout.isatty():
                print(f"{step.key}  {events} events so far", flush=True)
    except BaseException:
        if reached:
            print(f"stopped; {again} goes on after {reached}", file=sys.stderr)
        raise
    mark.clear()
    print(f"{objects} archive objects replayed: {events} events, {rejections} rejections")


def _mark(target: Target, table: DynamoTable, what: What) -> Mark:
    """Where this very replay notes how far it came, so that it goes on there when it is run again."""
    name = f"{target.url}\n{table.name}\n{what.from_day}\n{what.to_day}\n{what.app_id}"
    return Mark(PLACE / f"replay-{hashlib.blake2b(name.encode(), digest_size=6).hexdigest()}")


def _day(text: str) -> str:
    at = parse_time(f"{text}T00:00:00Z")
    if at is None:
        raise RecoveryError(f"{text!r} is no day: write it as 2026-01-27.")
    return day_of(at)
