"""The command `person`: its arguments, and what it says."""

import argparse

from functions.operate.arguments import Subcommands, add_command, text_given
from functions.operate.errors import RegistryError
from functions.operate.operator import Operator
from functions.operate.outcome import Outcome
from functions.operate.people.people import checked_email, invite, remove
from functions.operate.registry.lookup import find_app

EXAMPLE = "make person EMAIL=ada@example.org APP='My app'"


def add_people_commands(commands: Subcommands) -> None:
    """Add `person`."""
    person = add_command(
        commands,
        "person",
        change_person,
        "let a person sign in to the console and read an app, or no longer",
        example=EXAMPLE,
    )
    person.add_argument("email", metavar="EMAIL", type=text_given)
    person.add_argument("--app", help="the name or id of the app that the person reads")
    person.add_argument("--admin", action="store_true", help="the person reads every app, and the operations page")
    person.add_argument("--remove", action="store_true", help="the person is let in no longer")


def change_person(operator: Operator, options: argparse.Namespace) -> Outcome:
    pool, email = operator.connection.user_pool_id, checked_email(options.email)
    if options.remove:
        remove(operator.cognito, user_pool_id=pool, email=email)
        return Outcome(
            data={"email": email, "removed": True},
            text="Removed. A token that the person holds works for half an hour at most.",
        )
    if not options.app:
        raise RegistryError(f"Give the app that the person is to read. Type: {EXAMPLE}")
    app = find_app(operator.registry, options.app)
    invited = invite(operator.cognito, user_pool_id=pool, email=email, apps=[app], admin=options.admin)
    reads = f"{app.name}{', every other app and the operations page' if invited.admin else ''}"
    state = "An e-mail with a first password is on its way." if invited.is_new else "The person was invited before."
    url = f"{operator.connection.url}/console"
    return Outcome(
        data={"email": email, "app": app.app_id, "admin": invited.admin, "invited": invited.is_new, "console": url},
        text=f"{email} reads {reads}. {state}\nSign in at {url}",
    )
