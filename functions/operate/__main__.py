"""`python -m functions.operate`: the operator's commands on the register of a stack, local or deployed."""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict

from botocore.exceptions import BotoCoreError, ClientError

from functions.aws.courses import Course
from functions.aws.registry import Registry
from functions.aws.table import DynamoTable
from functions.operate import credentials, registration
from functions.operate.lookup import RegistrationError, find_app, find_credential
from functions.operate.summary import app_text, credential_text, issued_text, registration_text
from functions.operate.target import Target, TargetError

HOUR_US = 3_600_000_000


class Operator:
    """What every command works with: the register of one stack, its user pool, and the time."""

    def __init__(self, target: Target, now_us: int) -> None:
        self.target = target
        self.registry = Registry(DynamoTable(target.client("dynamodb"), target.table))
        self.cognito = target.client("cognito-idp")
        self.now_us = now_us


def main(argv: Sequence[str] | None = None, *, target: Target | None = None, now_us: int | None = None) -> int:
    """Run one command; 0 where it was done, 2 where it was refused or the stack did not answer, and why."""
    options = _parser().parse_args(argv)
    try:
        if target is None:
            target = Target.deployed(options.stack) if options.stack else Target.local()
        run: Callable[[Operator, argparse.Namespace], None] = options.run
        run(Operator(target, time.time_ns() // 1000 if now_us is None else now_us), options)
    except (RegistrationError, TargetError) as refusal:
        print(refusal, file=sys.stderr)
        return 2
    except (BotoCoreError, ClientError) as error:
        print(target.said(error) if target else f"There is no account to ask: {error}", file=sys.stderr)
        return 2
    return 0


def add_app(operator: Operator, options: argparse.Namespace) -> None:
    description = {
        "name": options.name,
        "edapps": options.edapps.split(","),
        "strict": options.strict,
        "house": options.house,
        "caliper_1_0": options.caliper_1_0,
        "auto_attach": options.auto_attach,
        "signed_by": options.signed_by,
    }
    if options.change:
        app = registration.described(app_id=options.app_id, **description)
        if not operator.registry.change_app(app):
            raise RegistrationError(f"{app.app_id} is not registered: leave --change out to register it.")
        print(f"Changed. Its credentials stay as they are.\n\n{app_text(app)}")
        return
    made = registration.register(
        operator.registry,
        operator.cognito,
        user_pool_id=operator.target.user_pool_id,
        app_id=options.app_id,
        admin=options.admin,
        now_us=operator.now_us,
        **description,
    )
    if options.json:
        print(json.dumps(asdict(made)))
    else:
        print(registration_text(made, operator.target))


def list_apps(operator: Operator, _options: argparse.Namespace) -> None:
    apps = sorted(operator.registry.apps(), key=lambda app: app.name)
    print("\n\n".join(map(app_text, apps)) or "No app is registered: `app NAME` registers one.")


def add_key(operator: Operator, options: argparse.Namespace) -> None:
    app = find_app(operator.registry, options.app)
    if options.client:
        issued = credentials.issue_client(
            operator.registry,
            operator.cognito,
            app,
            user_pool_id=operator.target.user_pool_id,
            admin=options.admin,
            label=options.label,
            now_us=operator.now_us,
        )
    else:
        issued = credentials.issue_key(
            operator.registry, app, read=options.read, label=options.label, now_us=operator.now_us
        )
    print(issued_text(issued))


def list_keys(operator: Operator, options: argparse.Namespace) -> None:
    app = find_app(operator.registry, options.app)
    for credential in operator.registry.credentials(app):
        print(credential_text(credential, operator.now_us))


def rotate_key(operator: Operator, options: argparse.Namespace) -> None:
    app = find_app(operator.registry, options.app)
    old = find_credential(operator.registry, app, options.credential)
    issued = credentials.rotate(
        operator.registry,
        operator.cognito,
        app,
        old,
        user_pool_id=operator.target.user_pool_id,
        overlap_us=int(options.overlap_hours * HOUR_US),
        now_us=operator.now_us,
    )
    print(f"{issued_text(issued)}\nThe old one works for {options.overlap_hours:g} hours more.")


def revoke_key(operator: Operator, options: argparse.Namespace) -> None:
    app = find_app(operator.registry, options.app)
    credential = find_credential(operator.registry, app, options.credential)
    credentials.revoke(
        operator.registry,
        operator.cognito,
        credential,
        user_pool_id=operator.target.user_pool_id,
        now_us=operator.now_us,
    )
    print("Revoked. It is refused within a minute, when the gateway has forgotten it.")


def set_course(operator: Operator, options: argparse.Namespace) -> None:
    registry = operator.registry
    apps = [find_app(registry, options.app)] if options.app else registry.apps()
    for app in apps:
        registry.put_course(app, Course(id=options.course, lessons=options.lessons))
    names = ", ".join(app.name for app in apps) or "no app: register one first"
    print(f"{options.course} has {options.lessons} lessons, for {names}.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m functions.operate", description=__doc__)
    where = argparse.ArgumentParser(add_help=False)
    place = where.add_mutually_exclusive_group()
    place.add_argument("--stack", help="the deployed stack of this name, in the AWS account and region at hand")
    place.add_argument("--local", action="store_true", help="the stack that `make up` started (the default)")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(within: object, name: str, run: Callable[..., None], text: str) -> argparse.ArgumentParser:
        made = within.add_parser(name, parents=[where], help=text, description=text)  # type: ignore[attr-defined]
        assert isinstance(made, argparse.ArgumentParser)
        made.set_defaults(run=run)
        return made

    app = command(commands, "app", add_app, "register an app, with an OAuth client and a sensor key")
    app.add_argument("name")
    app.add_argument("--app-id", default="", help="its IRI (a new urn:uuid: where left out)")
    app.add_argument(
        "--edapps",
        default="",
        help="comma-separated edApp ids it may speak for, one ending in * is a prefix, * alone is any "
        "(its own id alone where left out; an LMS, whose tools have ids of their own, needs a prefix or *)",
    )
    app.add_argument("--strict", action="store_true", help="reject what departs from the standard")
    app.add_argument("--house", default="", choices=["", *registration.HOUSES], help="house rules to judge by too")
    app.add_argument("--caliper-1-0", action="store_true", help="take Caliper 1.0 as well")
    app.add_argument("--auto-attach", action="store_true", help="events without a session join the learner's")
    app.add_argument("--signed-by", default="", help="URL of the JWK set with which it signs its requests (Canvas)")
    app.add_argument("--admin", action="store_true", help="its client may read what every app sent")
    app.add_argument("--change", action="store_true", help="describe a registered app anew; credentials stay")
    app.add_argument("--json", action="store_true", help="print the result as JSON")

    command(commands, "apps", list_apps, "list the registered apps")

    key = commands.add_parser("key", help="an app's credentials: add, list, rotate, revoke")
    of_key = key.add_subparsers(required=True, metavar="COMMAND")
    add = command(of_key, "add", add_key, "give an app one more sensor key, or OAuth client")
    add.add_argument("app", help="the app's name or id")
    add.add_argument("--client", action="store_true", help="an OAuth client instead of a key")
    add.add_argument("--read", action="store_true", help="the key may also read what the app sent")
    add.add_argument("--admin", action="store_true", help="the client may read what every app sent")
    add.add_argument("--label", default="", help="what it is for")
    held = command(of_key, "list", list_keys, "list an app's credentials, oldest first")
    held.add_argument("app", help="the app's name or id")
    for name, run, text in (
        ("rotate", rotate_key, "replace a credential; the old one works on for a while"),
        ("revoke", revoke_key, "refuse a credential from now on"),
    ):
        chosen = command(of_key, name, run, text)
        chosen.add_argument("app", help="the app's name or id")
        chosen.add_argument("credential", help="its id as `key list` shows it, or a client id")
        if name == "rotate":
            chosen.add_argument("--overlap-hours", type=float, default=24, help="default 24")

    course = command(commands, "course", set_course, "say how many lessons a course has")
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
