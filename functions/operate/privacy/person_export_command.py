"""The command `export-person`: everything that is kept of a person, into a zip file."""

import argparse
from pathlib import Path

from functions.operate.arguments import Subcommands, add_command, text_given
from functions.operate.operator import Operator
from functions.operate.outcome import Outcome
from functions.operate.privacy.erase_command import APP, doors_of, people_of
from functions.operate.private_file import create_private_file
from functions.privacy.person_export import export_person


def add_export_person_command(commands: Subcommands) -> None:
    """Add `export-person`."""
    parser = add_command(
        commands,
        "export-person",
        run_export,
        "write everything that is kept of a person into a new zip file, with an index to read",
        example="make export-person LEARNER=ada@example.org APP='My app' FILE=ada.zip",
    )
    parser.add_argument("learner", metavar="LEARNER", type=text_given, help="the learner's IRI or e-mail")
    parser.add_argument("file", metavar="FILE", type=text_given, help="a new file, readable by its owner only")
    parser.add_argument("--app", default="", help=APP)


def run_export(operator: Operator, options: argparse.Namespace) -> Outcome:
    people, doors = people_of(operator, options), doors_of(operator)
    with create_private_file(options.file) as file:
        try:
            exported = export_person(people, doors, file, now_us=operator.clock())
        except BaseException:
            Path(options.file).unlink()  # a part of it looks like all
            raise
    lines = [f"  {count:>8}  {name}" for name, count in exported.files.items()]
    return Outcome(
        data={"file": options.file, "files": dict(exported.files)},
        text="\n".join([f"{options.file}: index.html says what is in it.", *lines]),
    )
