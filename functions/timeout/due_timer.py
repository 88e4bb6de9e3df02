"""The evaluation of one session timer that is due: mark, read, decide, publish, leave.

    process   P1 put facts (blind)   P2 read the timer   P3 schedule it, unless it stands as it must already
    evaluate  E1 mark      scheduled or evaluating → evaluating; an outbox that was left is published first
              E2 read      slices from `from_us`, consistently; fold each
              E3 decide    the TimedOuts of what is due go into the outbox, with the notices
              E4 publish   TimedOuts into the table and the queue, notices on the bus; then session rows. Repeatable
              E5 leave     nothing is open → idle; else scheduled, from the first slice with an open sitting

Every write of a timer is conditional on its version, which grows by one. What holds, whatever fails and whenever:

1. No fact is overlooked. A writer stores (P1), then reads the timer (P2); an evaluation marks (E1), then reads facts
   (E2). If P2 comes before E1, so did P1: the evaluation sees the fact. If P2 comes after E1, the writer finds the mark
   and writes, so E5 fails or leaves the timer scheduled from `since_us`. If P2 comes after E5, it schedules what it
   needs.
2. No write per event. In an open sitting `from_us` and `due_us` were set by an earlier fact and are early enough.
   Exceptions: a close, a first wish for heartbeats, a fact before `from_us`, an evaluation at this moment.
3. A TimedOut once. E3 holds only for this mark and for facts that cannot bear on it; its content is a function of the
   sitting. After a crash the outbox is published again, the same bytes under the same key. It is emptied in E1 and E5,
   after E4; from then on the TimedOut is in the timeline, a window in every fold.
4. Publishing changes nothing: for facts in time, a fold with the TimedOuts that it makes says the same as without.
5. Session rows are projections. They are read before E3 and written after it, conditional on their version: an
   evaluation that another overtook writes none. A slice replaces exactly the sittings of a row that start in it.
6. What waits to be published is bounded, so that the timer can be stored: a few hundred endings are decided at a time,
   and while the bus takes nothing, a timeline with as many notices as its timer may hold ends no further sitting.
7. A timeline that is always in use is decided all the same: `since_us` tells that what was added cannot bear on it.
"""

from collections.abc import Callable, Sequence

from functions.core.errors import CaliperError
from functions.core.sessions.fold import Scope
from functions.core.times import MINUTE_US
from functions.store import keys
from functions.store.dynamodb.table import Unstorable
from functions.store.errors import TRANSIENT, OutOfTime, TooLong
from functions.store.facts.reading import Reading
from functions.store.rows.events import UNREADABLE
from functions.store.rows.timers import TimerRow
from functions.store.slices import slices
from functions.timeout.context import Context, SweepResult
from functions.timeout.evaluation import Ending, Evaluation, Evaluator
from functions.timeout.mark import Mark
from functions.timeout.outbox import outbox_entry, portions, publish, store_sessions
from functions.timeout.progress import Progress
from functions.timeout.totals import TotalsOfTimeline
from functions.timeout.unattributed import pass_on

ROW_US = 10_000  # of rest for each row that an evaluation has read
REST_US = MINUTE_US  # from which on it is worth it
SKIPPED = 100


class Overtaken(CaliperError):
    """Another sweep reads the timeline, or a fact arrived that may change the decision."""


class NotSettled(CaliperError):
    """Something is to be published, which this sweep is not to do."""


class BusIsDown(CaliperError):
    """So many notices of the timeline wait for the bus that its row has no room for more."""


class DueTimer:
    """A session timer that is due, and its timeline. `result` has the counts of its evaluation so far."""

    def __init__(
        self, context: Context, pk: str, stored: TimerRow, result: SweepResult, *, time_left: Callable[[], bool]
    ) -> None:
        self._context, self._pk, self._result = context, pk, result
        self._mark = Mark(context, pk, stored)
        self._time_left = time_left

    def evaluate(self) -> None:
        """Do everything that is due. A timeline with faulty data is put off and counted; a failing AWS call raises, and
        leaves the timer due as it was.
        """
        stored = self._mark.stored
        if self._context.ends_nothing and (stored.timer.outbox or stored.unpublished):
            return
        if not self._publish():
            return
        self._publish_notices()
        stored = self._mark.stored
        if stored.timer.state == "idle" or max(stored.timer.due_us, stored.resting_until_us) > self._context.due_us:
            self._mark.empty()
            return
        if not self._mark.set():
            return
        try:
            self._read()
        except (Overtaken, NotSettled):
            self._mark.release()
        except BusIsDown:
            self._mark.wait_for_bus()
        except (*UNREADABLE, Unstorable, TooLong) as error:
            self._failed(error)
            self._mark.put_off()
        except OutOfTime as error:
            self._result.incomplete = True
            if self._mark.before.timer.tried:
                self._failed(error)
        except TRANSIENT:
            self._mark.release()
            raise

    def _publish(self) -> bool:
        timer = self._mark.stored.timer
        if timer.outbox and not publish(self._context, tenant=timer.tenant, app_id=timer.app_id, entries=timer.outbox):
            return False
        self._result.sent += sum(len(entry["events"]) for entry in timer.outbox)
        return True

    def _publish_notices(self) -> None:
        self._result.unpublished += not self._mark.publish_notices()

    def _read(self) -> None:
        timer = self._mark.stored.timer
        timeouts = self._context.registrations.of(timer.tenant, now_us=self._context.now_us).timeouts
        reading = Reading(
            slice_gap_us=timeouts.slice_gap_us,
            consistent=True,
            rows_at_once=self._context.rows_at_once,
            goes_on=self._time_left,
        )
        scope = Scope(tenant=timer.tenant, learner=timer.learner, timeouts=timeouts)
        evaluator = Evaluator(context=self._context, app_id=timer.app_id, scope=scope, reading=reading)
        totals = TotalsOfTimeline(self._context, self._pk, evaluator, reading)
        progress = Progress(totalled=self._mark.stored.totalled)
        try:
            if timer.learner is not None or not pass_on(self._context, self._pk, timer, reading):
                if timer.learner is not None and progress.totalled is None:
                    progress.totalled = totals.store_before(timer.from_us)
                for each in slices(self._context.table, self._pk, timer.from_us, reading):
                    progress.note_open(evaluator.evaluate(each, progress.changes), each.first_us)
                    if progress.is_full:
                        self._settle(progress, totals)
                self._settle(progress, totals)
            self._leave(progress, reading)
        finally:
            self._result.rows += reading.rows

    def _settle(self, progress: Progress, totals: TotalsOfTimeline) -> None:
        """Decide, publish, store session rows and totals. Raises Overtaken if another evaluation may know better."""
        endings, rows, settled = progress.changes.endings, progress.changes.rows, progress.changes.settled
        if not endings and not rows and not settled:
            return
        if endings and self._context.ends_nothing:
            raise NotSettled
        if settled:
            # Before the decision: an evaluation that another overtook must find them changed.
            unreadable = totals.read().unreadable
            if unreadable and progress.totalled is not False:
                self._result.unreadable += len(unreadable)
                progress.totalled = totals.store_before(self._mark.stored.timer.from_us)
        for some in portions(endings) if endings else [()]:
            if self._mark.is_full:
                raise BusIsDown
            self._decide(some)
            if not self._publish():
                raise Overtaken
            self._publish_notices()
        expires_s = self._context.expires_s(keys.tenant_in(self._pk))
        if not store_sessions(self._context.table, list(rows.items()), expires_s=expires_s):
            raise Overtaken
        if not totals.store(settled):
            raise Overtaken
        self._result.closed += len(endings)
        progress.changes = Evaluation()

    def _decide(self, endings: Sequence[Ending]) -> None:
        events = [ending.event for ending in endings if ending.event is not None]
        decided = self._mark.decide(
            outbox=(outbox_entry(events, now_us=self._context.now_us),) if events else (),
            over=[ending.sitting for ending in endings if ending.event is not None],
            notices=[notice for ending in endings for notice in ending.notices],
        )
        if not decided:
            raise Overtaken

    def _leave(self, progress: Progress, reading: Reading) -> None:
        before = self._mark.stored
        skipped = [key[1] for key in reading.unreadable]
        self._result.unreadable += len(set(skipped) - set(before.skipped))
        self._result.rescheduled += progress.next_end is not None
        cost_us = reading.rows * ROW_US
        self._mark.leave(
            [] if progress.next_end is None else [progress.next_end],
            from_us=progress.open_from_us,
            resting_until_us=self._context.now_us + cost_us if cost_us >= REST_US else 0,
            inferred=progress.inferred or before.inferred,
            skipped=tuple(sorted({*before.skipped, *skipped})[-SKIPPED:]),
            totalled=progress.totalled,
        )

    def _failed(self, error: Exception) -> None:
        self._result.failed += 1
        self._result.errors.add(type(error).__name__)
