"""The operator's commands on the lake: ask it (`sql`), load it now, or build days of it again (`lake`)."""

import argparse
import sys
from collections.abc import Callable
from typing import Any

import orjson

from functions.lake.asking import answer, bytes_at_most, make_views
from functions.lake.questions.named import questions
from functions.operate.connection import Target
from functions.operate.lake import athena
from functions.operate.lake.output import FORMATS, written
from functions.operate.lake.place import Place, place_of
from functions.operate.run import RecoveryError
from functions.store.archive import S3Archive

type AddCommand = Callable[[str, Callable[..., None], str], argparse.ArgumentParser]


def register(command: AddCommand) -> None:
    """Add the commands to an operator's program: `command(name, run, text)` makes a parser; `run(target, options)`."""
    sql = command("sql", ask, "ask the tables of the lake, in SQL or by the name of a question")
    asked = sql.add_mutually_exclusive_group()
    asked.add_argument("--query", default="", help="SQL")
    asked.add_argument("--name", default="", help="a question that ships: `list` names them")
    sql.add_argument("--format", choices=FORMATS, default="table")
    sql.add_argument("--most-gigabytes", type=float, default=10, help="that Athena may have to read (default 10)")
    lake = command("lake", load, "load what the archive got, or build days again (UTC, by arrival)")
    lake.add_argument(
        "--from", dest="from_day", default="", help="as 2026-01-27; without it only what is new is loaded"
    )
    lake.add_argument("--to", dest="to_day", default="", help="the last day (default: the first)")
    lake.add_argument("--maintain", action="store_true", help="do the nightly work now")


def ask(target: Target, options: argparse.Namespace) -> None:
    """Answer one question, or those of a terminal until its end."""
    if options.name == "list":
        for question in questions().values():
            print(f"{question.name:32} {question.title}")
        return
    place = place_of(target, options.stack)
    if options.query or options.name:
        _answer(place, options, _named(options.name) if options.name else options.query)
        return
    print("Tables: events sessions runs daily rejections copies people raw. End a question with `;`. Ctrl-D ends.")
    for sql in _questions_of(sys.stdin):
        try:
            _answer(place, options, sql)
        except RecoveryError as refusal:
            print(refusal, file=sys.stderr)


def _named(name: str) -> str:
    known = questions()
    if name not in known:
        raise RecoveryError(f"There is no question {name}: {', '.join(known)}.")
    return known[name].sql


def _questions_of(lines: Any) -> Any:
    held = ""
    for line in lines:
        held += line
        if held.rstrip().endswith(";"):
            yield held.rstrip().rstrip(";")
            held = ""
    if held.strip():
        yield held


def _answer(place: Place, options: argparse.Namespace, sql: str) -> None:
    with place.opened() as lake:
        if options.stack:
            size = bytes_at_most(lake, sql)
            print(f"reads at most {size / 1e9:.3f} GB: ${athena.price(size):.5f}", file=sys.stderr)
            if size > options.most_gigabytes * 1e9:
                raise RecoveryError("That is more than --most-gigabytes: name days, or raise it.")
            names, rows, scanned = athena.ask(place, sql)
            print(written(names, rows, options.format), end="")
            print(f"read {scanned / 1e9:.3f} GB: ${athena.price(scanned):.5f}", file=sys.stderr)
            return
        make_views(lake)
        try:
            names, found = answer(lake, sql)
        except lake.errors as error:
            raise RecoveryError(f"DuckDB did not answer: {error}") from error
        print(written(names, found, options.format), end="")


def load(target: Target, options: argparse.Namespace) -> None:
    """Run the lake's function now, after having asked for days again if they are named."""
    place = place_of(target, options.stack)
    if options.to_day and not options.from_day:
        raise RecoveryError("Give the first day too: FROM=2026-01-27 TO=2026-01-31.")
    if options.from_day:
        first, last = (day.replace("-", "") for day in (options.from_day, options.to_day or options.from_day))
        if not (first.isdecimal() and last.isdecimal() and len(first) == len(last) == 8 and first <= last):
            raise RecoveryError("Give days as 2026-01-27, the first one first.")
        keys = list(S3Archive(target.client("s3"), target.bucket).keys(from_day=first, to_day=last))
        messages = place.inbox().ask(keys)
        print(f"{len(keys)} objects of the archive are to be loaded again ({messages} messages).")
    task = "maintain" if options.maintain else "feed"
    run = target.client("lambda").invoke(FunctionName=place.function, Payload=orjson.dumps({"task": task}))
    said = run["Payload"].read().decode()
    if "FunctionError" in run:
        raise RecoveryError(f"The lake failed: {said[:2000]}")
    print(said)
