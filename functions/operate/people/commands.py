"""The command `person`: its arguments, and what it prints."""

import argparse
from dataclasses import asdict

from functions.http.paths import CONSOLE
from functions.operate.arguments import Subcommands, add_command, text_given
from functions.operate.errors import PeopleError
from functions.operate.operator import Operator
from functions.operate.outcome import Outcome
from functions.operate.people.people import checked_email, invite, remove
from functions.operate.registry.lookup import find_app


def add_person_command(commands: Subcommands) -> None:
    """Add `person`."""
    person = add_command(
        commands,
        "person",
        change_person,
        "let a person sign in to the console and read an app, or no longer",
        example="make person EMAIL=ada@example.org APP='My app'",
    )
    person.add_argument("email", metavar="EMAIL", type=text_given, help="the person's e-mail address")
    person.add_argument("--app", default="", help="the name or id of the app that the person reads")
    person.add_argument("--admin", action="store_true", help="the person reads every app, and the operations page")
    person.add_argument(
        "--operator", action="store_true", help="the person changes webhooks, and has learners erased and copied"
    )
    person.add_argument("--remove", action="store_true", help="the person is let in no longer")


def change_person(operator: Operator, options: argparse.Namespace) -> Outcome:
    email, pool = checked_email(options.email), operator.connection.user_pool_id
    if options.remove:
        remove(operator.cognito, user_pool_id=pool, email=email)
        return Outcome(
            data={"email": email, "removed": True},
            text="Removed. A token that the person holds works for half an hour at most.",
        )
    if not options.app:
        raise PeopleError("Give the app that the person is to read: make person EMAIL=… APP='My app'")
    app = find_app(operator.registry, options.app)
    invited = invite(
        operator.cognito, user_pool_id=pool, email=email, apps=[app], admin=options.admin, operator=options.operator
    )
    console_url = f"{operator.connection.url}{CONSOLE.template}"
    reads = f"{app.name}{', every other app and the operations page' if invited.admin else ''}"
    reads += ", may change webhooks, and may have learners erased and copied" if invited.operator else ""
    sentence = "An e-mail with a first password is on its way." if invited.is_new else "The person was invited before."
    return Outcome(
        data={**asdict(invited), "console_url": console_url},
        text=f"{invited.email} reads {reads}. {sentence}\nSign in at {console_url}",
    )
