"""What each app uses in a minute, counted in every worker's memory and added up over all of them in one row.

No request writes: a worker adds what it counted to the row of the app and minute once SYNC_US have passed since it did
so last, and learns by the same call what all workers counted. So each worker may be late by SYNC_US, or by a PARTS-th
of the budget if it takes longer to use that much: less is not worth a write. What it has not added when the minute ends
is forgotten.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from functions.core.apps import App
from functions.core.times import MINUTE_US
from functions.core.usage.budgets import KINDS, Usage
from functions.store.dynamodb.row import Key, Row
from functions.store.errors import TRANSIENT

SYNC_US = 5_000_000
PARTS = 1_000
SESSIONS_STEP = 20  # new sessions of an app that are worth a write: a thousandth of the default budget
KEPT_S = 3_600
NOTHING = Usage()
APPS_MAX = 10_000  # that a worker remembers


class Counters(Protocol):
    """What counts amounts up in a row and answers with the row."""

    def count_up(self, key: Key, amounts: dict[str, int], *, expires_s: int) -> Row: ...


class _Minute(Struct):
    """What a worker knows of one app's usage in one minute."""

    number: int
    synced_us: int
    of_all: Usage = NOTHING
    added: Usage = NOTHING  # by this worker, not yet to the row

    @property
    def used(self) -> Usage:
        return self.of_all + self.added


class Exhausted(Struct, frozen=True):
    """The kind of which an app has used all that it may, and in how many seconds it may use more."""

    kind: str
    retry_after_s: int


class UsageMeter:
    """Counts in the memory of one worker."""

    def __init__(self) -> None:
        self._minutes: dict[str, _Minute] = {}

    def exhausted(self, app: App, *, now_us: int) -> Exhausted | None:
        """Whether the app has used up its budget of this minute, as far as this worker knows."""
        minute = self._minutes.get(app.tenant)
        if minute is None or minute.number != now_us // MINUTE_US:
            return None
        kind = app.budget.exhausted_by(minute.used)
        return None if kind is None else Exhausted(kind, max(1, -(-(MINUTE_US - now_us % MINUTE_US) // 1_000_000)))

    def add(self, counters: Counters, app: App, usage: Usage, *, now_us: int) -> bool:
        """Count `usage`, and add to the row what is due. False if that failed: it is tried again after SYNC_US."""
        minute = self._minute(app, now_us)
        minute.added += usage
        if now_us - minute.synced_us < SYNC_US or not app.budget.is_shared_part(minute.added, PARTS):
            return True
        minute.synced_us = now_us
        expires_s = now_us // 1_000_000 + KEPT_S
        try:
            row = counters.count_up(usage_key(app.tenant, now_us), minute.added.amounts(), expires_s=expires_s)
        except TRANSIENT:
            return False
        minute.of_all, minute.added = usage_of(row), NOTHING
        return True

    def _minute(self, app: App, now_us: int) -> _Minute:
        number = now_us // MINUTE_US
        minute = self._minutes.get(app.tenant)
        if minute is None or minute.number != number:
            synced_us = now_us if minute is None else minute.synced_us
            if len(self._minutes) >= APPS_MAX:
                self._minutes.clear()
            minute = self._minutes[app.tenant] = _Minute(number, synced_us)
        return minute


class BegunSessions:
    """Counts in the memory of one worker of `process` the sessions that began, for the budgets in `validate`."""

    def __init__(self) -> None:
        self._waiting: Counter[str] = Counter()

    def add(self, counters: Counters, began: Mapping[str, int], *, now_us: int) -> bool:
        """Count sessions by tenant, and add to the rows those of which SESSIONS_STEP wait. False if that failed."""
        self._waiting.update(began)
        expires_s = now_us // 1_000_000 + KEPT_S
        for tenant, count in list(self._waiting.items()):
            if count < SESSIONS_STEP:
                continue
            try:
                counters.count_up(usage_key(tenant, now_us), {"sessions": count}, expires_s=expires_s)
            except TRANSIENT:
                return False
            del self._waiting[tenant]
        return True


def usage_key(tenant: str, now_us: int) -> Key:
    """The row of an app and minute."""
    return f"{tenant}#U#{now_us // MINUTE_US}", "USAGE"


def usage_of(row: Row) -> Usage:
    """What is counted in a row."""
    return Usage(**{name: int(str(row.get(name, 0))) for name in KINDS})
