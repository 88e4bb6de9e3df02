"""One look at one timeline that is due: mark, read, decide, publish, leave.

    process   P1 put facts (blind)   P2 read the timer   P3 schedule it, unless it stands as it must already
    look      L1 mark      scheduled or evaluating → evaluating; an outbox that was left is published first
              L2 read      slices from `from_us`, consistently; fold each
              L3 decide    the TimedOuts of what is due go into the outbox, with the notices
              L4 publish   TimedOuts into the table and the queue, notices on the bus; then session rows. Repeatable
              L5 leave     nothing is open → idle; else scheduled, from the first slice with an open sitting

Every write of a timer is conditional on its version, which grows by one. What holds, whatever fails and whenever:

1. No fact is overlooked. A writer stores (P1), then reads the timer (P2); a look marks (L1), then reads facts (L2). If
   P2 comes before L1, so did P1: the look sees the fact. If P2 comes after L1, the writer finds the mark and writes, so
   L5 fails or leaves the timer scheduled from `since_us`. If P2 comes after L5, it schedules what it needs.
2. No write per event. In an open sitting `from_us` and `due_us` were set by an earlier fact and are early enough.
   Exceptions: a close, a first wish for heartbeats, a fact before `from_us`, a look at this moment.
3. A TimedOut once. L3 holds only for this mark and for facts that cannot bear on it; its content is a function of the
   sitting. After a crash the outbox is published again, the same bytes under the same key. It is emptied in L1 and L5,
   after L4; from then on the TimedOut is in the timeline, a window in every fold.
4. Publishing changes nothing: for facts in time, a fold with the TimedOuts that it makes says the same as without.
5. Session rows are projections. They are read before L3 and written after it, conditional on their version: a look
   that another overtook writes none. A slice replaces exactly the sittings of a row that start in it.
6. A timeline that is always in use is decided all the same: `since_us` tells that what was added cannot bear on it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import batched
from typing import Any

from functions.core.sittings.fold import Scope
from functions.core.sittings.sitting import Sitting
from functions.core.sittings.timer import SessionTimer, decide, evaluate, leave, release
from functions.core.times import MINUTE_US
from functions.store.bus import Notice
from functions.store.dynamodb.table import Unstorable
from functions.store.rows.events import UNREADABLE
from functions.store.rows.timers import TimerRow, timer_key, timer_of, timer_row
from functions.store.slices import OutOfTime, Reading, TooLong, slices
from functions.timeout.apart import pass_on
from functions.timeout.context import TRANSIENT, Context, Swept, back_off_us
from functions.timeout.evaluation import Ending, Evaluation, Evaluator
from functions.timeout.outbox import letter, publish, store_sessions, tell

ATTEMPTS = 8
ENDINGS_AT_ONCE = 200  # in an outbox: some 100 KB of the 400 that an item may have
ROWS_AT_ONCE = 100  # session rows that are held until they are stored
BACK_OFF_US = 15 * MINUTE_US  # what cannot be read; twice as long each time, up to a day
ROW_US = 10_000  # of rest for each row that a look has read
REST_US = MINUTE_US  # from which on it is worth it
SKIPPED = 100
LONGEST_BUS_US = 60 * MINUTE_US  # between two tries to tell subscribers


@dataclass(slots=True)
class _Found:
    """What a look has read and not yet stored, and what it leaves open."""

    changes: Evaluation = field(default_factory=Evaluation)
    next_end: Sitting | None = None
    open_from_us: int | None = None
    inferred: str | None = None


class Overtaken(Exception):
    """Another sweep reads the timeline, or a fact arrived that may bear on what was decided."""


class Look:
    """A look at one timeline; `result` is what came of it so far."""

    def __init__(
        self, context: Context, pk: str, stored: TimerRow, result: Swept, *, time_left: Callable[[], bool]
    ) -> None:
        self._context, self._pk, self._stored, self._result = context, pk, stored, result
        self._time_left = time_left
        self._marked = 0
        self._before = stored

    def run(self) -> None:
        """Everything that is due of it. What is wrong with its data is put off and counted; a failing AWS call is let
        out, and leaves it due as it was.
        """
        if not self._publish():
            return
        self._tell()
        timer = self._stored.timer
        if timer.state == "idle" or max(timer.due_us, self._stored.resting_until_us) > self._context.due_us:
            self._save(lambda current: _next(current, outbox=()) if current.outbox == timer.outbox else None)
            return
        if not self._mark():
            return
        try:
            self._read()
        except Overtaken:
            self._release()
        except (*UNREADABLE, Unstorable, TooLong) as error:
            self._put_off(error)
        except OutOfTime as error:
            self._result.left = True
            if self._before.timer.tried:
                self._failed(error)
        except TRANSIENT:
            self._release()
            raise

    def _publish(self) -> bool:
        timer = self._stored.timer
        if not timer.outbox:
            return True
        if not publish(self._context, tenant=timer.tenant, app_id=timer.app_id, letters=timer.outbox):
            return False
        self._result.sent += sum(len(one["events"]) for one in timer.outbox)
        return True

    def _tell(self) -> None:
        """Notices to the bus, where it is time. What it does not take waits in the timer, longer each time."""
        stored = self._stored
        if not stored.untold or stored.tell_at_us > self._context.now_us:
            return
        notices: list[Notice] = [(one["kind"], one["about"]) for one in stored.untold]
        if tell(self._context.bus, notices):
            self._stored = replace(stored, untold=(), bus_failures=0, tell_at_us=0)
            return
        self._result.untold += 1
        failures = stored.bus_failures + 1
        again_us = self._context.now_us + back_off_us(failures, first_us=MINUTE_US, longest_us=LONGEST_BUS_US)
        self._stored = replace(stored, bus_failures=failures, tell_at_us=again_us)

    def _mark(self) -> bool:
        """A sweep that dies of it leaves it due at once the first time, then later, longer each time."""
        tried = self._stored.timer.tried
        rest_us = self._context.now_us + back_off_us(tried, first_us=MINUTE_US) if tried else 0
        known = self._stored.timer.marked
        if not self._save(
            lambda current: evaluate(current) if current.marked == known else None, resting_until_us=rest_us
        ):
            return False
        self._marked = self._stored.timer.version
        return True

    def _read(self) -> None:
        timer = self._stored.timer
        timeouts = self._context.registrations.of(timer.tenant, now_us=self._context.now_us).timeouts
        reading = Reading(
            silence_us=timeouts.silence_us,
            consistent=True,
            rows_at_once=self._context.rows_at_once,
            goes_on=self._time_left,
        )
        scope = Scope(tenant=timer.tenant, learner=timer.learner, timeouts=timeouts)
        evaluator = Evaluator(context=self._context, app_id=timer.app_id, scope=scope, reading=reading)
        found = _Found()
        try:
            if timer.learner is None and pass_on(self._context, self._pk, timer, reading):
                self._leave(found, reading)
                return
            for one in slices(self._context.table, self._pk, timer.from_us, reading):
                still_open = evaluator.evaluate(one, found.changes)
                if still_open:
                    _note_open(found, still_open, one.first_us)
                if len(found.changes.endings) >= ENDINGS_AT_ONCE or len(found.changes.rows) >= ROWS_AT_ONCE:
                    self._settle(found)
            self._settle(found)
            self._leave(found, reading)
        finally:
            self._result.rows += reading.rows

    def _settle(self, found: _Found) -> None:
        """Decide, publish, and store session rows. Raises Overtaken where another look may know better."""
        endings, rows = found.changes.endings, found.changes.rows
        if not endings and not rows:
            return
        for some in batched(endings, ENDINGS_AT_ONCE, strict=False) if endings else [()]:
            self._decide(some)
            if not self._publish():
                raise Overtaken
            self._tell()
        if not store_sessions(self._context.table, list(rows.items()), expires_s=self._context.expires_s):
            raise Overtaken
        self._result.closed += len(endings)
        found.changes = Evaluation()

    def _decide(self, endings: tuple[Ending, ...]) -> None:
        events = [ending.event for ending in endings if ending.event is not None]
        notices = [{"kind": kind, "about": about} for ending in endings for kind, about in ending.notices]
        outbox = (letter(events, now_us=self._context.now_us),) if events else ()
        over = [ending.sitting for ending in endings if ending.event is not None]
        told: dict[str, Any] = {}
        if notices:
            told = {
                "untold": (*self._stored.untold, *notices),
                "tell_at_us": self._stored.tell_at_us if self._stored.untold else self._context.now_us,
            }
        decided = self._save(lambda current: decide(current, marked=self._marked, outbox=outbox, over=over), **told)
        if not decided:
            raise Overtaken

    def _leave(self, found: _Found, reading: Reading) -> None:
        still_open = [] if found.next_end is None else [found.next_end]
        cost_us = reading.rows * ROW_US
        rest_us = self._context.now_us + cost_us if cost_us >= REST_US else 0
        skipped = [key[1] for key in reading.unreadable]
        self._result.unreadable += len(set(skipped) - set(self._stored.skipped))
        self._result.armed_again += bool(still_open)
        self._save(
            lambda current: leave(
                current,
                marked=self._marked,
                still_open=still_open,
                from_us=found.open_from_us,
                not_before_us=self._context.due_us,
            ),
            resting_until_us=rest_us,
            inferred=found.inferred or self._stored.inferred,
            skipped=tuple(sorted({*self._stored.skipped, *skipped})[-SKIPPED:]),
        )

    def _release(self) -> None:
        """As it was before the mark: that it was not read to its end is no fault of the timeline."""
        self._save(
            lambda current: release(current, marked=self._marked), resting_until_us=self._before.resting_until_us
        )

    def _put_off(self, error: Exception) -> None:
        """Keep what cannot be read from standing in the way of others, longer each time."""
        self._failed(error)
        tried = max(self._stored.timer.tried, 1)
        later_us = self._context.now_us + back_off_us(tried, first_us=BACK_OFF_US)
        self._save(lambda current: release(current, marked=self._marked, due_us=later_us), resting_until_us=later_us)

    def _failed(self, error: Exception) -> None:
        self._result.failed += 1
        self._result.errors.add(type(error).__name__)

    def _save(self, change: Callable[[SessionTimer], SessionTimer | None], **beside: Any) -> bool:
        """Store what `change` makes of the timer, of a newer one again; False where it makes nothing of it.

        Only sweeps change what stands beside the timer in its row, so this look's word of that counts.
        """
        key = timer_key(self._pk)
        for _ in range(ATTEMPTS):
            timer = change(self._stored.timer)
            if timer is None:
                return False
            changed = replace(self._stored, timer=timer, **beside)
            row = timer_row(self._pk, changed, expires_s=self._context.expires_s)
            if self._context.table.put_if(row, self._stored.timer.version):
                self._stored = changed
                return True
            there = self._context.table.get_all([key]).get(key)
            if there is None:
                return False
            self._stored = replace(self._stored, timer=timer_of(there).timer)
        return False


def _note_open(found: _Found, still_open: list[Sitting], first_us: int) -> None:
    """Keep of open sittings only what the timer needs: they may be many."""
    if found.open_from_us is None:
        found.open_from_us = first_us
    soonest = min(still_open, key=lambda sitting: sitting.deadline_us)
    if found.next_end is None or soonest.deadline_us < found.next_end.deadline_us:
        found.next_end = replace(soonest, members=())
    if found.inferred is None:
        found.inferred = next((sitting.session for sitting in still_open if not sitting.explicit), None)


def _next(timer: SessionTimer, **changed: Any) -> SessionTimer:
    return replace(timer, version=timer.version + 1, **changed)
