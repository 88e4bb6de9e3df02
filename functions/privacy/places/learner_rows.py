"""The learner's own rows: events, sessions, the session timer, and the rows that lead to them.

What was received after the erasure stays. Then so do the rows that lead to it, and the timer is due at once, so that
the sweep works the sessions out anew.
"""

from collections.abc import Iterator
from copy import replace

from functions.core.times import FIRST_US
from functions.privacy.erasure_context import Erasing, conflict_key
from functions.store import keys
from functions.store.dynamodb.attributes import number
from functions.store.dynamodb.row import Row, key_of
from functions.store.dynamodb.table import pages
from functions.store.rows.timers import timer_key, timer_of, timer_row

KINDS = {
    keys.EVENT: "events",
    keys.LOGIN: "login rows",
    keys.EVENT_INDEX: "event index rows",
    keys.SESSION: "sessions",
    keys.INFERRED: "sessions",
    keys.TIMER: "session timers",
    keys.TOTALS: "daily totals",
}


def erase_learner_rows(erasing: Erasing) -> Iterator[tuple[str, int]]:
    """Every row of the learner's partitions; a page of a query at a time, the session timer last."""
    for pk, before_us in erasing.partitions().items():
        later = False
        for page in pages(erasing.doors.table, pk, consistent=True):
            events = [row for row in page.rows if is_event(row)]
            old = [row for row in events if number(row, "received") <= before_us]
            later = later or len(old) < len(events)
            others = [row for row in page.rows if not is_event(row)]
            gone = [*old, *(row for row in others if not later or not leads_to_later(row))]
            conflicts = erasing.doors.table.get_all(conflict_key(erasing.tenant, str(row[keys.SK])) for row in old)
            yield "conflicts", len(conflicts)
            yield from _counted(gone)
            if erasing.applies:
                erasing.doors.table.delete_all([*conflicts, *map(key_of, gone)])
        if later and erasing.applies:
            look_again(erasing, pk)
    describes = erasing.describes()
    held = erasing.doors.table.get_all(sorted(describes))
    old = [row for key, row in held.items() if number(row, "received") <= describes[key]]
    yield "describes", len(old)
    if erasing.applies:
        erasing.doors.table.delete_all(map(key_of, old))


def is_event(row: Row) -> bool:
    """Whether this is the row of a fact; a rival's has such a key, too, and says nothing else."""
    return "received" in row and str(row[keys.SK]).startswith(keys.EVENT)


def leads_to_later(row: Row) -> bool:
    """Whether events that are left may need it."""
    return str(row[keys.SK]).startswith((keys.EVENT, keys.EVENT_INDEX)) or row[keys.SK] == keys.TIMER


def _counted(rows: list[Row]) -> Iterator[tuple[str, int]]:
    for row in rows:
        sk = str(row[keys.SK])
        kind = next((kind for prefix, kind in KINDS.items() if sk.startswith(prefix)), "other rows")
        if kind == "events" and keys.place_of(str(row[keys.PK])).startswith("D#"):
            kind = "describes"
        if kind == "events" and not is_event(row):
            kind = "rivals"
        yield "addresses" if kind == "event index rows" and sk.endswith("#") else kind, 1


def look_again(erasing: Erasing, pk: str) -> None:
    """Let the sweep work out the sessions of what is left. Whatever changes the timer meanwhile looks again, too."""
    table = erasing.doors.table
    row = table.get_all([timer_key(pk)]).get(timer_key(pk))
    if row is None:
        return
    stored = timer_of(row)
    timer = replace(
        stored.timer, state="scheduled", from_us=FIRST_US, due_us=FIRST_US, outbox=(), version=stored.timer.version + 1
    )
    changed = replace(stored, timer=timer, resting_until_us=0)
    table.put_if(timer_row(pk, changed, expires_s=number(row, keys.TTL)), stored.timer.version)
