"""The command `fill-courses`: learners whose last sitting ended under an earlier version come into their courses.

The index by event id is walked once, because it names every learner at a fiftieth of what reading the events would
cost. Of a learner with totals the missing rows of courses are put. One without any is left to the next sweep, which
stores both.
"""

import argparse
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import batched

from functions.core.sessions.timer import TimerRequest
from functions.operate.arguments import Subcommands, add_command
from functions.operate.operator import Operator
from functions.operate.outcome import Outcome
from functions.store import keys
from functions.store.dynamodb.row import Row, key_of
from functions.store.dynamodb.table import READ_BATCH, Table
from functions.store.registrations import Registrations
from functions.store.rows.timers import TimerRow, timer_key, timer_of
from functions.store.totals.course_filling import fill_courses
from functions.storing.additions import Addition
from functions.storing.scheduling import expiry_of_timer_s, schedule_timer

WORKERS = 8
NOTED_LEARNERS = 10_000


def add_fill_courses_command(commands: Subcommands) -> None:
    """Add `fill-courses`."""
    add_command(
        commands,
        "fill-courses",
        fill,
        "list in their courses the learners whose last sitting ended under an earlier version; may be repeated",
        example="make fill-courses STACK=Caliper",
    )


def fill(operator: Operator, options: argparse.Namespace) -> Outcome:  # noqa: ARG001  every command takes them
    """Fill the courses of every learner. It may be stopped and repeated, and the service goes on meanwhile."""
    table, settings = operator.events, operator.connection.timeout_settings(operator.connection.table)
    registrations = Registrations(operator.registry_table, settings.timeouts)

    def fill_one(timer: tuple[str, TimerRow]) -> tuple[int, int]:
        pk, stored = timer
        tenant, learner, now_us = stored.timer.tenant, stored.timer.learner, operator.clock()
        if learner is None:
            return 0, 0
        kept_days = registrations.of(tenant, now_us=now_us).kept_days(settings.retention_days)
        expires_s = expiry_of_timer_s(kept_days, now_us=now_us)
        if stored.totalled is not None or stored.timer.state != "idle":
            return fill_courses(table, pk, learner, expires_s=expires_s), 0
        addition = Addition(
            tenant=tenant,
            app_id=stored.timer.app_id,
            learner=learner,
            session=None,
            request=TimerRequest(from_us=now_us, due_us=now_us),
        )
        return 0, int(schedule_timer(table, pk, addition, stored, expires_s=expires_s))

    learners = rows = left = 0
    with ThreadPoolExecutor(WORKERS) as pool:
        for timers in batched(_timers(table), READ_BATCH, strict=False):
            for put, scheduled in pool.map(fill_one, timers):
                learners, rows, left = learners + 1, rows + put, left + scheduled
                if learners % NOTED_LEARNERS == 0:
                    operator.progress.note(f"{learners} learners")
    text = f"{learners} learners, {rows} rows of courses"
    text += f"; of {left} learners the next sweeps store totals and courses" if left else ""
    return Outcome(data={"learners": learners, "rows": rows, "leftToSweep": left}, text=text)


def _timers(table: Table) -> Iterator[tuple[str, TimerRow]]:
    """The timer of each learner of whom an event is kept, with its partition."""
    seen: set[str] = set()
    after: Row | None = None
    while True:
        page = table.scan(keys.BY_ID, after=after)
        new = sorted({pk for pk, _ in map(key_of, page.rows) if keys.is_learners(pk)} - seen)
        seen.update(new)
        for pks in batched(new, READ_BATCH, strict=False):
            for (pk, _), row in table.get_all(map(timer_key, pks)).items():
                yield pk, timer_of(row)
        after = page.next_key
        if after is None:
            return
