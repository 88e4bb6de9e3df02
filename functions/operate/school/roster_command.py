"""The command `roster`: imports who is in a school, and in which courses."""

import argparse
from pathlib import Path

from functions.operate.arguments import Subcommands, add_command, text_given
from functions.operate.errors import SchoolError
from functions.operate.operator import Operator
from functions.operate.outcome import Outcome
from functions.operate.registry.lookup import find_app
from functions.operate.school.roster import COURSE, LEARNER, read_roster
from functions.store.people.roster import delete_older, put_roster


def add_roster_command(commands: Subcommands) -> None:
    """Add `roster`."""
    parser = add_command(
        commands,
        "roster",
        import_roster,
        "import a roster: OneRoster 1.2 CSV files in a zip or folder",
        example="make roster FILE=oneroster.zip APP='My app'",
    )
    parser.add_argument("file", metavar="FILE", type=text_given, help="the zip or folder")
    parser.add_argument("--app", required=True, help="the app's name or id")
    parser.add_argument("--learner", default=LEARNER, help=f"how events name a user, of users.csv (default: {LEARNER})")
    parser.add_argument("--course", default=COURSE, help=f"how events name a class, of classes.csv (default: {COURSE})")
    parser.add_argument("--part", action="store_true", help="keep what was imported before and is not in these files")


def import_roster(operator: Operator, options: argparse.Namespace) -> Outcome:
    app = find_app(operator.registry, options.app)
    roster = read_roster(Path(options.file), learner=options.learner, course=options.course)
    if not roster.users and not options.part:
        raise SchoolError(
            f"{options.file} names no one, so it would delete the whole roster: look at users.csv and at the template "
            f"--learner, which is {options.learner!r}."
        )
    table, now_us = operator.registry_table, operator.clock()
    put_roster(
        table,
        app.tenant,
        users=roster.users.values(),
        courses=roster.courses.values(),
        enrolments=roster.enrolments,
        imported_us=now_us,
    )
    deleted = 0 if options.part else delete_older(table, app.tenant, imported_us=now_us)
    counts = {
        "users": len(roster.users),
        "courses": len({course.course for course in roster.courses.values()}),
        "enrolments": len(roster.enrolments),
        "leftOut": roster.left_out,
        "deleted": deleted,
    }
    text = f"{counts['users']} people, {counts['courses']} courses, {counts['enrolments']} enrolments"
    text += f"; {roster.left_out} enrolments name no one or no class that is in the files" if roster.left_out else ""
    text += f"; {deleted} rows of earlier imports are gone" if deleted else ""
    return Outcome(data=counts, text=text)
