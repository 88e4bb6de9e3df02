"""The session timer that a look holds: every write of it, conditional on its version, and again where it was changed.

The transitions are those of `functions.core.sessions.timer`; each makes nothing of a timer that another sweep marked.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from functions.core.sessions.sitting import Sitting
from functions.core.sessions.timer import SessionTimer, decide, evaluate, leave, release
from functions.core.times import MINUTE_US
from functions.store.bus import Notice
from functions.store.rows.timers import TimerRow, timer_key, timer_of, timer_row
from functions.timeout.context import Context, back_off_us
from functions.timeout.outbox import tell

ATTEMPTS = 8
BACK_OFF_US = 15 * MINUTE_US  # what cannot be read; twice as long each time, up to a day
LONGEST_BUS_US = 60 * MINUTE_US  # between two tries to tell subscribers


class Mark:
    """`stored` is the row as this look knows it; `before` as it was when the look began."""

    def __init__(self, context: Context, pk: str, stored: TimerRow) -> None:
        self._context, self._pk = context, pk
        self.stored = self.before = stored
        self._marked = 0

    def set(self) -> bool:
        """Mark it before anything is read; False where another sweep did.

        A sweep that dies of it leaves it due at once the first time, then later, longer each time.
        """
        tried, known = self.stored.timer.tried, self.stored.timer.marked
        rest_us = self._context.now_us + back_off_us(tried, first_us=MINUTE_US) if tried else 0
        if not self._save(
            lambda current: evaluate(current) if current.marked == known else None, resting_until_us=rest_us
        ):
            return False
        self._marked = self.stored.timer.version
        return True

    def decide(
        self, *, outbox: tuple[Mapping[str, Any], ...], over: Sequence[Sitting], notices: Sequence[Notice]
    ) -> bool:
        """Put what was decided into the timer; False where the decision may be wrong."""
        stored = self.stored
        told: dict[str, Any] = {}
        if notices:
            waiting = [{"kind": kind, "about": about} for kind, about in notices]
            told["untold"] = (*stored.untold, *waiting)
            told["tell_at_us"] = stored.tell_at_us if stored.untold else self._context.now_us
        return self._save(lambda current: decide(current, marked=self._marked, outbox=outbox, over=over), **told)

    def tell(self) -> bool:
        """Notices to the bus, if it is time. What it does not take waits in the timer, longer each time: False."""
        stored, now_us = self.stored, self._context.now_us
        if not stored.untold or stored.tell_at_us > now_us:
            return True
        if tell(self._context.bus, [(one["kind"], one["about"]) for one in stored.untold]):
            self.stored = replace(stored, untold=(), bus_failures=0, tell_at_us=0)
            return True
        failures = stored.bus_failures + 1
        again_us = now_us + back_off_us(failures, first_us=MINUTE_US, longest_us=LONGEST_BUS_US)
        self.stored = replace(stored, bus_failures=failures, tell_at_us=again_us)
        return False

    def empty(self) -> None:
        """Of a timer that is not due itself: what its outbox held was published, and what was untold tried."""
        known = self.stored.timer.outbox
        self._save(
            lambda current: (
                replace(current, outbox=(), version=current.version + 1) if current.outbox == known else None
            )
        )

    def leave(self, still_open: Sequence[Sitting], *, from_us: int | None, **beside: Any) -> None:
        """The timeline was read to its end. `beside`: what stands in the row with the timer."""
        self._save(
            lambda current: leave(
                current,
                marked=self._marked,
                still_open=still_open,
                from_us=from_us,
                not_before_us=self._context.due_us,
            ),
            **beside,
        )

    def release(self) -> None:
        """As it was before the mark: that it was not read to its end is no fault of the timeline."""
        rest_us = self.before.resting_until_us
        self._save(lambda current: release(current, marked=self._marked), resting_until_us=rest_us)

    def put_off(self) -> None:
        """Keep what cannot be read from standing in the way of others, longer each time."""
        tried = max(self.stored.timer.tried, 1)
        later_us = self._context.now_us + back_off_us(tried, first_us=BACK_OFF_US)
        self._save(lambda current: release(current, marked=self._marked, due_us=later_us), resting_until_us=later_us)

    def _save(self, change: Callable[[SessionTimer], SessionTimer | None], **beside: Any) -> bool:
        """Store what `change` makes of the timer, of a newer one again; False where it makes nothing of it.

        Only sweeps change what stands beside the timer in its row, so this look's word of that counts.
        """
        key = timer_key(self._pk)
        for _ in range(ATTEMPTS):
            timer = change(self.stored.timer)
            if timer is None:
                return False
            changed = replace(self.stored, timer=timer, **beside)
            row = timer_row(self._pk, changed, expires_s=self._context.expires_s)
            if self._context.table.put_if(row, self.stored.timer.version):
                self.stored = changed
                return True
            there = self._context.table.get_all([key]).get(key)
            if there is None:
                return False
            self.stored = replace(self.stored, timer=timer_of(there).timer)
        return False
