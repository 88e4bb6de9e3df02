"""Whether all totals of a learner are stored, which the timer and the row of the latest day tell."""

from functions.store.dynamodb.table import Table
from functions.store.rows.events import UNREADABLE
from functions.store.rows.timers import TimerRow, timer_key, timer_of
from functions.store.totals.ledger import latest_row
from functions.store.totals.rows import DayTotals, UnreadableTotals, totals_of


def is_settled(table: Table, pk: str) -> bool:
    """Whether all totals of a learner are stored."""
    return latest_day(table, pk, stored_timer(table, pk)) is not None


def courses_if_settled(table: Table, pk: str) -> frozenset[str] | None:
    """All courses that the events of a learner name; None if the learner's totals must be added up to tell."""
    latest = latest_day(table, pk, stored_timer(table, pk))
    return None if latest is None else latest.courses


def stored_timer(table: Table, pk: str) -> TimerRow | None:
    """The session timer of a timeline; not consistent. None if there is none, or none that can be read."""
    row = table.get_all([timer_key(pk)], consistent=False).get(timer_key(pk))
    try:
        return None if row is None else timer_of(row)
    except UNREADABLE:
        return None


def latest_day(table: Table, pk: str, timer: TimerRow | None) -> DayTotals | None:
    """The latest day, empty if there is none. None if something is open, a slice is not resolved, or the day cannot be
    read.
    """
    if timer is None or not timer.totalled or timer.timer.state != "idle":
        return None
    row = latest_row(table, pk)
    if row is None:
        return DayTotals(standing={}, courses=frozenset())
    try:
        latest = totals_of(row)
    except UnreadableTotals:
        return None
    return None if latest.standing is None else latest
