"""An attempt at one command of an operator: on which stack, done, or refused in words that say what to do."""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from botocore.exceptions import BotoCoreError, ClientError

from functions.operate.connection import Target, TargetError
from functions.store.dynamodb.table import Unprocessed, Unstorable


class RecoveryError(Exception):
    """A command that cannot be done as it was asked; the message says what to do."""


class Stopped(KeyboardInterrupt):
    """A signal stopped the command, as Ctrl-C would."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


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

    The exit status: 0 where it was done, 2 where it was refused (by one of `refusals`) or the stack did not do it, and
    as a shell tells it where it was stopped.
    """
    told: tuple[type[Exception], ...] = (TargetError, RecoveryError, *refusals)
    try:
        with _stopped_by_signals():
            if target is None:
                target = Target.deployed(stack) if stack else Target.local()
            run(target)
    except KeyboardInterrupt as stop:
        print("Stopped.", file=sys.stderr)
        return 128 + (stop.number if isinstance(stop, Stopped) else signal.SIGINT)
    except told as refusal:
        print(refusal, file=sys.stderr)
        return 2
    except (BotoCoreError, ClientError, Unprocessed, Unstorable) as error:
        print(target.said(error) if target else f"There is no account to ask: {error}", file=sys.stderr)
        return 2
    return 0


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """Meanwhile SIGTERM and SIGHUP let a command clean up as Ctrl-C does. Those that are ignored (nohup) stay so."""

    def stop(number: int, _frame: FrameType | None) -> None:
        raise Stopped(number)

    heard = [one for one in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(one) is not signal.SIG_IGN]
    if threading.current_thread() is not threading.main_thread():  # there signals cannot be heard
        heard = []
    before = [(one, signal.signal(one, stop)) for one in heard]
    try:
        yield
    finally:
        for one, handler in before:
            signal.signal(one, handler)
