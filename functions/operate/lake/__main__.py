"""`python -m functions.operate.lake`: the commands on the lake alone."""

import argparse
import sys
from collections.abc import Callable, Sequence

from functions.operate.connection import Target
from functions.operate.lake.commands import register
from functions.operate.run import attempt, stack_options


def main(argv: Sequence[str] | None = None, *, target: Target | None = None) -> int:
    """Run one command; 0 if it was done, 2 if it was refused or the stack did not do it, and why."""
    parser = argparse.ArgumentParser(prog="python -m functions.operate.lake", description=__doc__)
    where = stack_options()
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[..., None], text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, parents=[where], help=text, description=text)
        made.set_defaults(run=run)
        return made

    register(command)
    options = parser.parse_args(argv)
    run: Callable[[Target, argparse.Namespace], None] = options.run
    return attempt(lambda it: run(it, options), stack=options.stack, target=target, refusals=(ValueError, OSError))


if __name__ == "__main__":
    sys.exit(main())
