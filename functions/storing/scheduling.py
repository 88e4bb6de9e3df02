"""Scheduling session timers after the facts that ask for it were stored: most need no write, new ones one put each.

A put that is conditional cannot be batched, so new timers are put by several writers at once, for as long as there is
time and no put fails. The rest is reported, and its messages are delivered again.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from copy import replace

from msgspec import Struct, field

from functions.core.errors import TransientError
from functions.core.sessions.timer import schedule
from functions.core.times import DAY_US
from functions.store.dynamodb.table import Key, Row, Table
from functions.store.rows.timers import SLACK_US, TimerRow, timer_key, timer_of, timer_row
from functions.storing.additions import Addition

WRITERS = 8
ATTEMPTS = 8


class Contended(TransientError):
    """A timer changed under every attempt to schedule it; the message is to be delivered again."""


class ScheduledTimers(Struct):
    """`began`: the timelines that this batch opened. `unscheduled`: those for whose timer there was no time.

    `failure`: why no more timers were scheduled, if not for want of time; to be raised once `began` was announced.
    """

    began: set[str] = field(default_factory=set)
    unscheduled: set[str] = field(default_factory=set)
    failure: Exception | None = None


def expiry_of_timer_s(kept_days: int, *, now_us: int) -> int:
    """When a session timer expires that is scheduled now: after all that it leads to."""
    return (now_us + kept_days * DAY_US + SLACK_US) // 1_000_000


def schedule_all(
    additions: Mapping[str, Addition],
    row_by_key: Mapping[Key, Row],
    *,
    table: Table,
    expires_s: Callable[[str], int],
    time_left: Callable[[], bool],
) -> ScheduledTimers:
    """Schedule the timer of each partition that is added to. `row_by_key` has those that exist; `expires_s` is of a
    tenant.
    """
    waiting = {
        pk: stored
        for pk, addition in additions.items()
        for stored in [_stored(row_by_key.get(timer_key(pk)))]
        if changed_row(stored, addition) is not None
    }
    timers = ScheduledTimers()

    def schedule_one(pk: str) -> None:
        if timers.failure is not None or not time_left():
            timers.unscheduled.add(pk)
            return
        try:
            opened = schedule_timer(table, pk, additions[pk], waiting[pk], expires_s=expires_s(additions[pk].tenant))
        except Exception as error:  # noqa: BLE001  raised by the caller, once what began is announced
            timers.failure = error
            timers.unscheduled.add(pk)
        else:
            if opened:
                timers.began.add(pk)

    if len(waiting) < 2:
        for pk in waiting:
            schedule_one(pk)
    else:
        with ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(schedule_one, waiting))
    return timers


def schedule_timer(table: Table, pk: str, addition: Addition, stored: TimerRow | None, *, expires_s: int) -> bool:
    """Schedule one timer if that changes it; whether that opened the timeline: nothing was open in it before.

    Raises Contended if it changes under every attempt.
    """
    for _ in range(ATTEMPTS):
        changed = changed_row(stored, addition)
        if changed is None:
            return False
        if table.put_if(timer_row(pk, changed, expires_s=expires_s), stored.timer.version if stored else None):
            return is_idle(stored)
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
