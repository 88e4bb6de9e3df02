"""The command `export`: the events of an app as a file, one a line. `make export APP=… FROM=… TO=…` runs it."""

import argparse
from pathlib import Path

from functions.core.times import day_of, iso_day
from functions.operate.arguments import Subcommands, add_command, instant, text_given
from functions.operate.errors import ExportError
from functions.operate.export.exporting import Exported, export_events
from functions.operate.operator import Operator
from functions.operate.outcome import Outcome
from functions.operate.private_file import create_private_file
from functions.operate.registry.lookup import find_app

FORMATS = ("csv", "ndjson")


def add_export_command(commands: Subcommands) -> None:
    """Add `export`."""
    parser = add_command(
        commands,
        "export",
        export,
        "write the events of an app to a file, one a line, as GET /events answers them",
        example="make export APP='My app' FROM=2026-01-27 TO=2026-02-01 FORMAT=csv",
    )
    parser.add_argument("app", metavar="APP", type=text_given, help="the app, by its name or id")
    parser.add_argument("from_us", metavar="FROM", type=instant, help="events that happened on or after this day")
    parser.add_argument("to_us", metavar="TO", type=instant, help="and before this day (UTC)")
    parser.add_argument("--format", choices=FORMATS, default="ndjson", help="of the file (default: ndjson)")
    parser.add_argument("--file", default="", help="a new file (default: events-FROM-TO.FORMAT in this folder)")


def export(operator: Operator, options: argparse.Namespace) -> Outcome:
    """Write the file. Raises ExportError if no instant lies between FROM and TO."""
    if options.from_us >= options.to_us:
        raise ExportError("FROM must be before TO: TO itself is not part of the export.")
    app = find_app(operator.registry, options.app)
    days = (iso_day(day_of(us)) for us in (options.from_us, options.to_us))
    name = options.file or f"events-{'-'.join(days)}.{options.format}"
    exported = Exported()
    with create_private_file(name) as file:
        try:
            for lines in export_events(operator, app, options.from_us, options.to_us, options.format, exported):
                file.write(lines)
        except BaseException:
            Path(name).unlink()
            raise
    return Outcome(
        data={"file": name, "events": exported.events},
        text=f"{exported.events} events of {app.name} in {name}, which only you can read: it holds learners' data.",
    )
