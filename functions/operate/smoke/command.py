"""The command `smoke`: run after a deployment. `make smoke STACK=Caliper` runs it."""

import argparse

from functions.operate.arguments import Subcommands, add_command
from functions.operate.operator import Operator
from functions.operate.outcome import Outcome
from functions.operate.smoke.run import run


def add_smoke_command(commands: Subcommands) -> None:
    """Add `smoke`."""
    parser = add_command(
        commands,
        "smoke",
        smoke,
        "check a stack as it runs, a line for each check, and remove what that made",
        example="make smoke STACK=Caliper",
    )
    parser.add_argument("--wait", action="store_true", help="wait for a TimedOut: idle_minutes and a little more")


def smoke(operator: Operator, options: argparse.Namespace) -> Outcome:
    report = run(
        operator.connection,
        stack=operator.stack,
        write=(lambda _line: None) if options.json else _print,
        wait_for_timed_out=options.wait,
    )
    return Outcome(data=report.as_dict(), holds=report.passed)


def _print(line: str) -> None:
    print(line, flush=True)
