"""`python -m functions.operate.recovery.commands`: what to do when something went wrong, on a stack local or deployed.

Dead letters, quarantine, replay and rebuild. `make dlq`, `make redrive`, `make quarantine`, `make replay` and
`make rebuild` run it.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, cast

from functions.operate.connection import Target
from functions.operate.recovery import dead_letters, quarantine
from functions.operate.recovery.replay_commands import rebuild, replay_days
from functions.operate.registry.lookup import RegistrationError, find_app
from functions.operate.run import RecoveryError, attempt, stack_options
from functions.store.dynamodb.table import DynamoTable
from functions.store.queue import SqsQueue
from functions.store.registry import Registry
from functions.storing.arming import Contended


def now_us() -> int:
    return time.time_ns() // 1000


def main(argv: Sequence[str] | None = None, *, target: Target | None = None, clock: Callable[[], int] = now_us) -> int:
    """Run one command; 0 where it was done, 2 where it was refused or the stack did not do it, and why."""
    options = _parser().parse_args(argv)
    options.clock = clock
    run: Callable[[Target, argparse.Namespace], None] = options.run
    return attempt(
        lambda it: run(it, options),
        stack=options.stack,
        target=target,
        refusals=(RegistrationError, ValueError, OSError, Contended),
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
        outcome = quarantine.submit(queue, app, file, now_us=options.clock(), nonce=os.urandom(8))
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m functions.operate.recovery.commands", description=__doc__)
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
    days.add_argument("--anew", action="store_true", help="from the first day again, though it was stopped further on")
    whole = command("rebuild", rebuild, "build the table again from the whole archive")
    whole.add_argument("--into", default="", help="the empty table to build (a new one where left out)")
    whole.add_argument("--resume", action="store_true", help="go on with one that was begun")
    return parser


if __name__ == "__main__":
    sys.exit(main())
