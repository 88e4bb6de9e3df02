"""The arguments of the commands: how they are read, and a sentence for each that is missing or wrong."""

import argparse
import math
import os
import re
from collections.abc import Callable
from typing import Any, NoReturn, Protocol

from functions.core.times import parse_time
from functions.core.usage.budgets import KINDS, Budget
from functions.operate.operator import Operator
from functions.operate.outcome import Outcome

PROGRAM = "python -m functions.operate"
OVERLAP_HOURS_MAX = 24 * 90

type Run = Callable[[Operator, argparse.Namespace], Outcome]


class Subcommands(Protocol):
    """The commands of a parser, as argparse keeps them."""

    def add_parser(self, name: str, **options: Any) -> Any: ...


class CommandParser(argparse.ArgumentParser):
    """A parser whose refusals are sentences that name the command to type."""

    example = ""

    def error(self, message: str) -> NoReturn:
        text = message.removeprefix("argument ").replace(": it is empty", " is empty")
        required = re.fullmatch(r"the following arguments are required: (.*)", text)
        text = f"{required.group(1)} is missing" if required else text
        typed = self.example or f"{self.prog} --help"
        self.exit(2, f"{text[:1].upper()}{text[1:]}. Type: {typed}\n")


def add_command(commands: Subcommands, name: str, run: Run, text: str, *, example: str = "") -> CommandParser:
    """A command with the options that all have; `example` is shown if an argument is missing or wrong."""
    parser: CommandParser = commands.add_parser(name, help=text, description=f"{text[:1].upper()}{text[1:]}.")
    parser.example = example
    if example:
        parser.epilog = f"For example: {example}"
    parser.set_defaults(run=run)
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
        help="the stack that `make up` started (the default if $STACK is not set)",
    )
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")
    return parser


def add_group(commands: Subcommands, name: str, text: str, *, example: str = "") -> Subcommands:
    """A command that only holds others; `example` is shown if none of them is named."""
    group: CommandParser = commands.add_parser(name, help=text, description=f"{text[:1].upper()}{text[1:]}.")
    group.example = example
    parsed: Subcommands = group.add_subparsers(required=True, dest="verb", metavar="COMMAND")
    return parsed


def text_given(text: str) -> str:
    """A name or an id: not empty."""
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty")
    return text


def count_given(text: str) -> int:
    """How many: one or more."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number: give a whole number from 1 up")
    return int(text)


def lesson_count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of lessons: give a whole number from 1 up")
    return int(text)


def overlap_hours(text: str) -> float:
    """For how long an old credential works on: finite, from 0 to 90 days."""
    try:
        hours = float(text)
    except ValueError:
        hours = math.nan
    if not 0 <= hours <= OVERLAP_HOURS_MAX:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of hours from 0 to {OVERLAP_HOURS_MAX}")
    return hours


def budget(text: str) -> Budget:
    """Amounts a minute by kind, as `items=500000,rejects=20000`."""
    amounts: dict[str, int] = {}
    for part in text.split(","):
        kind, _, amount = part.strip().partition("=")
        if kind not in KINDS or not amount.isdecimal() or int(amount) < 1:
            raise argparse.ArgumentTypeError(
                f"{part.strip()!r} is not a kind and a whole number from 1 up: kinds are {', '.join(KINDS)}"
            )
        amounts[kind] = int(amount)
    return Budget(**amounts)


def instant(text: str) -> int:
    """A day (its first instant, UTC) or a time with its zone, as microseconds."""
    us = parse_time(f"{text}T00:00:00Z" if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else text)
    if us is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day as 2026-12-31 or a time as 2026-12-31T18:00:00Z")
    return us
