"""The arguments of the commands for mishaps; the commands themselves are in the modules beside this."""

from functions.operate.arguments import Subcommands, add_command, add_group, count_given, instant, text_given
from functions.operate.recovery import quarantine_commands
from functions.operate.recovery.dead_letter_commands import (
    DELIVERIES,
    EVENTS,
    delete_dead_letters,
    list_dead_letters,
    redrive,
    save_dead_letters,
)
from functions.operate.recovery.restore_commands import copy_registry, move_registry, restore_events, restore_registry
from functions.operate.replaying.commands import rebuild, replay_days
from functions.operate.replaying.workers import WORKERS
from functions.store.quarantine.states import STATES

APP = "the app's name or id"


def add_recovery_commands(commands: Subcommands) -> None:
    """Add `dlq`, `redrive`, `quarantine`, `replay`, `rebuild`, `restore` and `registry`."""
    _add_dead_letter_commands(commands)
    group = add_group(
        commands, "quarantine", "rejected items: export them, correct them, submit them again, dismiss them"
    )
    _add_quarantine_commands(group)
    days = add_command(
        commands,
        "replay",
        replay_days,
        "store again what was received on some days (UTC), from the archive",
        example="make replay FROM=2026-01-27 TO=2026-01-31",
    )
    days.add_argument("from_day", metavar="FROM", type=text_given, help="as 2026-01-27")
    days.add_argument("to_day", metavar="TO", type=text_given, help="the last day, as 2026-01-31")
    days.add_argument("--app", default="", help="only what this app sent, by its name or id")
    days.add_argument("--into", default="", help="another table than the stack's")
    days.add_argument("--anew", action="store_true", help="from the first day again, though it was stopped further on")
    whole = add_command(
        commands, "rebuild", rebuild, "build the events table from the whole archive", example="make rebuild"
    )
    whole.add_argument(
        "--into", default="", help="the empty table to build (if left out: a new one, or the stack's own if it is gone)"
    )
    for replaying in (days, whole):
        replaying.add_argument(
            "--workers", type=count_given, default=WORKERS, help=f"days that are worked on at once (default: {WORKERS})"
        )
    whole.add_argument("--resume", action="store_true", help="go on with a rebuild that was stopped")
    _add_table_commands(commands)


def _add_quarantine_commands(group: Subcommands) -> None:
    export = add_command(
        group,
        "export",
        quarantine_commands.export,
        "write the rejected items of an app, with reasons, to a new file; no later export has them again",
        example="make quarantine APP='My app' FILE=out.ndjson",
    )
    resubmit = add_command(
        group,
        "resubmit",
        quarantine_commands.resubmit,
        "judge the corrected items of such a file again and queue the good ones",
        example="make quarantine SUBMIT=1 APP='My app' FILE=out.ndjson",
    )
    dismiss = add_command(
        group,
        "dismiss",
        quarantine_commands.dismiss,
        "mark the items of such a file as not to be corrected",
        example="make quarantine DISMISS=1 APP='My app' FILE=out.ndjson",
    )
    for command in (export, resubmit, dismiss):
        command.add_argument("app", metavar="APP", type=text_given, help=APP)
    export.add_argument("file", metavar="FILE", type=text_given, help="a new file, readable by its owner only")
    for command in (resubmit, dismiss):
        command.add_argument("file", metavar="FILE", type=text_given, help="the file that was exported")
    export.add_argument("--from", dest="from_us", type=instant, help="received on that day or at that time, or later")
    export.add_argument("--to", dest="to_us", type=instant, help="received before that day or time")
    export.add_argument("--code", default="", help="with a finding of this code")
    export.add_argument(
        "--state", choices=STATES, default="waiting", help="what was done about them (default: nothing)"
    )


def _add_dead_letter_commands(commands: Subcommands) -> None:
    dlq = add_group(commands, "dlq", "dead letters: list, save to a file, delete")
    listed = add_command(dlq, "list", list_dead_letters, "list the dead letters with their reasons", example="make dlq")
    save = add_command(
        dlq, "save", save_dead_letters, "write every dead letter to a new file", example="make dlq FILE=letters.ndjson"
    )
    save.add_argument("file", metavar="FILE", type=text_given, help="a new file, readable by its owner only")
    delete = add_command(
        dlq, "delete", delete_dead_letters, "delete dead letters for good", example="make dlq-delete ID=…"
    )
    delete.add_argument("ids", metavar="ID", nargs="*", help="as `dlq list` shows them")
    delete.add_argument("--all", action="store_true", help="every one")
    again = add_command(
        commands, "redrive", redrive, "put dead letters back into the queue, if that can help", example="make redrive"
    )
    again.add_argument("ids", metavar="ID", nargs="*", help="as `dlq list` shows them (every one if left out)")
    for command in (listed, save, delete, again):
        command.add_argument(
            "--queue",
            choices=(EVENTS, DELIVERIES),
            default=EVENTS,
            help="events that could not be stored (the default), or deliveries to webhooks that were given up",
        )


def _add_table_commands(commands: Subcommands) -> None:
    restore = add_group(
        commands, "restore", "bring a lost table back under its own name", example="make restore TABLE=events"
    )
    add_command(
        restore,
        "events",
        restore_events,
        "the events table, from DynamoDB's backup, else from the archive",
        example="make restore TABLE=events",
    )
    add_command(
        restore,
        "registry",
        restore_registry,
        "the registry's table, from DynamoDB's backup, else from the newest copy in the bucket",
        example="make restore TABLE=registry",
    )
    registry = add_group(commands, "registry", "the registry's table: copy it, move it")
    add_command(registry, "copy", copy_registry, "copy the registry into the bucket now", example="make registry-copy")
    add_command(
        registry,
        "move",
        move_registry,
        "once, after an upgrade: move the registry from the events table to its own",
        example="make registry-move",
    )
