"""The arguments of the commands on the registry; the commands themselves are in the modules beside this."""

import argparse

from functions.core.usage.budgets import KINDS
from functions.operate.arguments import (
    CommandParser,
    Subcommands,
    add_command,
    add_group,
    budget,
    instant,
    lesson_count,
    overlap_hours,
    text_given,
)
from functions.operate.registry.app_commands import add_app, change_app, list_apps, remove_app, set_course
from functions.operate.registry.app_description import HOUSES
from functions.operate.registry.keeping import add_keeping
from functions.operate.registry.key_commands import add_key, list_keys, revoke_key, rotate_key

APP = "the app's name or id"
CREDENTIAL = "its id as `key list` shows it"


def add_registry_commands(commands: Subcommands) -> None:
    """Add `app`, `apps`, `key` and `course`."""
    _add_app_commands(commands)
    _add_key_commands(commands)
    course = add_command(
        commands,
        "course",
        set_course,
        "say how many lessons a course has",
        example="make course ID=MATH-3 LESSONS=30",
    )
    course.add_argument("course", metavar="ID", type=text_given, help="the course's id")
    course.add_argument("lessons", metavar="LESSONS", type=lesson_count, help="how many lessons it has")
    course.add_argument("--app", help="the app whose events name it (every registered app if left out)")


def _add_app_commands(commands: Subcommands) -> None:
    app = add_group(commands, "app", "register an app, change it, remove it")
    add = add_command(
        app, "add", add_app, "register an app, with an OAuth client and a sensor key", example="make app NAME='My app'"
    )
    add.add_argument("name", metavar="NAME", type=text_given, help="what people call the app")
    add.add_argument("--app-id", help="its IRI (a new urn:uuid: if left out)")
    add.add_argument("--admin", action="store_true", help="its client may read the data of every app")
    _add_settings(add)
    change = add_command(
        app,
        "change",
        change_app,
        "change the settings that are named; others stay, and so do the credentials",
        example="make app CHANGE=1 NAME='My app' STRICT=1",
    )
    change.add_argument("app", metavar="NAME", type=text_given, help=APP)
    change.add_argument("--name", metavar="NEW_NAME", help="call it so from now on")
    _add_settings(change)
    remove = add_command(
        app,
        "remove",
        remove_app,
        "revoke every credential of an app and register it no longer; its data stays",
        example="make app-remove NAME='My app'",
    )
    remove.add_argument("app", metavar="NAME", type=text_given, help=APP)
    add_command(commands, "apps", list_apps, "list the registered apps with their settings")


def _add_settings(parser: CommandParser) -> None:
    switch = argparse.BooleanOptionalAction
    parser.add_argument(
        "--edapps",
        help="comma-separated edApp ids it may speak for, one ending in * is a prefix, * alone is any (for a new app "
        "its own id alone if left out; an LMS, whose tools have ids of their own, needs a prefix or *)",
    )
    parser.add_argument("--strict", action=switch, default=None, help="reject items that depart from the standard")
    parser.add_argument("--house", choices=["", *HOUSES], help="house rules to judge by too; empty: none")
    parser.add_argument("--caliper-1-0", action=switch, default=None, help="take Caliper 1.0 as well")
    parser.add_argument(
        "--auto-attach", action=switch, default=None, help="events without a session join the learner's"
    )
    parser.add_argument("--idle-minutes", type=float, help="its own idle timeout, from now on (else the stack's)")
    parser.add_argument(
        "--heartbeat-minutes", type=float, help="its own timeout of sessions that asked for heartbeats, from now on"
    )
    parser.add_argument(
        "--unique-ids", action=switch, default=None, help="refuse another content under an id that it has sent"
    )
    add_keeping(parser)
    parser.add_argument("--signed-by", help="URL of the JWK set with which it signs its requests (Canvas); empty: none")
    parser.add_argument("--signed-issuer", help="what `iss` of its signed requests must say; empty: anything")
    parser.add_argument(
        "--budget",
        type=budget,
        help=f"what it may use in a minute, as items=500000,rejects=20000; kinds: {', '.join(KINDS)} (those left out "
        "have the default)",
    )


def _add_key_commands(commands: Subcommands) -> None:
    key = add_group(commands, "key", "an app's credentials: add, list, rotate, revoke")
    add = add_command(
        key, "add", add_key, "give an app one more sensor key, or OAuth client", example="make key APP='My app'"
    )
    add.add_argument("app", metavar="APP", type=text_given, help=APP)
    add.add_argument("--client", action="store_true", help="an OAuth client instead of a key")
    add.add_argument("--read", action="store_true", help="the key may also read the app's data")
    add.add_argument("--admin", action="store_true", help="the client may read the data of every app")
    add.add_argument(
        "--people", action="store_true", help="the client may have the app's learners counted, erased and copied"
    )
    add.add_argument("--only", default="", help="comma-separated names of apps to which that admin is limited")
    add.add_argument("--label", default="", help="a note: where it is used")
    add.add_argument("--expires", type=instant, help="refused from that day or time on, as 2026-12-31")
    listed = add_command(
        key, "list", list_keys, "list an app's credentials, oldest first", example="make keys APP='My app'"
    )
    listed.add_argument("app", metavar="APP", type=text_given, help=APP)
    for name, run, text in (
        ("rotate", rotate_key, "replace a credential; the old one works on for a while"),
        ("revoke", revoke_key, "refuse a credential from now on"),
    ):
        changed = add_command(key, name, run, text, example=f"make key-{name} APP='My app' KEY=key_…")
        changed.add_argument("app", metavar="APP", type=text_given, help=APP)
        changed.add_argument("credential", metavar="KEY", type=text_given, help=CREDENTIAL)
        if name == "rotate":
            changed.add_argument("--overlap-hours", type=overlap_hours, default=24.0, help="from 0 up; default 24")
