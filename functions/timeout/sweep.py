"""How sittings end by inactivity: each minute, the sweep evaluates the session timers that are due.

`functions.timeout.due_timer` says how, and why nothing is lost or ended twice. No timeline can delay the others:
`functions.timeout.turns` has the order. A timeline that is too long, cannot be read, or crashed the sweep that read it
comes last and is tried less and less often; a long one then rests for as long as its reading took.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from msgspec import Struct, field

from functions.store import keys
from functions.store.bus import Unpublished
from functions.store.errors import TRANSIENT
from functions.store.rows.events import UNREADABLE
from functions.store.rows.timers import DueEntry, TimerRow, due_entries, timer_key, timer_of
from functions.timeout.context import Context, SweepResult
from functions.timeout.turns import Turns, shares

WORKERS = 8
TIMERS_AT_ONCE = 25  # that a worker reads before it evaluates them: a timer may change while it waits there

type HandOver = Callable[[Sequence[str]], bool]


class _Run(Struct):
    """One sweep while it works. `tried`: the timers of this round that an earlier sweep did not read to the end."""

    context: Context
    time_left: Callable[[], bool]
    shards: list[str]
    result: SweepResult = field(default_factory=SweepResult)
    broken: list[Exception] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    tried: list[tuple[str, TimerRow]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


def sweep(
    context: Context,
    *,
    time_left: Callable[[], bool],
    shards: Sequence[str] | None = None,
    hand_over: HandOver | None = None,
) -> SweepResult:
    """Evaluate every timer that is due, a few at a time, until none or no time is left.

    `shards` of the index, all if not given. If very much is due, `hand_over` is asked to have some of them swept by
    another invocation; those that it does not take are swept here. A timer for which an AWS call fails stays due; the
    failure is raised after all others were evaluated.
    """
    run = _Run(context, time_left, list(keys.due_shards() if shards is None else shards))
    with ThreadPoolExecutor(WORKERS) as pool:
        due = _due(run, pool)
        if hand_over is not None:
            _share(run, due, hand_over)
        while _round(run, pool, due) and time_left() and not run.broken:
            due = _due(run, pool)
    if run.result.unpublished:
        run.broken.append(Unpublished(f"{run.result.unpublished} timelines have notices that wait for the bus"))
    if run.broken:
        raise run.broken[0]
    return run.result


def _due(run: _Run, pool: ThreadPoolExecutor) -> dict[str, list[DueEntry]]:
    """By shard, what a page of its index has from each end. A shard that cannot be read is left out."""

    def of(shard: str) -> list[DueEntry]:
        try:
            return due_entries(run.context.table, shard, run.context.due_us, limit=run.context.shard_timers)
        except TRANSIENT as failure:
            run.broken.append(failure)
            return []

    return dict(zip(run.shards, pool.map(of, run.shards), strict=True))


def _share(run: _Run, due: dict[str, list[DueEntry]], hand_over: HandOver) -> None:
    """Keep the shards of the first group, and those that are not taken."""
    groups = shares({shard: len(timers) for shard, timers in due.items()}, most=run.context.settings.sweep_invocations)
    for group in groups[1:]:
        if hand_over(group):
            for shard in group:
                run.shards.remove(shard)
                del due[shard]


def _round(run: _Run, pool: ThreadPoolExecutor, due: dict[str, list[DueEntry]]) -> bool:
    """Evaluate what a page of each shard has; whether there may be more."""
    new = [timer for timers in due.values() for timer in timers if timer.pk not in run.seen]
    run.seen.update(timer.pk for timer in new)
    tenants = {keys.tenant_in(timer.pk) for timer in new}
    run.context.registrations.read(tenants, now_us=run.context.now_us)  # once, before eight ask for the same
    turns = Turns(new)
    portion = min(TIMERS_AT_ONCE, -(-len(new) // WORKERS))
    while turns and run.time_left():
        for worker in [pool.submit(_work, run, turns, portion) for _ in range(WORKERS)]:
            worker.result()
        # Alone, and after others, those that an earlier sweep did not read to the end: reading them may have crashed
        # it. Not after all others: behind a backlog their turn would never come.
        for pk, stored in run.tried:
            _evaluate(run, pk, stored)
        run.tried.clear()
    run.result.incomplete = run.result.incomplete or bool(turns)
    return bool(new) and any(len(timers) >= run.context.shard_timers for timers in due.values())


def _work(run: _Run, turns: Turns, portion: int) -> None:
    """Evaluate one portion, and set aside those that were tried before."""
    if not run.time_left():
        return
    try:
        timers = _timers(run, turns.take(portion))
    except TRANSIENT as failure:
        run.broken.append(failure)
        return
    for pk, stored in timers:
        if stored.timer.tried:
            run.tried.append((pk, stored))
        else:
            turns.charge(pk, _evaluate(run, pk, stored))


def _timers(run: _Run, taken: Iterable[DueEntry]) -> list[tuple[str, TimerRow]]:
    """Those that are still due, in their order. One that cannot be read is counted and left alone."""
    key_list = [timer_key(timer.pk) for timer in taken]
    row_by_key = run.context.table.get_all(key_list)
    timers: list[tuple[str, TimerRow]] = []
    for key in key_list:
        if key not in row_by_key:
            continue
        try:
            stored = timer_of(row_by_key[key])
        except UNREADABLE as error:
            with run.lock:
                run.result.add(SweepResult(failed=1, errors={type(error).__name__}))
            continue
        if stored.due_us is not None and stored.due_us <= run.context.due_us:
            timers.append((key[0], stored))
    return timers


def _evaluate(run: _Run, pk: str, stored: TimerRow) -> int:
    """Evaluate one timer, if there is time; the rows that were read."""
    result = SweepResult()
    if not run.time_left():
        result.incomplete = True
    else:
        from functions.timeout.due_timer import DueTimer  # a sweep with nothing due does without what evaluates

        result.evaluated = 1
        try:
            DueTimer(run.context, pk, stored, result, time_left=run.time_left).evaluate()
        except TRANSIENT as failure:
            run.broken.append(failure)
    with run.lock:
        run.result.add(result)
    return result.rows
