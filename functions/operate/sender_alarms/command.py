"""The command `sender-alarms`: which alarms of an app's own sending are set, who gets the e-mails, and what rings."""

import argparse
import json
from typing import Any

import msgspec

from functions.core.apps import App
from functions.core.sender_alarms.alarms import SenderAlarms
from functions.core.sender_alarms.school_hours import SchoolHours
from functions.core.times import format_time
from functions.operate.arguments import Subcommands, add_command, text_given
from functions.operate.errors import SenderAlarmsError
from functions.operate.operator import Operator
from functions.operate.outcome import Outcome
from functions.operate.people.people import checked_email
from functions.operate.registry.lookup import find_app
from functions.store.sender_alarms.keys import findings_pk
from functions.store.sender_alarms.rows import RINGS, alarms_key, alarms_of, alarms_row, rings_of

SETTINGS = ("silent_hours", "hours", "rejects_percent", "warnings_percent", "new_codes", "clock")
MOST_HOURS = 200


def add_sender_alarms_command(commands: Subcommands) -> None:
    """Add `sender-alarms`."""
    parser = add_command(
        commands,
        "sender-alarms",
        change_alarms,
        "tell an app's owner when its sending stops or goes wrong; without a setting, show what is set and what rings",
        example="make sender-alarms APP='My app' SILENT_HOURS=4 REJECTS=5 CLOCK=1 EMAIL=ada@example.org",
    )
    switch = argparse.BooleanOptionalAction
    parser.add_argument("app", metavar="APP", type=text_given, help="the app's name or id")
    parser.add_argument(
        "--silent-hours", type=int, help=f"hours of school without an event; 0: not, at most {MOST_HOURS}"
    )
    parser.add_argument("--hours", help="when there is school, as 'Mon-Fri 08:00-16:00 America/New_York' (else of UTC)")
    parser.add_argument("--rejects-percent", type=int, help="more than this share of items rejected; 0: not")
    parser.add_argument("--warnings-percent", type=int, help="more than this share of items with warnings; 0: not")
    parser.add_argument("--new-codes", action=switch, default=None, help="a finding that it never had before")
    parser.add_argument("--clock", action=switch, default=None, help="items that state times after they arrived")
    parser.add_argument("--email", default="", help="who is told by e-mail, beside webhooks and bus")
    parser.add_argument("--remove", action="store_true", help="tell nothing any more")


def change_alarms(operator: Operator, options: argparse.Namespace) -> Outcome:
    app, table = find_app(operator.registry, options.app), operator.registry_table
    if options.remove:
        table.delete_all([alarms_key(app.tenant)])
        return Outcome(
            data={"app": app.app_id, "removed": True}, text="Nothing is told any more. E-mails end by their link."
        )
    known = alarms_of(table, app.tenant)
    changes = {name: value for name in SETTINGS if (value := getattr(options, name)) is not None}
    alarms = known or SenderAlarms(tenant=app.tenant, app_id=app.app_id, since_us=operator.clock())
    if changes:
        alarms = msgspec.structs.replace(alarms, **_checked(changes))
        table.put_all([alarms_row(alarms)])
    lines = _set(alarms)
    if options.email:
        lines.append(_subscribed(operator, app, checked_email(options.email)))
    key = findings_pk(app.tenant), RINGS
    rings = rings_of(operator.events.get_all([key]).get(key))
    lines += [f"RINGS since {format_time(us)}: {name}: {said}" for name, (us, said) in rings.ringing.items()]
    settings = {name: getattr(alarms, name) for name in SETTINGS}
    return Outcome(data={"app": app.app_id, **settings, "ringing": sorted(rings.ringing)}, text="\n".join(lines))


def _checked(changes: dict[str, Any]) -> dict[str, Any]:
    """The settings as they are kept. Raises SenderAlarmsError for one that cannot be."""
    for name, most in (("silent_hours", MOST_HOURS), ("rejects_percent", 100), ("warnings_percent", 100)):
        if not 0 <= changes.get(name, 0) <= most:
            raise SenderAlarmsError(f"--{name.replace('_', '-')} is {changes[name]}: from 0 (not) to {most}.")
    try:
        SchoolHours(changes["hours"]) if changes.get("hours") else None
    except ValueError as error:
        raise SenderAlarmsError(f"{error}.") from None
    return changes


def _set(alarms: SenderAlarms) -> list[str]:
    lines = []
    if alarms.silent_hours:
        lines.append(f"silent for {alarms.silent_hours} hours of school ({alarms.school_hours.text})")
    for percent, word in ((alarms.rejects_percent, "rejected"), (alarms.warnings_percent, "with warnings")):
        if percent:
            lines.append(f"over {percent} % of two days' items {word}")
    lines += ["a finding that it never had before"] if alarms.new_codes else []
    lines += ["items that state times after they arrived"] if alarms.clock else []
    return [f"told: {line}" for line in lines] or ["nothing is told: name a setting, as SILENT_HOURS=4"]


def _subscribed(operator: Operator, app: App, email: str) -> str:
    topic = operator.connection.sender_alarms_topic
    if not topic or operator.connection.is_local:
        raise SenderAlarmsError("This stack sends no e-mails: the local one never does. A webhook is told.")
    operator.connection.client("sns").subscribe(
        TopicArn=topic,
        Protocol="email",
        Endpoint=email,
        Attributes={
            "FilterPolicy": json.dumps({"detail": {"app": [app.app_id]}}),
            "FilterPolicyScope": "MessageBody",
        },
    )
    return f"{email} gets an e-mail with a link to confirm; until then nothing is sent there."
