"""The command `trace`: one event from queue to session. `make trace ID=…` runs it."""

import argparse
from dataclasses import asdict

from functions.core.ids import canonical_id
from functions.core.times import DAY_US
from functions.operate.arguments import Subcommands, add_command, instant, text_given
from functions.operate.operator import Operator
from functions.operate.outcome import Outcome
from functions.operate.registry.lookup import find_app
from functions.operate.trace.follow import conclusion, follow


def add_trace_command(commands: Subcommands) -> None:
    """Add `trace`."""
    parser = add_command(
        commands, "trace", trace, "say where an event is, or what became of it", example="make trace ID=urn:uuid:…"
    )
    parser.add_argument("id", metavar="ID", type=text_given, help="the event's id")
    parser.add_argument("--app", default="", help="only among the events of this app, by its name or id")
    parser.add_argument("--since", type=instant, help="search the archive from this day or time on (default: a day)")


def trace(operator: Operator, options: argparse.Namespace) -> Outcome:
    apps = [find_app(operator.registry, options.app)] if options.app else operator.registry.apps()
    since_us = operator.clock() - DAY_US if options.since is None else options.since
    stops = list(follow(operator, canonical_id(options.id), apps, since_us=since_us))
    ends = conclusion(stops)
    lines = [f"{'yes' if stop.reached else 'no':4} {stop.place:12} {stop.text}" for stop in stops]
    stored = any(stop.place == "row" and stop.reached for stop in stops)
    return Outcome(
        data={"id": options.id, "stored": stored, "conclusion": ends, "stops": [asdict(stop) for stop in stops]},
        text="\n".join([*lines, ends]),
        holds=stored,
    )
