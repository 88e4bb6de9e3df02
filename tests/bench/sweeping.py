"""What a sweep reads: in a minute with nothing due however many sessions are open, and per fact when they end."""

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
from functions.timeout.sweep import sweep
from tests.bench.measure import Figure
from tests.bench.samples import LMS, NOW_US, DiscardingQueue
from tests.fakes import MemoryTable
from tests.world import STUDENT, World

SETTINGS = TimeoutSettings(table_name="t", queue_url="q")

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
    world.at(sessions / 10)
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
        world.at(sessions / 10 + minute + 0.5)  # no deadline falls on the very microsecond of a sweep
        world.sweep()
        read = world.table.rows_read
        world.drain()
        world.table.rows_read = read  # what `process` reads of the TimedOuts is not the sweep's
    assert not world.pending()
    assert len(world.sessions()) == sessions
    return world.table.rows_read / (2 * sessions)


def figures() -> Iterator[Figure]:
    for learners in (10, 100_000):
        yield Figure(f"sweep_reads_{learners}", reads(learners), "queries")
    shapes: tuple[Shape, ...] = ("one learner", "own learners")
    for shape in shapes:
        for sessions in (100, 400):
            name = f"sweep_rows_per_fact:{shape.replace(' ', '_')}_{sessions}"
            yield Figure(name, rows_per_fact(sessions, shape), "rows a fact")
