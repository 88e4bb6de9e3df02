"""The commands `alias` and `aliases`: ids that are one person, one pair or a file of pairs."""

import argparse
from pathlib import Path

from functions.core.ids import canonical_id
from functions.operate.arguments import Subcommands, add_command, text_given
from functions.operate.errors import SchoolError
from functions.operate.operator import Operator
from functions.operate.outcome import Outcome
from functions.operate.registry.lookup import find_app
from functions.operate.school.alias_import import Pair, import_pairs
from functions.operate.school.csv_rows import filled, opened
from functions.store.people.aliases import AliasRefused, PersonIds, add_alias, person_of, remove_alias
from functions.store.people.keys import EVERY_APP

SHOWN = 20  # refused pairs that are printed
APP = "the app's name or id, or '*' for every app"


def add_alias_commands(commands: Subcommands) -> None:
    """Add `alias` and `aliases`."""
    alias = add_command(
        commands,
        "alias",
        change_alias,
        "say that two ids are one person, show the ids of a person, or take an alias back",
        example="make alias LEARNER=<id> ALIAS=<another id> APP='My app'",
    )
    alias.add_argument("learner", metavar="LEARNER", type=text_given, help="the person's id")
    alias.add_argument("--alias", default="", help="another id of the same person; left out: show the ids")
    alias.add_argument("--app", default="", required=True, help=APP)
    alias.add_argument("--remove", action="store_true", help="LEARNER is an alias no longer")
    pairs = add_command(
        commands,
        "aliases",
        import_aliases,
        "say so of each row of a CSV file: columns person and alias, or columns that templates name",
        example="make aliases FILE=pairs.csv APP='My app'",
    )
    pairs.add_argument("file", metavar="FILE", type=text_given, help="the CSV file")
    pairs.add_argument("--app", default="", required=True, help=APP)
    pairs.add_argument("--person", default="{person}", help="the person's id, as https://…/users/{sourcedId}")
    pairs.add_argument("--alias", default="{alias}", help="the other id, as urn:lti:{userIds.LTI}")
    pairs.add_argument("--remove", action="store_true", help="take each of these aliases back")


def change_alias(operator: Operator, options: argparse.Namespace) -> Outcome:
    scope, table = _scope(operator, options.app), operator.registry_table
    if options.remove:
        before = remove_alias(table, scope, options.learner)
        if before is None:
            raise SchoolError(f"{options.learner} is no alias there: leave REMOVE out to see the ids of the person.")
        return Outcome(
            data={"removed": options.learner, "person": before.person},
            text=f"{options.learner} is no alias of {before.person} any more. Reads of both are as they were before.",
        )
    if not options.alias:
        return _described(person_of(table, scope, options.learner), options.learner)
    try:
        ids = add_alias(table, scope, person=options.learner, alias=options.alias)
    except AliasRefused as refusal:
        raise SchoolError(str(refusal)) from None
    return _described(ids, options.learner)


def import_aliases(operator: Operator, options: argparse.Namespace) -> Outcome:
    scope, table = _scope(operator, options.app), operator.registry_table
    named, without = list[Pair](), 0
    with opened(Path(options.file)) as rows:
        for line, row in enumerate(rows, start=2):
            person, alias = filled(options.person, row), filled(options.alias, row)
            if person and alias and canonical_id(person) != canonical_id(alias):
                named.append(Pair(line, person, alias))
            else:
                without += 1
    done, refused = import_pairs(table, scope, named, remove=options.remove)
    text = [f"{done} aliases {'taken back' if options.remove else 'known'}; {without} rows name no two ids"]
    text += [*refused[:SHOWN], *([f"and {len(refused) - SHOWN} more"] if len(refused) > SHOWN else [])]
    counts = {"aliases": done, "without": without, "refused": len(refused)}
    return Outcome(data=counts, text="\n".join(text), holds=not refused)


def _scope(operator: Operator, app: str) -> str:
    return EVERY_APP if app == EVERY_APP else find_app(operator.registry, app).tenant


def _described(ids: PersonIds | None, learner: str) -> Outcome:
    if ids is None:
        return Outcome(data={"person": learner, "aliases": []}, text=f"{learner} has no other id.")
    lines = [ids.person, *(f"  alias {name}" for name in ids.aliases)]
    return Outcome(data={"person": ids.person, "aliases": list(ids.aliases)}, text="\n".join(lines))
