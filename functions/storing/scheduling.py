"""Scheduling session timers after the facts that ask for it were stored: most need no write, new ones one put each.

A put that is conditional cannot be batched, so new timers are put by several writers at once, for as long as there is
time. The rest is reported, and its messages are delivered again.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from functions.core.errors import TransientError
from functions.core.sessions.timer import schedule
from functions.store.dynamodb.table import Key, Row, Table
from functions.store.rows.timers import TimerRow, timer_key, timer_of, timer_row
from functions.storing.additions import Addition

WRITERS = 8
ATTEMPTS = 8


class Contended(TransientError):
    """A timer changed under every attempt to schedule it; the message is to be delivered again."""


@dataclass(frozen=True, slots=True)
class ScheduledTimers:
    """`began`: timelines in which nothing was open. `unscheduled`: those with a timer that there was no time to write."""

    began: frozenset[str]
    unscheduled: frozenset[str]


def schedule_all(
    additions: Mapping[str, Addition],
    row_by_key: Mapping[Key, Row],
    *,
    table: Table,
    expires_s: int,
    time_left: Callable[[], bool],
) -> ScheduledTimers:
    """Schedule the timer of each partition that is added to. `row_by_key` has those that exist.

    Raises Contended, or what an AWS call raised, once every writer has ended.
    """
    waiting = {
        pk: stored
        for pk, addition in additions.items()
        for stored in [_stored(row_by_key.get(timer_key(pk)))]
        if changed_row(stored, addition) is not None
    }
    began = {pk for pk in waiting if waiting[pk] is None or is_idle(waiting[pk])}

    def schedule_one(pk: str) -> str | None:
        if not time_left():
            return pk
        schedule_timer(table, pk, additions[pk], waiting[pk], expires_s=expires_s)
        return None

    if len(waiting) < 2:
        late = [schedule_one(pk) for pk in waiting]
    else:
        with ThreadPoolExecutor(WRITERS) as pool:
            late = list(pool.map(schedule_one, waiting))
    unscheduled = frozenset(pk for pk in late if pk is not None)
    return ScheduledTimers(frozenset(began - unscheduled), unscheduled)


def schedule_timer(table: Table, pk: str, addition: Addition, stored: TimerRow | None, *, expires_s: int) -> bool:
    """Schedule one timer if that changes it. Raises Contended if it changes under every attempt."""
    for _ in range(ATTEMPTS):
        changed = changed_row(stored, addition)
        if changed is None:
            return False
        if table.put_if(timer_row(pk, changed, expires_s=expires_s), stored.timer.version if stored else None):
            return True
        stored = _stored(table.get_all([timer_key(pk)]).get(timer_key(pk)))
    raise Contended(f"a session timer changed {ATTEMPTS} times while it was being scheduled")


def changed_row(stored: TimerRow | None, addition: Addition) -> TimerRow | None:
    """The row after `addition`, or None if the stored one will do."""
    timer = schedule(
        None if stored is None else stored.timer,
        addition.request,
        tenant=addition.tenant,
        app_id=addition.app_id,
        learner=addition.learner,
        session=addition.session,
    )
    if timer is None:
        return None
    if stored is None:
        return TimerRow(timer=timer, inferred=addition.inferred)
    inferred = addition.inferred or stored.inferred
    if stored.inferred is not None and not is_idle(stored) and timer.from_us == stored.timer.from_us:
        inferred = stored.inferred  # it began before
    return replace(stored, timer=timer, inferred=inferred)


def is_idle(stored: TimerRow | None) -> bool:
    """Whether nothing is open in the timeline."""
    return stored is None or stored.timer.state == "idle"


def _stored(row: Row | None) -> TimerRow | None:
    return None if row is None else timer_of(row)
