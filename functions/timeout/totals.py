"""The totals of a learner, kept up with its timer: written if a sitting ends or facts came late.

An evaluation stores the totals of every slice from `from_us` on in which nothing is open, before it leaves the timer.
So what lies before `from_us` of a timer is in the totals, and an answer folds the rest. No event costs a write.
"""

from collections.abc import Iterator, Sequence

from functions.core.times import FIRST_US
from functions.core.totals.resolution import resolve
from functions.core.totals.slice_totals import SliceFacts
from functions.store import keys
from functions.store.errors import TooLong
from functions.store.facts.reading import Reading
from functions.store.slices import slices
from functions.store.totals.course_learners import put_course_learner
from functions.store.totals.ledger import Ledger, ledger
from functions.timeout.context import Context
from functions.timeout.evaluation import Evaluator

LINKED_FACTS = 1_000  # of other slices that an evaluation reads again: with more, answers fold them
FACTS_AT_ONCE = 2_000  # held until their totals are stored


class TotalsOfTimeline:
    """The totals of one learner during one evaluation."""

    def __init__(self, context: Context, pk: str, evaluator: Evaluator, reading: Reading) -> None:
        self._context, self._pk = context, pk
        self._evaluator, self._reading = evaluator, reading
        self._ledger: Ledger | None = None

    def read(self) -> Ledger:
        """What is stored, read once. A day of it may be unreadable, until all is added up again."""
        if self._ledger is None:
            self._ledger = ledger(self._context.table, self._pk, consistent=True)
        return self._ledger

    def store(self, settled: Sequence[SliceFacts]) -> bool:
        """Store the totals of slices, and before them what courses tell of the learner. False if another evaluation was
        faster.
        """
        if not settled:
            return True
        known = self.read()
        resolution = resolve(settled, known.slices, self._read, facts_at_once=LINKED_FACTS)
        learner, expires_s = self._evaluator.scope.learner, self._context.expires_s(keys.tenant_in(self._pk))
        if learner is not None and not put_course_learner(
            self._context.table, self._pk, learner, known.slices, resolution, expires_s=expires_s
        ):
            return False
        return known.write(self._context.table, resolution, expires_s=expires_s)

    def store_before(self, from_us: int) -> bool | None:
        """Store the totals of all that lies before an instant, of a timeline that has none yet or lost some. None if
        another evaluation was faster, False if it is too long.
        """
        known = self.read()
        waiting: list[SliceFacts] = []
        try:
            for each in self._read(FIRST_US, from_us - self._reading.slice_gap_us - 1):
                waiting.append(each)
                if facts_of(waiting) >= FACTS_AT_ONCE:
                    if not self.store(waiting):
                        return None
                    waiting = []
        except TooLong:
            return False
        expires_s = self._context.expires_s(keys.tenant_in(self._pk))
        return (self.store(waiting) and known.mend(self._context.table, expires_s=expires_s)) or None

    def _read(self, from_us: int, to_us: int) -> Iterator[SliceFacts]:
        for of in slices(self._context.table, self._pk, from_us, self._reading, to_us=to_us):
            yield self._evaluator.facts_of(of)


def facts_of(settled: Sequence[SliceFacts]) -> int:
    """How many facts slices hold."""
    return sum(len(each.entries) for each in settled)
