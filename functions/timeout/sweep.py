"""The way a session ends that nobody closed: each minute, look at the watches that are due and close what is idle.

Per watch: mark it `reading`, then read its timeline consistently, then either arm it again or store the closed session
with its TimedOut still to be sent, send it, and only then let the row leave the index. Every step is conditional on
the watch's version, so an event that arrives in between wins, and a crash anywhere leaves the next sweep its work.

No watch can keep the others open: what is too long to be held, cannot be read, or ended the sweep that read it comes
after all others and is tried less and less often.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.sessions.watches import Watch
from functions.core.times import MINUTE_US
from functions.store import keys
from functions.store.bus import Unpublished
from functions.store.dynamodb.table import Key, Row, Unprocessed, Unstorable
from functions.store.rows.watches import due_keys, watch_of
from functions.timeout.closing import close_explicit, close_gaps
from functions.timeout.limited import OutOfTime, TooLong, limited
from functions.timeout.outbox import send
from functions.timeout.work import QUEUED, TRIED, Sweep, Swept, back_off_us, put, times

WORKERS = 8
BACK_OFF_US = 15 * MINUTE_US  # what cannot be read; twice as long each time, up to a day
TRANSIENT = (BotoCoreError, ClientError, Unprocessed)  # what the next sweep may find mended
# What a timeline or a row can make of the code that reads it; Unstorable: what was read made too large a row.
UNREADABLE = (
    *(LookupError, ArithmeticError, AttributeError, TypeError, ValueError, AssertionError, RecursionError),
    *(Unstorable, TooLong),
)


def sweep(work: Sweep, *, time_left: Callable[[], bool]) -> Swept:
    """Look at every watch that is due, a few at a time and the longest due first, until none or no time is left.

    An AWS call that fails for one watch leaves that one due; it is raised once all the others were looked at.
    """
    result = Swept()
    broken: list[Exception] = []
    found: list[Key] = []
    for shard in keys.due_shards():
        try:
            found += due_keys(work.table, shard, work.now_us, limit=work.shard_rows) if time_left() else ()
        except TRANSIENT as failure:
            broken.append(failure)
    there = work.table.get_all(found) if found else {}
    waiting = sorted(((key, there[key]) for key in found if key in there), key=lambda one: int(str(one[1]["deadline"])))

    def look(one: tuple[Key, Row]) -> Swept:
        if not time_left():
            return Swept(left=True)
        try:
            return look_at(work, *one, time_left=time_left)
        except TRANSIENT as failure:
            broken.append(failure)
            return Swept(looked_at=1)

    # Explicit sessions first: a gap watch arms one again that something joined, so it must not be read just then.
    # Last and alone what was looked at before and not read to its end: it may be what ended that sweep.
    unread = [one for one in waiting if times(one[1], TRIED)]
    others = [one for one in waiting if not times(one[1], TRIED)]
    gaps = [one for one in others if one[0][1].startswith(keys.WATCH)]
    named = [one for one in others if not one[0][1].startswith(keys.WATCH)]
    with ThreadPoolExecutor(WORKERS) as pool:  # starts no thread before there is something to look at
        for some in (named, gaps):
            _sum(result, pool.map(look, some))
    _sum(result, map(look, unread))
    if work.untold:
        broken.append(Unpublished(f"{len(work.untold)} ends wait for the bus"))
    if broken:
        raise broken[0]
    return result


def _sum(result: Swept, outcomes: Iterable[Swept]) -> Swept:
    for one in outcomes:
        result.looked_at += one.looked_at
        result.armed_again += one.armed_again
        result.closed += one.closed
        result.sent += one.sent
        result.failed += one.failed
        result.errors |= one.errors
        result.left = result.left or one.left
    return result


def look_at(work: Sweep, key: Key, row: Row, *, time_left: Callable[[], bool]) -> Swept:
    """One due watch. What is wrong with its data is put off and counted; a failing AWS call is let out."""
    watch = watch_of(row)
    result = Swept(looked_at=1)
    if watch.unsent:
        result.sent += send(work, key, watch, queued=times(row, QUEUED))
        if watch.phase == "settled":
            return result
        row = work.table.get_all([key]).get(key, row)
        watch = watch_of(row)
    if watch.phase == "settled" or watch.due_us > work.now_us:
        return result
    tried = times(row, TRIED)
    try:
        _read_to_the_end(work, key, watch, result, tried=tried, time_left=time_left)
    except UNREADABLE as error:
        _failed(result, error)
        _put_off(work, key)
    except OutOfTime as error:
        result.left = True
        if tried:
            _failed(result, error)
    return result


def _read_to_the_end(
    work: Sweep, key: Key, watch: Watch, result: Swept, *, tried: int, time_left: Callable[[], bool]
) -> None:
    """A sweep that dies of it leaves it due at once (and its place in the index unchanged), later longer each time."""
    due_us = work.now_us + back_off_us(tried, first_us=MINUTE_US) if tried else watch.due_us
    reading = replace(watch, phase="reading", due_us=due_us, version=watch.version + 1)
    if not put(work, key, reading, tried=tried + 1):
        return
    silence_us = None if watch.explicit else work.settings.quiet_us
    table = limited(work.table, rows=work.rows_at_once, silence_us=silence_us, time_left=time_left)
    if watch.explicit:
        close_explicit(replace(work, table=table), key, reading, result)
    else:
        close_gaps(replace(work, table=table), key, reading, result)


def _failed(result: Swept, error: Exception) -> None:
    result.failed += 1
    result.errors.add(type(error).__name__)


def _put_off(work: Sweep, key: Key) -> None:
    """Keep a watch that cannot be read from standing at the head of its shard."""
    row = work.table.get_all([key]).get(key)
    if row is not None:
        watch = watch_of(row)
        tried = max(times(row, TRIED), 1)
        due_us = work.now_us + back_off_us(tried, first_us=BACK_OFF_US)
        later = replace(watch, phase="armed", due_us=due_us, version=watch.version + 1)
        put(work, key, later, tried=tried)
