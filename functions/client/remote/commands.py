"""The commands `caliper send`, `play`, `tail` and `get`."""

import json
import os
import sys
import time
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from functools import partial

from functions.client.command import DONE, FAILED, REFUSED, Commands
from functions.client.remote.batches import SENSOR, Batch, RefusedDocument, batches_of
from functions.client.remote.columns import EVENTS, PROGRESS, RUNS, SESSIONS, table
from functions.client.remote.connection import Connection, Credential, NoAnswer, Refused
from functions.client.remote.playing import due, timed
from functions.client.remote.sending import SendReport, send, summary, wait_until_stored
from functions.client.remote.tailing import Tail, follow
from functions.client.validating.payload import Unreadable, read
from functions.core.times import format_time, parse_time
from functions.http import paths

LOCAL_URL = "http://127.0.0.1:4010"
ANY_KEY = "any-key"  # of the double, which takes every one
LOOK_S = 2.0

READS = {
    "event": (paths.EVENTS, "id", "events", EVENTS),
    "session": (paths.SESSIONS, "id", "sessions", SESSIONS),
    "run": (paths.RUNS, "id", "runs", RUNS),
    "learner": (paths.SESSIONS, "actor", "sessions", SESSIONS),
    "progress": (paths.PROGRESS, "actor", "progress", PROGRESS),
}


def add_remote_commands(commands: Commands) -> None:
    sending = _added(commands, "send", send_file, "send a file's events and say what became of each")
    sending.add_argument("file", metavar="FILE", help="a file, or - for standard input")
    sending.add_argument("--sensor", default=SENSOR, help="the sensor of events that have no envelope")
    sending.add_argument("--no-wait", action="store_true", help="do not wait until the events are stored")
    playing = _added(commands, "play", play_file, "send a file's events with the pauses between their times")
    playing.add_argument("file", metavar="FILE", help="a file, or - for standard input")
    playing.add_argument("--sensor", default=SENSOR, help="the sensor of events that have no envelope")
    playing.add_argument("--speed", type=_speed, default=1.0, help="how many times as fast (default: 1)")
    playing.add_argument("--shift-to", type=_instant, metavar="now|TIME", help="move the first event to that time")
    tailing = _added(commands, "tail", tail_events, "follow the events that the app sends, as they are stored")
    tailing.add_argument("--rejects", action="store_true", help="follow the rejected items and their reasons instead")
    tailing.add_argument("--seconds", type=float, help="end after that many seconds (default: never)")
    getting = _added(commands, "get", get_rows, "ask for an event, a session, a run, a learner's sessions or progress")
    getting.add_argument("kind", choices=list(READS))
    getting.add_argument("id", metavar="ID", help="of the event, session or run, or of the learner")
    getting.add_argument("--json", action="store_true", help="the answer as the service gave it")
    getting.add_argument("--app", default="", help="with the admin scope: another app's id, or * for all")


def _added(commands: Commands, name: str, run: Callable[[Namespace], int], effect: str) -> ArgumentParser:
    parser = commands.add_parser(
        name,
        help=effect,
        description=f"{effect[:1].upper()}{effect[1:]}. Exit code 0: done; 1: not all was accepted, or nothing was "
        "found; 2: the service could not be asked. Secrets are better given by the environment than by options.",
    )
    parser.add_argument("--url", default=os.environ.get("CALIPER_URL", LOCAL_URL), help="CALIPER_URL, or the double")
    parser.add_argument("--key", default=os.environ.get("CALIPER_KEY", ""), help="a sensor key: CALIPER_KEY")
    parser.add_argument(
        "--client",
        default=os.environ.get("CALIPER_CLIENT", ""),
        metavar="ID:SECRET",
        help="an OAuth client: CALIPER_CLIENT",
    )
    parser.set_defaults(run=partial(_reported, run))
    return parser


def _reported(run: Callable[[Namespace], int], options: Namespace) -> int:
    """Run a command; what kept it from its work is said on standard error."""
    try:
        return run(options)
    except (Unreadable, NoAnswer, Refused) as error:
        print(error, file=sys.stderr)
        return REFUSED


def connection_of(options: Namespace) -> Connection:
    """The service and the credential that the options name."""
    client_id, _, secret = options.client.partition(":")
    key = options.key or ANY_KEY
    return Connection(options.url, Credential("" if client_id else key, client_id, secret))


def send_file(options: Namespace) -> int:
    """Send a file, wait, print the verdicts."""
    connection, report = connection_of(options), SendReport()
    batches = batches_of(read(options.file), now=format_time(time.time_ns() // 1000), sensor=options.sensor)
    for line in send(options.file, batches, connection, report):
        print(line)
    return _ended(connection, report, wait=not options.no_wait)


def play_file(options: Namespace) -> int:
    """Send a file's events when each is due."""
    connection, report = connection_of(options), SendReport()
    now_us = time.time_ns() // 1000
    batches: list[Batch] = []
    for batch in batches_of(read(options.file), now=format_time(now_us), sensor=options.sensor):
        if isinstance(batch, RefusedDocument):
            report.refused += 1
            print(f"{options.file}:{batch.line}: not sent: {batch.refusal.message}")
        else:
            batches.append(batch)
    target_us = now_us if options.shift_to == 0 else options.shift_to
    rows = timed(
        batches, speed=options.speed, shift_us=lambda first_us: 0 if target_us is None else target_us - first_us
    )
    began = time.monotonic()
    for row in due(rows):
        time.sleep(max(0.0, row.due_us / 1e6 - (time.monotonic() - began)))
        for line in send(options.file, [row.batch], connection, report):
            print(line, flush=True)
    return _ended(connection, report, wait=True)


def _ended(connection: Connection, report: SendReport, *, wait: bool) -> int:
    if wait:
        for line in wait_until_stored(connection, report):
            print(line)
        print(summary(report))
    else:
        print(summary(report).partition(";")[0])
    return DONE if report.good else FAILED


def tail_events(options: Namespace) -> int:
    """Print what is new, again and again."""
    deadline = None if options.seconds is None else time.monotonic() + options.seconds

    def pause() -> bool:
        time.sleep(LOOK_S if deadline is None else max(0.0, min(LOOK_S, deadline - time.monotonic())))
        return deadline is None or time.monotonic() < deadline

    tail = Tail(connection_of(options), rejections=options.rejects)
    follow(tail, tell=lambda line: print(line, flush=True), pause=pause)
    return DONE


def get_rows(options: Namespace) -> int:
    """Print what the service knows under an id."""
    path, parameter, name, columns = READS[options.kind]
    answer = connection_of(options).get(path.template, **{parameter: options.id, "app": options.app})
    rows = answer[name]
    if options.json:
        print(json.dumps(answer, indent=2, ensure_ascii=False))
    else:
        print("\n".join(table(rows, columns)) if rows else f"There is no {options.kind} {options.id}.")
        if answer.get("cursor"):
            print("… and more: ask for JSON, or narrow the question.")
    return DONE if rows else FAILED


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed < float("inf"):
        raise ArgumentTypeError("a number over 0")
    return speed


def _instant(text: str) -> int:
    """Microseconds since 1970; 0 for now."""
    time_us = 0 if text == "now" else parse_time(text)
    if time_us is None:
        raise ArgumentTypeError("now, or a time such as 2026-01-27T10:00:00Z")
    return time_us
