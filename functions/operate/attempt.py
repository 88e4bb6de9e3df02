"""An attempt at one command of an operator: on which stack, done, or refused in words that say what to do."""

import argparse
import os
import sys
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

from functions.operate.target import Target, TargetError


def stack_options() -> argparse.ArgumentParser:
    """The options that name the stack, for every command's parser to have among its own; without them $STACK does."""
    parser = argparse.ArgumentParser(add_help=False)
    place = parser.add_mutually_exclusive_group()
    place.add_argument(
        "--stack",
        default=os.environ.get("STACK") or None,
        help="the deployed stack of this name, in the AWS account and region at hand (default: $STACK)",
    )
    place.add_argument(
        "--local",
        dest="stack",
        action="store_const",
        const=None,
        help="the stack that `make up` started (the default where $STACK is not set)",
    )
    return parser


def attempt(
    run: Callable[[Target], None],
    *,
    stack: str | None,
    target: Target | None = None,
    refusals: tuple[type[Exception], ...],
) -> int:
    """Run a command on `target`, or else on the deployed `stack` of that name, or else on the local one.

    The exit status: 0 where it was done, 2 where it was refused (by one of `refusals`) or the stack did not answer.
    """
    told: tuple[type[Exception], ...] = (TargetError, *refusals)
    try:
        if target is None:
            target = Target.deployed(stack) if stack else Target.local()
        run(target)
    except told as refusal:
        print(refusal, file=sys.stderr)
        return 2
    except (BotoCoreError, ClientError) as error:
        print(target.said(error) if target else f"There is no account to ask: {error}", file=sys.stderr)
        return 2
    return 0
