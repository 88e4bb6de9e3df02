"""The command `erase`: its arguments, what a dry run shows, and the receipt."""

import argparse
import os
import secrets
import time
from collections.abc import Mapping

from functions.core.apps import App
from functions.core.times import MINUTE_US, day_of
from functions.operate.arguments import Subcommands, add_command, instant, text_given
from functions.operate.operator import Operator
from functions.operate.outcome import Outcome
from functions.operate.registry.lookup import find_app
from functions.privacy.again import erase_again
from functions.privacy.erase import SETTLED_US, code_of, counted, erase, erase_from_all
from functions.privacy.erasure_context import Doors, LakeDoor
from functions.privacy.errors import PrivacyError
from functions.privacy.office import Office
from functions.privacy.person import Person, find_person, with_every_id
from functions.store import keys
from functions.store.bus import open_bus
from functions.store.dynamodb.table import rows
from functions.store.erasure.records import S3Records
from functions.store.erasure.secret import held_secret, pseudonym_secret
from functions.store.erasure.versions import FIRST_DAY, LAST_DAY, S3Versions
from functions.store.rows.apps import app_of

EVERY_APP = "*"
APP = "the app's name or id, or '*' for every app"


def add_erase_command(commands: Subcommands) -> None:
    """Add `erase`."""
    parser = add_command(
        commands,
        "erase",
        run_erase,
        "erase a person from everything that is kept; without a code, say what that would erase",
        example="make erase LEARNER=ada@example.org APP='My app'",
    )
    parser.add_argument("learner", metavar="LEARNER", nargs="?", type=text_given, help="the learner's IRI or e-mail")
    parser.add_argument("--app", default="", help=APP)
    parser.add_argument("--code", default="", help="the code that the dry run showed: erase")
    parser.add_argument("--from", dest="from_us", type=instant, help="only archive objects of this day and later ones")
    parser.add_argument("--to", dest="to_us", type=instant, help="only archive objects of this day and earlier ones")
    parser.add_argument("--again", action="store_true", help="carry out every erasure on record again, after a restore")
    parser.add_argument(
        "--no-wait", action="store_true", help="leave out the second walk: `--again` makes it, five minutes later"
    )


def run_erase(operator: Operator, options: argparse.Namespace) -> Outcome:
    if options.again:
        return _again(operator, options)
    if not options.learner:
        raise PrivacyError("Whom? make erase LEARNER=… APP='My app'")
    people = people_of(operator, options)
    code = code_of(people)
    if not options.code:
        return _dry_run(operator, options, people, code)
    if options.code != code:
        raise PrivacyError(
            f"{options.code!r} is not the code of this erasure. Run it without CODE to see what it erases."
        )
    office, request = office_of(operator, options), secrets.token_hex(8)
    if options.app == EVERY_APP:
        receipts = erase_from_all(people, office, request=request, days=_days(options))
    else:
        receipts = [erase(person, office, request=request, days=_days(options)) for person in people]
    lines = [line for receipt in receipts for line in (f"{receipt.app}:", *lines_of(receipt.counts))]
    lines.append(f"Erased. The receipt is erasures/{request}/ in the bucket; it names no one.")
    if options.no_wait:
        lines.append(f"Not yet walked twice: {operator.command_line('erase AGAIN=1')} in five minutes.")
    lines.append("Backups of the table end with their time: 35 days.")
    return Outcome(
        data={"request": request, "apps": {receipt.app: dict(receipt.counts) for receipt in receipts}},
        text="\n".join(lines),
    )


def _dry_run(operator: Operator, options: argparse.Namespace, people: list[Person], code: str) -> Outcome:
    doors, now_us = doors_of(operator), operator.clock()
    counts = {person.app.app_id: counted(person, doors, before_us=now_us, days=_days(options)) for person in people}
    lines = [line for app, of_app in counts.items() for line in (f"{app}:", *(lines_of(of_app) or ["  nothing"]))]
    lines.append(f"Nothing was erased. To erase all this: the same command with CODE={code}")
    return Outcome(data={"dryRun": True, "code": code, "apps": counts}, text="\n".join(lines))


def _again(operator: Operator, options: argparse.Namespace) -> Outcome:
    apps = {app.tenant: app for app in _every_app(operator)}
    done = list(erase_again(office_of(operator, options), apps, days=_days(options)))
    lines = [
        line for record in done for line in (f"{record.app}:", *(lines_of(record.counts) or ["  nothing was left"]))
    ]
    return Outcome(
        data={"apps": {record.app: dict(record.counts) for record in done}},
        text="\n".join([*lines, "Every erasure on record was carried out again."]),
    )


def people_of(operator: Operator, options: argparse.Namespace) -> list[Person]:
    """The person in each app that is asked for. Raises PrivacyError if the address is no one's."""
    if options.app == EVERY_APP:
        apps = _every_app(operator)
    elif options.app:
        apps = [find_app(operator.registry, options.app)]
    else:
        apps = _every_app(operator)
        if len(apps) != 1:
            raise PrivacyError("Of which app? APP='My app', or APP='*' for every app.")
    people = [
        with_every_id(find_person(operator.events, app, options.learner), operator.events, operator.registry_table)
        for app in apps
    ]
    named = [person for person in people if person.learners]
    if not named:
        raise PrivacyError(
            "No learner of this address is stored. Name the learner's IRI: an address is known only if an event gave "
            "it with the learner, and as long as the table keeps that."
        )
    return named


def _every_app(operator: Operator) -> list[App]:
    """Also those that were removed: what they sent is kept."""
    return [app_of(row) for row in rows(operator.registry_table, keys.APPS)]


def doors_of(operator: Operator) -> Doors:
    connection = operator.connection
    return Doors(
        table=operator.events,
        registry=operator.registry_table,
        versions=S3Versions(connection.client("s3"), connection.bucket),
        settings=connection.process_settings(connection.table),
        dead_letters=(connection.client("sqs"), connection.dlq_url),
        lake=_lake_door(operator) if connection.lake_bucket else None,
    )


def _lake_door(operator: Operator) -> LakeDoor:
    # Only where there is a lake: no other command waits for DuckDB.
    from functions.lake.inbox import Inbox
    from functions.operate.lake.place import opened_lake, place_of

    return LakeDoor(
        opened=lambda: opened_lake(operator),
        secret=lambda: held_secret(operator.registry_table),
        load_again=Inbox(operator.connection.client("sqs"), place_of(operator).queue_url).ask,
    )


def office_of(operator: Operator, options: argparse.Namespace) -> Office:
    """What an erasure of this stack works with."""
    connection = operator.connection
    secret = pseudonym_secret(operator.registry_table, random_bytes=os.urandom)

    def settle() -> bool:
        if not options.no_wait:
            operator.progress.note(f"Waiting {SETTLED_US // MINUTE_US} minutes for what is under way, then once more.")
            time.sleep(SETTLED_US / 1e6)
        return not options.no_wait

    return Office(
        registry=operator.registry_table,
        doors=doors_of(operator),
        records=S3Records(connection.client("s3"), connection.bucket),
        bus=open_bus(connection.bus, lambda: connection.client("events"), lambda: secret),
        secret=secret,
        random_text=lambda: secrets.token_hex(16),
        clock=operator.clock,
        settle=settle,
        tell=operator.progress.note,
    )


def _days(options: argparse.Namespace) -> tuple[str, str]:
    return (
        FIRST_DAY if options.from_us is None else day_of(options.from_us),
        LAST_DAY if options.to_us is None else day_of(options.to_us),
    )


def lines_of(counts: Mapping[str, int]) -> list[str]:
    """Counts by place as they are shown."""
    return [f"  {count:>8}  {place}" for place, count in counts.items()]
