"""`python -m functions.operate`: the operator's commands on the register of a stack, local or deployed."""

import argparse
import sys
import time
from collections.abc import Callable, Sequence

from functions.operate.connection import Target
from functions.operate.people.commands import add_person_command
from functions.operate.registry import commands
from functions.operate.registry.lookup import RegistrationError
from functions.operate.registry.registration import HOUSES
from functions.operate.run import attempt, stack_options


def main(argv: Sequence[str] | None = None, *, target: Target | None = None, now_us: int | None = None) -> int:
    """Run one command; 0 where it was done, 2 where it was refused or the stack did not answer, and why."""
    options = _parser().parse_args(argv)
    now_us = time.time_ns() // 1000 if now_us is None else now_us
    run: Callable[[commands.Operator, argparse.Namespace], None] = options.run
    return attempt(
        lambda it: run(commands.Operator(it, now_us), options),
        stack=options.stack,
        target=target,
        refusals=(RegistrationError,),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m functions.operate", description=__doc__)
    where = stack_options()
    named = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(within: object, name: str, run: Callable[..., None], text: str) -> argparse.ArgumentParser:
        made = within.add_parser(name, parents=[where], help=text, description=text)  # type: ignore[attr-defined]
        assert isinstance(made, argparse.ArgumentParser)
        made.set_defaults(run=run)
        return made

    app = command(named, "app", commands.add_app, "register an app, with an OAuth client and a sensor key")
    app.add_argument("name")
    app.add_argument("--app-id", default="", help="its IRI (a new urn:uuid: where left out)")
    app.add_argument(
        "--edapps",
        default="",
        help="comma-separated edApp ids it may speak for, one ending in * is a prefix, * alone is any "
        "(its own id alone where left out; an LMS, whose tools have ids of their own, needs a prefix or *)",
    )
    app.add_argument("--strict", action="store_true", help="reject what departs from the standard")
    app.add_argument("--house", default="", choices=["", *HOUSES], help="house rules to judge by too")
    app.add_argument("--caliper-1-0", action="store_true", help="take Caliper 1.0 as well")
    app.add_argument("--auto-attach", action="store_true", help="events without a session join the learner's")
    app.add_argument("--signed-by", default="", help="URL of the JWK set with which it signs its requests (Canvas)")
    app.add_argument("--admin", action="store_true", help="its client may read what every app sent")
    app.add_argument("--change", action="store_true", help="describe a registered app anew; credentials stay")
    app.add_argument("--json", action="store_true", help="print the result as JSON")

    command(named, "apps", commands.list_apps, "list the registered apps")

    key = named.add_parser("key", help="an app's credentials: add, list, rotate, revoke")
    of_key = key.add_subparsers(required=True, metavar="COMMAND")
    add = command(of_key, "add", commands.add_key, "give an app one more sensor key, or OAuth client")
    add.add_argument("app", help="the app's name or id")
    add.add_argument("--client", action="store_true", help="an OAuth client instead of a key")
    add.add_argument("--read", action="store_true", help="the key may also read what the app sent")
    add.add_argument("--admin", action="store_true", help="the client may read what every app sent")
    add.add_argument("--label", default="", help="what it is for")
    held = command(of_key, "list", commands.list_keys, "list an app's credentials, oldest first")
    held.add_argument("app", help="the app's name or id")
    for name, run, text in (
        ("rotate", commands.rotate_key, "replace a credential; the old one works on for a while"),
        ("revoke", commands.revoke_key, "refuse a credential from now on"),
    ):
        chosen = command(of_key, name, run, text)
        chosen.add_argument("app", help="the app's name or id")
        chosen.add_argument("credential", help="its id as `key list` shows it, or a client id")
        if name == "rotate":
            chosen.add_argument("--overlap-hours", type=float, default=24, help="default 24")

    add_person_command(lambda name, run, text: command(named, name, run, text))

    course = command(named, "course", commands.set_course, "say how many lessons a course has")
    course.add_argument("course", help="the course's id")
    course.add_argument("lessons", type=_count)
    course.add_argument("--app", help="the app whose events name it (every registered app where left out)")
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of lessons: give a whole number from 1 up")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
