"""How far an evaluation has read: what is not stored yet, and what the timer needs of sittings that are still open."""

from collections.abc import Sequence
from copy import replace

from msgspec import Struct, field

from functions.core.sessions.sitting import Sitting
from functions.timeout.evaluation import Evaluation


class Progress(
    Struct,
):
    """The changes that an evaluation has not stored yet, and the sittings that it leaves open."""

    changes: Evaluation = field(default_factory=Evaluation)
    next_end: Sitting | None = None
    open_from_us: int | None = None
    inferred: str | None = None

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
