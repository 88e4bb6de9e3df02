"""Which stored events a request asks for, by type, time and position: shared by every list of events."""

from functions.core.caliper.terms import term
from functions.core.times import FIRST_US, LAST_US
from functions.query.request import Request
from functions.store import keys
from functions.store.dynamodb import key_parts
from functions.store.rows.events import StoredFact

EVENT_SK = r"E#[0-9]{18}#[\w-]{22}#!?[\w-]{22}"  # or of a row that tells of its rival


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


def begin(request: Request, position: str) -> str:
    """After what to begin to read, to go on after `position`: oldest first, rows that tell of rivals of what comes next
    may stand before it. Of a moment the lowest come first, so that one query reads those that count. A position ends
    with a sort key, and that with a content, which has no hash sign.
    """
    return position if request.descending else position[: position.rfind("#") + 1]


def is_passed(request: Request, position: str, sort_key: str) -> bool:
    """Whether an event was on an earlier page, and is only read again."""
    return not request.descending and sort_key <= position


def after(sort_key: str) -> str:
    """The lowest sort key that comes after this one."""
    return sort_key + " "


def before(sort_key: str) -> str:
    """A sort key before this one and after all that come before it: keys have a fixed width."""
    return sort_key[:-1] + chr(ord(sort_key[-1]) - 1) + key_parts.KEY_MAX
