"""What a sweep reads: in a minute with nothing due however many sessions are open, and per fact when they end."""

import threading
from collections import Counter
from collections.abc import Iterator
from itertools import batched
from typing import Literal

from functions.core.sessions.timer import SessionTimer
from functions.core.times import MINUTE_US
from functions.settings import TimeoutSettings
from functions.store import keys
from functions.store.dynamodb.row import Row, key_of
from functions.store.registrations import Registrations
from functions.store.rows.timers import TimerRow, timer_row
from functions.timeout.context import Context
from functions.timeout.handler import STOP_BEFORE_MS
from functions.timeout.sweep import sweep
from tests.bench.measure import Figure
from tests.bench.samples import LMS, NOW_US, DiscardingQueue
from tests.fakes import Calls, MemoryTable
from tests.world import STUDENT, World

SETTINGS = TimeoutSettings(table_name="t", queue_url="q")
SWEEP_S = 55 - STOP_BEFORE_MS / 1000  # in which an invocation begins looks

type Shape = Literal["one learner", "own learners"]


def open_timer(number: int) -> Row:
    """The row of one learner with open sittings, due in half an hour."""
    learner = f"https://people.example.org/{number}"
    timer = SessionTimer(
        tenant=LMS.tenant,
        app_id=LMS.app_id,
        learner=learner,
        session=None,
        from_us=NOW_US,
        due_us=NOW_US + 30 * MINUTE_US + number,
    )
    return timer_row(keys.learner_pk(LMS.tenant, learner), TimerRow(timer=timer), expires_s=NOW_US // 1_000_000)


def context(table: MemoryTable) -> Context:
    """A sweep that finds no message waiting."""
    return Context(
        table=table,
        queue=DiscardingQueue(),
        settings=SETTINGS,
        registrations=Registrations(table, SETTINGS.timeouts),
        now_us=NOW_US,
        lag_us=0,
        system_id="urn:uuid:s",
    )


def reads(learners: int) -> int:
    """Calls that one sweep makes over so many learners with open sittings, of which none is due."""
    table = MemoryTable()
    rows = (open_timer(number) for number in range(learners))
    table.items.update((key_of(row), row) for row in rows)
    swept = sweep(context(table), time_left=lambda: True)
    assert swept.evaluated == 0
    return table.calls.total


def rows_per_fact(sessions: int, shape: Shape) -> float:
    """Rows that all sweeps read until so many sessions of two facts have ended, by fact."""
    world = World()
    world.set_clock(sessions / 10)
    events = []
    for number in range(sessions):
        learner = STUDENT if shape == "one learner" else world.payloads.urn()
        opened = world.payloads.logged_in(learner, world.payloads.urn())
        when = world.event(number / 10)["eventTime"]
        events += [opened | {"eventTime": when}, world.event(number / 10) | {"actor": learner}]
    for some in batched(events, 200, strict=False):
        world.send(*some)
    world.table.rows_read = 0
    for minute in range(0, 200, 10):
        world.set_clock(sessions / 10 + minute + 0.5)  # no deadline falls on the very microsecond of a sweep
        world.sweep()
        read = world.table.rows_read
        world.drain()
        world.table.rows_read = read  # what `process` reads of the TimedOuts is not the sweep's
    assert not world.pending()
    assert len(world.sessions()) == sessions
    return world.table.rows_read / (2 * sessions)


def rows_a_session(sessions: int) -> float:
    """Rows that all sweeps read, by session, until so many of one learner's have ended that lie in one stretch."""
    world = World()
    names = [world.payloads.urn() for _ in range(sessions)]
    for some in batched(names, 100, strict=False):
        world.send(*(world.event(minute, session=name) for name in some for minute in (0, 1, 2)))
    world.table.rows_read = 0
    world.set_clock(40)
    world.sweep()
    assert len(world.sessions()) == sessions
    return world.table.rows_read / sessions


class Waits(Calls):
    """Calls by thread. Workers take the next timer when they have done one, so they wait about equally long."""

    def __init__(self) -> None:
        super().__init__()
        self.by_thread: Counter[int] = Counter()

    def begin(self, name: str) -> None:
        super().begin(name)
        self.by_thread[threading.get_ident()] += 1

    @property
    def sequential(self) -> float:
        """How many calls one after the other take as long as those that were made."""
        of_main = self.by_thread[threading.main_thread().ident or 0]
        workers = len(self.by_thread) - (of_main > 0)
        return of_main + (self.by_thread.total() - of_main) / max(workers, 1)


def looks_a_minute(*, share: float = 0.05, wait_ms: float = 5) -> int:
    """Sessions of learners of their own that one sweep ends, all its invocations together, if each call waits 5 ms.

    Counted in `share` of the time that an invocation has, with so many due that none has nothing to do.
    """
    calls = Waits()
    world = World(calls)
    due = round(24_000 * share * SETTINGS.sweep_invocations / 2)
    for some in batched((world.payloads.urn() for _ in range(due)), 400, strict=False):
        world.send(*(world.event(0) | {"actor": learner} for learner in some))
    world.set_clock(40)
    shards = keys.due_shards()
    each = len(shards) // SETTINGS.sweep_invocations
    looks = 0
    for group in batched(shards, each, strict=False):
        calls.by_thread.clear()
        swept = world.sweep(shards=group, time_left=lambda: calls.sequential * wait_ms / 1000 < SWEEP_S * share)
        assert swept.incomplete, "a sweep that ends early does not show how many looks fit"
        looks += swept.closed
    return round(looks / share)


def figures() -> Iterator[Figure]:
    for learners in (10, 100_000):
        yield Figure(f"sweep_reads_{learners}", reads(learners), "queries")
    shapes: tuple[Shape, ...] = ("one learner", "own learners")
    for shape in shapes:
        for sessions in (100, 400):
            name = f"sweep_rows_per_fact:{shape.replace(' ', '_')}_{sessions}"
            yield Figure(name, rows_per_fact(sessions, shape), "rows a fact")
    yield Figure("sweep_rows_400_vs_25", rows_a_session(400) / rows_a_session(25), "× rows a session, one stretch")
    yield Figure("sweep_looks_a_minute", looks_a_minute(), "sessions ended, all invocations, waits of 5 ms")
