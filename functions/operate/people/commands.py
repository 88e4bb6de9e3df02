"""The command `person`: its arguments, and what it prints."""

import argparse
from collections.abc import Callable

from functions.operate.people.people import invite, remove
from functions.operate.registry.commands import Operator
from functions.operate.registry.lookup import RegistrationError, find_app

type AddCommand = Callable[[str, Callable[[Operator, argparse.Namespace], None], str], argparse.ArgumentParser]


def add_person_command(add_command: AddCommand) -> None:
    """Add `person`; `add_command` makes a command of a name, what it runs, and a sentence."""
    person = add_command("person", change_person, "let a person sign in to the console and read an app, or no longer")
    person.add_argument("email", metavar="EMAIL")
    person.add_argument("--app", help="the name or id of the app that the person reads")
    person.add_argument("--admin", action="store_true", help="the person reads every app, and the operations page")
    person.add_argument("--remove", action="store_true", help="the person is let in no longer")


def change_person(operator: Operator, options: argparse.Namespace) -> None:
    pool = operator.target.user_pool_id
    if options.remove:
        remove(operator.cognito, user_pool_id=pool, email=options.email)
        print("Removed. A token that the person holds works for half an hour at most.")
        return
    if not options.app:
        raise RegistrationError("Give the app that the person is to read: make person EMAIL=… APP='My app'")
    app = find_app(operator.registry, options.app)
    invited = invite(operator.cognito, user_pool_id=pool, email=options.email, apps=[app], admin=options.admin)
    reads = f"{app.name}{', every other app and the operations page' if invited.admin else ''}"
    told = "An e-mail with a first password is on its way." if invited.is_new else "The person was invited before."
    print(f"{invited.email} reads {reads}. {told}\nSign in at {operator.target.url}/console")
