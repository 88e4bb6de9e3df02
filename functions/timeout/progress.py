"""How far an evaluation has come: the changes that it has not stored yet, and what it leaves open."""

from collections.abc import Sequence
from copy import replace

from msgspec import Struct, field

from functions.core.sessions.sitting import Sitting
from functions.timeout.evaluation import Evaluation
from functions.timeout.outbox import ENDINGS_AT_ONCE
from functions.timeout.totals import FACTS_AT_ONCE, facts_of

ROWS_AT_ONCE = 100  # session rows that are held until they are stored


class Progress(Struct):
    """The changes that an evaluation has not stored yet, and the sittings that it leaves open."""

    changes: Evaluation = field(default_factory=Evaluation)
    next_end: Sitting | None = None
    open_from_us: int | None = None
    inferred: str | None = None
    totalled: bool | None = None

    @property
    def is_full(self) -> bool:
        """Whether its changes are to be stored before more is read."""
        changes = self.changes
        return (
            len(changes.endings) >= ENDINGS_AT_ONCE
            or len(changes.rows) >= ROWS_AT_ONCE
            or facts_of(changes.settled) >= FACTS_AT_ONCE
        )

    def note_open(self, still_open: Sequence[Sitting], first_us: int) -> None:
        """Keep of open sittings only what the timer needs: they may be many."""
        if not still_open:
            return
        if self.open_from_us is None:
            self.open_from_us = first_us
        soonest = min(still_open, key=lambda sitting: sitting.deadline_us)
        if self.next_end is None or soonest.deadline_us < self.next_end.deadline_us:
            self.next_end = replace(soonest, members=())
        if self.inferred is None:
            self.inferred = next((sitting.session for sitting in still_open if not sitting.explicit), None)
