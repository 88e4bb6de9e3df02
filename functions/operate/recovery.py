"""`python -m functions.operate.recovery`: what to do when something went wrong, on a stack local or deployed.

Dead letters, quarantine, replay and rebuild. `make dlq`, `make redrive`, `make quarantine`, `make replay` and
`make rebuild` run it.
"""

import argparse
import hashlib
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, cast

from functions.aws.archive import S3Archive
from functions.aws.lag import hold
from functions.aws.queue import SqsQueue
from functions.aws.registry import Registry
from functions.aws.table import DynamoTable
from functions.core.times import DAY_US, day_of, parse_time
from functions.operate import dead_letters, quarantine
from functions.operate.attempt import attempt, stack_options
from functions.operate.lookup import RegistrationError, find_app
from functions.operate.replay import copy_register, empty_twin, holds_events, keep_alike, replay
from functions.operate.target import Target

PLACE = Path(".local")


class RecoveryError(Exception):
    """A command that cannot be done as it was asked; the message says what to do."""


def main(argv: Sequence[str] | None = None, *, target: Target | None = None, now_us: int | None = None) -> int:
    """Run one command; 0 where it was done, 2 where it was refused or the stack did not answer, and why."""
    options = _parser().parse_args(argv)
    options.now_us = time.time_ns() // 1000 if now_us is None else now_us
    run: Callable[[Target, argparse.Namespace], None] = options.run
    return attempt(
        lambda it: run(it, options),
        stack=options.stack,
        target=target,
        refusals=(RecoveryError, RegistrationError, ValueError, ConnectionError),
    )


def list_dead_letters(target: Target, _options: argparse.Namespace) -> None:
    count = 0
    for letter in dead_letters.letters(target.client("sqs"), target.dlq_url):
        count += 1
        items = ", ".join(f"{n} {kind}" for kind, n in sorted(letter.items.items())) or "nothing readable"
        print(f"{letter.id}  received {letter.received_at or '?'}  app {letter.app_id or '?'}  {items}")
        print(f"    {letter.reason}")
    print(f"{count} dead letters" if count else "No dead letters.")


def redrive(target: Target, _options: argparse.Namespace) -> None:
    moved = dead_letters.redrive(target.client("sqs"), target.dlq_url, target.queue_url)
    print(f"{moved} messages are back in the queue." if moved else "No dead letters.")


def take_out(target: Target, options: argparse.Namespace) -> None:
    table = DynamoTable(target.client("dynamodb"), target.table)
    app = find_app(Registry(table), options.app)
    with _opened(options.file, "xb") as file:
        try:
            count = sum(1 for line in quarantine.take_out(table, app) if file.write(line))
        except BaseException:
            Path(options.file).unlink()  # half of them look like all
            raise
    print(f"{options.file}: {count} rejected items of {app.name}. Correct `item` in it, then the same with SUBMIT=1.")
    print("A line with `text` in place of `item` was sent no JSON, or is cut: write the corrected event as its `item`.")


def submit(target: Target, options: argparse.Namespace) -> None:
    app = find_app(Registry(DynamoTable(target.client("dynamodb"), target.table)), options.app)
    queue = SqsQueue(target.client("sqs"), target.queue_url)
    with _opened(options.file, "rb") as file:
        outcome = quarantine.submit(queue, app, file, now_us=options.now_us, nonce=os.urandom(8))
    for one in outcome:
        for error in one.errors:
            print(f"line {one.line}  {one.id or ''}  {error}")
    passed_over = sum(one.passed_over for one in outcome)
    bad = sum(bool(one.errors) for one in outcome) - passed_over
    print(f"{len(outcome) - passed_over - bad} items queued, {bad} still rejected, {passed_over} lines passed over")
    if passed_over:
        raise RecoveryError(f"Correct those lines and submit {options.file} again: nothing is stored twice.")


def _opened(file: str, mode: str) -> IO[bytes]:
    try:
        return cast(IO[bytes], Path(file).open(mode))
    except FileExistsError as error:
        raise RecoveryError(f"{file} is there already, perhaps with corrections: name another file.") from error
    except OSError as error:
        raise RecoveryError(f"{file or 'The name of the file'}: {error.strerror}") from error


def replay_days(target: Target, options: argparse.Namespace) -> None:
    dynamodb = target.client("dynamodb")
    if options.app:
        options.app = find_app(Registry(DynamoTable(dynamodb, target.table)), options.app).app_id
    table = DynamoTable(dynamodb, options.into or target.table)
    hold_until = options.now_us + DAY_US
    hold(table, until_us=hold_until)
    try:
        _replay(target, table, options, from_day=_day(options.from_day), to_day=_day(options.to_day))
    finally:
        hold(table, until_us=0)


def rebuild(target: Target, options: argparse.Namespace) -> None:
    """Everything that was ever archived into an empty table, with the register of the old one."""
    dynamodb = target.client("dynamodb")
    name = options.into or f"{target.table}-rebuilt-{day_of(options.now_us)}"
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
    hold(table, until_us=options.now_us + 7 * DAY_US)
    options.app = ""
    options.into = name
    _replay(target, table, options, from_day="00000000", to_day="99999999")
    hold(table, until_us=0)
    if name != target.table:
        keep_alike(dynamodb, target.table, name)
    print(f"{name} now answers as {target.table} does: compare, then let the stack use it.")


def _replay(target: Target, table: DynamoTable, options: argparse.Namespace, *, from_day: str, to_day: str) -> None:
    mark = _mark(target, table, options, from_day, to_day)
    after = mark.read_text() if mark.exists() else ""
    if after:
        print(f"going on after {after}")
    archive = S3Archive(target.client("s3"), target.bucket)
    objects = events = rejections = 0
    for step in replay(
        archive,
        table,
        target.process_settings(table.name),
        from_day=from_day,
        to_day=to_day,
        now_us=options.now_us,
        app_id=options.app,
        after=after,
    ):
        objects, events, rejections = objects + 1, events + step.events, rejections + step.rejections
        mark.parent.mkdir(exist_ok=True)
        mark.write_text(step.key)
        if objects % 20 == 1 or sys.stdout.isatty():
            print(f"{step.key}  {events} events so far", flush=True)
    mark.unlink(missing_ok=True)
    print(f"{objects} archive objects replayed: {events} events, {rejections} rejections")


def _mark(target: Target, table: DynamoTable, options: argparse.Namespace, from_day: str, to_day: str) -> Path:
    """Where this very replay notes how far it came, so that it goes on there when it is run again."""
    what = f"{target.url}\n{table.name}\n{from_day}\n{to_day}\n{options.app}"
    return PLACE / f"replay-{hashlib.blake2b(what.encode(), digest_size=6).hexdigest()}"


def _day(text: str) -> str:
    at = parse_time(f"{text}T00:00:00Z")
    if at is None:
        raise RecoveryError(f"{text!r} is no day: write it as 2026-01-27.")
    return day_of(at)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m functions.operate.recovery", description=__doc__)
    where = stack_options()
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[..., None], text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, parents=[where], help=text, description=text)
        made.set_defaults(run=run)
        return made

    command("dlq", list_dead_letters, "list the dead letters with their reasons")
    command("redrive", redrive, "put every dead letter back into the queue")
    for name, run, text in (
        ("take-out", take_out, "write the rejected items of an app, with reasons, to a file"),
        ("submit", submit, "judge the corrected items of such a file again and queue the good ones"),
    ):
        quarantined = command(name, run, text)
        quarantined.add_argument("app", help="the app's name or id")
        quarantined.add_argument("file")
    days = command("replay", replay_days, "replay what was received on some days (UTC), from the archive")
    days.add_argument("from_day", metavar="FROM", help="as 2026-01-27")
    days.add_argument("to_day", metavar="TO", help="the last day, as 2026-01-31")
    days.add_argument("--app", default="", help="only what this app sent, by its name or id")
    days.add_argument("--into", default="", help="another table than the stack's")
    whole = command("rebuild", rebuild, "build the table again from the whole archive")
    whole.add_argument("--into", default="", help="the empty table to build (a new one where left out)")
    whole.add_argument("--resume", action="store_true", help="go on with one that was begun")
    return parser


if __name__ == "__main__":
    sys.exit(main())
