"""One stored event as the API shows it: the bytes that were sent, and beside them what was read off them.

Shared by every list of events.
"""

from collections.abc import Mapping

import orjson

from functions.core.caliper.terms import term
from functions.core.numbers.findings import conflict_finding
from functions.core.times import FIRST_US, LAST_US, format_time
from functions.query.request import Request
from functions.store import keys
from functions.store.dynamodb import key_parts
from functions.store.rows.events import StoredFact

EVENT_SK = r"E#[0-9]{18}#[\w-]{22}#!?[\w-]{22}"  # or of a row that tells of its rival

CONFLICT = conflict_finding().as_dict()


def item(fact: StoredFact, sessions: Mapping[str, str]) -> bytes:
    """A row of `events`. The event itself is spliced in as it came: never parsed and written again."""
    about = fact.entry.attribution
    row = {
        "event": orjson.Fragment(fact.raw),
        "actor": about.learner,
        "session": about.session or sessions.get(fact.entry.id),
        "run": about.run,
        "app": fact.app_id,
        "jobId": fact.job,
        "sendTime": None if fact.sent_us is None else format_time(fact.sent_us),
        "receivedAt": format_time(fact.entry.received_us),
        "credential": fact.credential or None,
        "system": fact.entry.system,
        "warnings": warnings(fact),
        "counted": fact.entry.counts and not (about.masqueraded or fact.entry.system),
    }
    return orjson.dumps(row)


def warnings(fact: StoredFact) -> list[Mapping[str, str]]:
    """Those it was stored with, and that its id has other content, which is mostly found out later."""
    warnings = list(fact.warnings)
    if fact.entry.in_conflict and all(warning.get("code") != CONFLICT["code"] for warning in warnings):
        warnings.append(CONFLICT)
    return warnings


def asked_for(request: Request, fact: StoredFact) -> bool:
    """Whether a fact belongs into the list: an event, of the type and in the time asked for."""
    if fact.entry.attribution.kind == "heartbeat" or not request.within(fact.entry.time_us):
        return False
    wanted = request.text("type")
    return wanted is None or term(wanted) == fact.entry.attribution.type


def window(request: Request, position: str) -> tuple[str, str] | None:
    """First and last sort key to read in a timeline, after `position` in the order asked for; None if empty."""
    first_us = FIRST_US if request.from_us is None else request.from_us
    last_us = LAST_US if request.to_us is None else request.to_us - 1
    start, end = keys.EVENT + key_parts.time_key(first_us), keys.EVENT + key_parts.time_key(last_us) + key_parts.KEY_MAX
    if position and request.descending:
        end = min(end, before(position))
    elif position:
        start = max(start, after(position))
    return (start, end) if start <= end else None


def after(sort_key: str) -> str:
    """The lowest sort key that comes after this one."""
    return sort_key + " "


def before(sort_key: str) -> str:
    """A sort key before this one and after all that come before it: keys have a fixed width."""
    return sort_key[:-1] + chr(ord(sort_key[-1]) - 1) + key_parts.KEY_MAX
