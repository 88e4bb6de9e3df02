"""The command `caliper validate`."""

import sys
import time
from argparse import ArgumentParser, Namespace

from functions.client.command import DONE, FAILED, REFUSED, Commands
from functions.client.validating.formats import FORMATS
from functions.client.validating.judgement import judge
from functions.client.validating.payload import Unreadable, read
from functions.client.validating.summary import FileReport
from functions.core.apps import App


def add_validate_command(commands: Commands) -> None:
    parser = commands.add_parser(
        "validate",
        help="say what the service would say of events, without a service",
        description="Judges envelopes, arrays of envelopes, single events and entities: a JSON file, or one a line "
        "(NDJSON), packed by gzip or not. Exit code 0: all would be stored; 1: not all; 2: a file cannot be read.",
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="a file, or - for standard input")
    parser.add_argument("--format", choices=list(FORMATS), default="text", help="what to print (default: text)")
    add_app_options(parser)
    parser.set_defaults(run=validate)


def add_app_options(parser: ArgumentParser) -> None:
    """How the app is registered whose events these are."""
    parser.add_argument("--strict", action="store_true", help="warnings reject, as for an app registered as strict")
    parser.add_argument("--house", choices=["timeback"], default="", help="the house rules bind standard events too")
    parser.add_argument("--caliper-1-0", action="store_true", help="take Caliper 1.0 too")
    parser.add_argument(
        "--edapp", action="append", metavar="ID", help="the app may speak for this edApp only (may be repeated)"
    )


def app_of(options: Namespace, *, app_id: str = "command-line", tenant: str = "command-line") -> App:
    """The registration that the options describe."""
    return App(
        app_id=app_id,
        tenant=tenant,
        name=app_id,
        edapps=tuple(options.edapp or ("*",)),
        strict=options.strict,
        house=options.house,
        caliper_1_0=options.caliper_1_0,
    )


def validate(options: Namespace) -> int:
    """Print the findings; the exit code."""
    app, now_us = app_of(options), time.time_ns() // 1000
    reports: list[FileReport] = []
    readable = True
    for name in options.files:
        try:
            payload = read(name)
        except Unreadable as error:
            readable = False
            print(error, file=sys.stderr)
            continue
        reports.append(FileReport(name, tuple(judge(payload, app=app, now_us=now_us))))
    for line in FORMATS[options.format](reports):
        print(line)
    if not readable:
        return REFUSED
    return DONE if all(report.accepted for report in reports) else FAILED
