"""How sittings end by inactivity: each minute, the sweep evaluates the session timers that are due.

`functions.timeout.due_timer` says how, and why nothing is lost or ended twice. No timeline can delay the
others: tenants take turns. A timeline that is too long, cannot be read, or crashed the sweep that read it comes last
and is tried less and less often; a long one then rests for as long as its reading took.
"""

import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from functions.store import keys
from functions.store.bus import Unpublished
from functions.store.dynamodb.table import Key
from functions.store.errors import TRANSIENT
from functions.store.rows.events import UNREADABLE
from functions.store.rows.timers import TimerRow, due_keys, timer_of
from functions.timeout.context import Context, SweepResult
from functions.timeout.due_timer import DueTimer

WORKERS = 8


@dataclass(slots=True)
class _Run:
    """One sweep while it works."""

    context: Context
    time_left: Callable[[], bool]
    result: SweepResult = field(default_factory=SweepResult)
    broken: list[Exception] = field(default_factory=list)
    seen: set[Key] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)


def sweep(context: Context, *, time_left: Callable[[], bool]) -> SweepResult:
    """Evaluate every timer that is due, a few at a time, until none or no time is left.

    A timer for which an AWS call fails stays due; the failure is raised after all others were evaluated.
    """
    run = _Run(context, time_left)
    while _round(run) and time_left() and not run.broken:
        pass
    if run.result.unpublished:
        run.broken.append(Unpublished(f"{run.result.unpublished} timelines have notices that wait for the bus"))
    if run.broken:
        raise run.broken[0]
    return run.result


def _round(run: _Run) -> bool:
    """Evaluate the timers of one page of each shard of the index; whether there may be more."""
    due: list[Key] = []
    full = False
    for shard in keys.due_shards():
        try:
            page = due_keys(run.context.table, shard, run.context.due_us, limit=run.context.shard_rows)
        except TRANSIENT as failure:
            run.broken.append(failure)
            continue
        full = full or len(page) >= run.context.shard_rows
        due += page
        if not run.time_left():
            break
    new = [key for key in due if key not in run.seen]
    run.seen.update(new)
    waiting = _timers(run, new)
    tenants = {stored.timer.tenant for _, stored in waiting}
    run.context.registrations.read(tenants, now_us=run.context.now_us)  # once, before eight ask for the same
    # Last and alone those that an earlier sweep did not read to the end: reading them may have crashed it.
    others = [(pk, stored) for pk, stored in waiting if not stored.timer.tried]
    with ThreadPoolExecutor(WORKERS) as pool:  # starts no thread before there is something to evaluate
        for _ in pool.map(lambda timer: _evaluate(run, *timer), in_turn(others)):
            pass
    for pk, stored in waiting:
        if stored.timer.tried:
            _evaluate(run, pk, stored)
    return full and bool(new)


def _timers(run: _Run, due: list[Key]) -> list[tuple[str, TimerRow]]:
    """The timers that are still due, the longest due first. One that cannot be read is counted and left alone."""
    waiting = []
    for key, row in (run.context.table.get_all(due) if due else {}).items():
        try:
            stored = timer_of(row)
        except UNREADABLE as error:
            run.result.failed += 1
            run.result.errors.add(type(error).__name__)
            continue
        due_us = stored.due_us
        if due_us is not None and due_us <= run.context.due_us:
            waiting.append((due_us, key[0], stored))
    return [(pk, stored) for _, pk, stored in sorted(waiting, key=lambda timer: timer[:2])]


def in_turn(waiting: Iterable[tuple[str, TimerRow]]) -> Iterator[tuple[str, TimerRow]]:
    """One of each tenant, then the next of each, in their order."""
    tenants: dict[str, deque[tuple[str, TimerRow]]] = defaultdict(deque)
    for pk, stored in waiting:
        tenants[keys.tenant_in(pk)].append((pk, stored))
    while tenants:
        for tenant in list(tenants):
            yield tenants[tenant].popleft()
            if not tenants[tenant]:
                del tenants[tenant]


def _evaluate(run: _Run, pk: str, stored: TimerRow) -> None:
    result = SweepResult()
    if not run.time_left():
        result.incomplete = True
    else:
        result.evaluated = 1
        try:
            DueTimer(run.context, pk, stored, result, time_left=run.time_left).evaluate()
        except TRANSIENT as failure:
            run.broken.append(failure)
    with run.lock:
        run.result.add(result)
