"""The command `sender-alarms`: which alarms of an app's own sending are set, who gets the e-mails, and what rings."""

import argparse

from functions.core.sender_alarms.alarms import SenderAlarms
from functions.core.sender_alarms.settings import MOST, SETTINGS, changed, nothing, sender_answer
from functions.operate.arguments import Subcommands, add_command, text_given
from functions.operate.errors import SenderAlarmsError
from functions.operate.operator import Operator
from functions.operate.outcome import Outcome
from functions.operate.people.people import checked_email
from functions.operate.registry.lookup import find_app
from functions.operate.sender_alarms.emails import subscribe, unsubscribe
from functions.store.sender_alarms.rows import alarms_of, every_ring, set_alarms


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
        "--silent-hours", type=int, help=f"hours of school without an event; 0: not, at most {MOST['silentHours']}"
    )
    parser.add_argument("--hours", help="when there is school, as 'Mon-Fri 08:00-16:00 America/New_York' (else of UTC)")
    parser.add_argument("--rejects-percent", type=int, help="more than this share of items rejected; 0: not")
    parser.add_argument("--warnings-percent", type=int, help="more than this share of items with warnings; 0: not")
    parser.add_argument("--new-codes", action=switch, default=None, help="a finding that it never had before")
    parser.add_argument("--clock", action=switch, default=None, help="items that state times after they arrived")
    parser.add_argument("--email", default="", help="who is told by e-mail, beside webhooks and bus")
    parser.add_argument("--remove", action="store_true", help="tell nothing any more; with --email: not there")


def change_alarms(operator: Operator, options: argparse.Namespace) -> Outcome:
    app, table = find_app(operator.registry, options.app), operator.registry_table
    known = alarms_of(table, [app])[app.tenant]
    sns, email = operator.connection.client("sns"), checked_email(options.email) if options.email else ""
    if options.remove and email:
        text = unsubscribe(sns, _topic(operator), email=email, app=app.app_id)
        return Outcome(data={"app": app.app_id, "removed": True}, text=text)
    if options.remove:
        set_alarms(table, nothing(known))
        return Outcome(
            data={"app": app.app_id, "removed": True}, text="Nothing is told any more, and what rings clears."
        )
    wanted = {name: value for name, option in SETTINGS.items() if (value := getattr(options, option)) is not None}
    alarms = changed(known, wanted, now_us=operator.clock())
    if not isinstance(alarms, SenderAlarms):
        faults = [f"--{SETTINGS[name].replace('_', '-')} {fault}" for name, fault in alarms]
        raise SenderAlarmsError(" ".join(faults))
    if alarms != known:
        set_alarms(table, alarms)
    lines = _set(alarms)
    if email:
        lines.append(subscribe(sns, _topic(operator), email=email, app=app.app_id))
    answered = sender_answer(alarms, every_ring(operator.events, [app.tenant])[app.tenant])
    lines += [f"RINGS since {ring['since']}: {ring['alarm']}: {ring['message']}" for ring in answered["ringing"]]
    return Outcome(data=answered, text="\n".join(lines))


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


def _topic(operator: Operator) -> str:
    """Where e-mails come from. Raises SenderAlarmsError if this stack sends none."""
    topic = operator.connection.sender_alarms_topic
    if not topic or operator.connection.is_local:
        raise SenderAlarmsError("This stack sends no e-mails: the local one never does. A webhook is told.")
    return topic
