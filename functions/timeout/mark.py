"""The session timer while it is evaluated: each write is conditional on its version, and repeated if it changed.

The transitions are those of `functions.core.sessions.timer`; each returns None for a timer that another sweep marked.
"""

from collections.abc import Callable, Mapping, Sequence
from copy import replace
from typing import Any

import orjson

from functions.core.sessions.sitting import Sitting
from functions.core.sessions.timer import SessionTimer, decide, evaluate, leave, release
from functions.core.times import MINUTE_US
from functions.store import keys
from functions.store.bus import Notice, publish_notices
from functions.store.rows.timers import TimerRow, timer_key, timer_of, timer_row
from functions.timeout.context import Context, back_off_us
from functions.timeout.outbox import NOTICE_BYTES

ATTEMPTS = 8
BACK_OFF_US = 15 * MINUTE_US  # what cannot be read; twice as long each time, up to a day
LONGEST_BUS_US = 60 * MINUTE_US  # between two tries to publish notices


class Mark:
    """`stored` is the row as this evaluation knows it; `before` as it was when it began."""

    def __init__(self, context: Context, pk: str, stored: TimerRow) -> None:
        self._context, self._pk = context, pk
        self.stored = self.before = stored
        self._marked = 0

    def set(self) -> bool:
        """Mark it before anything is read; False if another sweep did.

        If the sweep crashes here, the timer is due again at once, after repeated crashes later and later.
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
        """Put the decision into the timer; False if it may be wrong."""
        stored = self.stored
        pending: dict[str, Any] = {}
        if notices:
            waiting = [{"kind": kind, "about": about} for kind, about in notices]
            pending["unpublished"] = (*stored.unpublished, *waiting)
            pending["publish_at_us"] = stored.publish_at_us if stored.unpublished else self._context.now_us
        return self._save(lambda current: decide(current, marked=self._marked, outbox=outbox, over=over), **pending)

    def publish_notices(self) -> bool:
        """Publish notices, if it is time. False if the bus does not take them: they wait, longer each time."""
        stored, now_us = self.stored, self._context.now_us
        if not stored.unpublished or stored.publish_at_us > now_us:
            return True
        if publish_notices(self._context.bus, [(notice["kind"], notice["about"]) for notice in stored.unpublished]):
            self.stored = replace(stored, unpublished=(), bus_failures=0, publish_at_us=0)
            return True
        failures = stored.bus_failures + 1
        again_us = now_us + back_off_us(failures, first_us=MINUTE_US, longest_us=LONGEST_BUS_US)
        self.stored = replace(stored, bus_failures=failures, publish_at_us=again_us)
        return False

    @property
    def is_full(self) -> bool:
        """Whether as many notices wait as the row may hold, and the bus does not take them."""
        return bool(self.stored.unpublished) and len(orjson.dumps(self.stored.unpublished)) > NOTICE_BYTES

    def wait_for_bus(self) -> None:
        """Wait until the bus is tried again. What the outbox holds was published before the bus was asked."""
        self._save(
            lambda current: release(replace(current, outbox=()), marked=self._marked),
            resting_until_us=self.stored.publish_at_us,
        )

    def empty(self) -> None:
        """Of a timer that is not due itself: what its outbox held was published, and what was unpublished tried."""
        known = self.stored.timer.outbox
        self._save(
            lambda current: (
                replace(current, outbox=(), version=current.version + 1) if current.outbox == known else None
            )
        )

    def leave(self, still_open: Sequence[Sitting], *, from_us: int | None, **columns: Any) -> None:
        """The timeline was read to its end. `columns`: what else its row holds."""
        self._save(
            lambda current: leave(
                current,
                marked=self._marked,
                still_open=still_open,
                from_us=from_us,
                not_before_us=self._context.due_us,
            ),
            **columns,
        )

    def release(self) -> None:
        """As it was before the mark: it is not the fault of the timeline that it was not read to its end."""
        rest_us = self.before.resting_until_us
        self._save(lambda current: release(current, marked=self._marked), resting_until_us=rest_us)

    def put_off(self) -> None:
        """Put off a timeline that cannot be read, longer each time, so that it does not delay others."""
        tried = max(self.stored.timer.tried, 1)
        later_us = self._context.now_us + back_off_us(tried, first_us=BACK_OFF_US)
        self._save(lambda current: release(current, marked=self._marked, due_us=later_us), resting_until_us=later_us)

    def _save(self, change: Callable[[SessionTimer], SessionTimer | None], **columns: Any) -> bool:
        """Store the timer that `change` returns; if the stored one changed, try again. False if `change` returns None.

        Only sweeps change the other columns of the row, so those of this evaluation count.
        """
        key = timer_key(self._pk)
        for _ in range(ATTEMPTS):
            timer = change(self.stored.timer)
            if timer is None:
                return False
            changed = replace(self.stored, timer=timer, **columns)
            changed_row = timer_row(self._pk, changed, expires_s=self._context.expires_s(keys.tenant_in(self._pk)))
            if self._context.table.put_if(changed_row, self.stored.timer.version):
                self.stored = changed
                return True
            row = self._context.table.get_all([key]).get(key)
            if row is None:
                return False
            self.stored = replace(self.stored, timer=timer_of(row).timer)
        return False
