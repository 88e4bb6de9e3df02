"""`python -m functions.operate.smoke`: what a person runs after a deployment. `make smoke STACK=Caliper` runs it."""

import argparse
import sys
from collections.abc import Sequence

from functions.operate.connection import Target
from functions.operate.registry.lookup import RegistrationError
from functions.operate.run import attempt, stack_options
from functions.operate.smoke.run import run


def main(argv: Sequence[str] | None = None) -> int:
    """0 if nothing failed, 1 if a check did, 2 if there is no stack to check, as a shell tells it if stopped."""
    parser = argparse.ArgumentParser(
        prog="python -m functions.operate.smoke", description=__doc__, parents=[stack_options()]
    )
    parser.add_argument("--wait", action="store_true", help="wait for a TimedOut: idle_minutes and a little more")
    options = parser.parse_args(argv)
    passed = False

    def check(target: Target) -> None:
        nonlocal passed
        passed = run(target, stack=options.stack, write=_say, wait_for_timed_out=options.wait)

    status = attempt(check, stack=options.stack, refusals=(RegistrationError,))
    return status or int(not passed)


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
