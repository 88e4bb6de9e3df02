"""The operator's program, for the local stack or a deployed one. `COMMAND --help` tells more; `make` calls it.

Exit codes: 0 done; 1 done, and a check failed; 2 refused, or the stack did not do it; 128 and the signal's number if a
signal stopped it.
"""

import sys
from collections.abc import Callable, Sequence

from functions.operate.arguments import PROGRAM, CommandParser
from functions.operate.connection import StackConnection
from functions.operate.export.command import add_export_command
from functions.operate.import_command import add_import_command
from functions.operate.lake.command import add_lake_commands
from functions.operate.operator import now_us
from functions.operate.people.commands import add_person_command
from functions.operate.privacy.erase_command import add_erase_command
from functions.operate.privacy.person_export_command import add_export_person_command
from functions.operate.privacy.purge_command import add_purge_command
from functions.operate.recovery.commands import add_recovery_commands
from functions.operate.registry.commands import add_registry_commands
from functions.operate.run import run_command
from functions.operate.school.alias_commands import add_alias_commands
from functions.operate.school.fill_courses_command import add_fill_courses_command
from functions.operate.school.roster_command import add_roster_command
from functions.operate.sender_alarms.command import add_sender_alarms_command
from functions.operate.smoke.command import add_smoke_command
from functions.operate.trace.command import add_trace_command
from functions.operate.train_dictionary import add_train_command


def main(
    argv: Sequence[str] | None = None,
    *,
    connection: StackConnection | None = None,
    clock: Callable[[], int] = now_us,
) -> int:
    """Run one command; the exit code. Wrong arguments exit at once, with 2."""
    options = build_parser().parse_args(argv)
    return run_command(
        lambda operator: options.run(operator, options),
        stack=options.stack,
        connection=connection,
        clock=clock,
        as_json=options.json,
        action=f"{options.command} {getattr(options, 'verb', '')}".rstrip(),
        target=str(getattr(options, "app", None) or ""),
    )


def build_parser() -> CommandParser:
    parser = CommandParser(prog=PROGRAM, description=__doc__)
    commands = parser.add_subparsers(required=True, dest="command", metavar="COMMAND", parser_class=CommandParser)
    add_registry_commands(commands)
    add_person_command(commands)
    add_sender_alarms_command(commands)
    add_alias_commands(commands)
    add_roster_command(commands)
    add_fill_courses_command(commands)
    add_recovery_commands(commands)
    add_erase_command(commands)
    add_purge_command(commands)
    add_export_person_command(commands)
    add_import_command(commands)
    add_export_command(commands)
    add_lake_commands(commands)
    add_smoke_command(commands)
    add_trace_command(commands)
    add_train_command(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
