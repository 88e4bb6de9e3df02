"""`caliper`: check Caliper events before shipping, send them, look at what became of them, or run a local double.

Exit codes: 0 done; 1 an item was not accepted; 2 the command could not do its work; 130 interrupted.
"""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Sequence

from functions.client.command import INTERRUPTED
from functions.client.double.command import add_serve_command
from functions.client.remote.commands import add_remote_commands
from functions.client.validating.command import add_validate_command
from functions.core.version import VERSION


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code. Wrong arguments exit at once, with 2."""
    options = build_parser().parse_args(argv)
    try:
        code: int = options.run(options)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # `caliper … | head`: nothing is left to say, not even at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return INTERRUPTED
    return code


def build_parser() -> ArgumentParser:
    parser = ArgumentParser(prog="caliper", description=__doc__)
    parser.add_argument("--version", action="version", version=f"caliper {VERSION}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    add_validate_command(commands)
    add_remote_commands(commands)
    add_serve_command(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
