"""The context of one sweep, and its result."""

from msgspec import Struct, field

from functions.core.times import DAY_US, FIRST_US
from functions.settings import TimeoutSettings
from functions.store.bus import Bus
from functions.store.dynamodb.table import Table
from functions.store.queue import Queue
from functions.store.registrations import Registrations
from functions.store.rows.timers import SLACK_US


class Context(Struct, frozen=True, kw_only=True):
    """The context of one sweep. `lag_us`: how far the queue is behind, so that a backlog ends nothing early.

    Notices of all ends that were received before `published_until_us` were published already. `ends_nothing`: what has
    to be published is left as it is, for another sweep (at the end of a rebuild).
    """

    table: Table
    queue: Queue
    settings: TimeoutSettings
    registrations: Registrations
    now_us: int
    lag_us: int
    system_id: str
    bus: Bus | None = None
    published_until_us: int = FIRST_US
    ends_nothing: bool = False
    shard_timers: int = 2_000  # read from each end of a shard at a time: more than an app may begin in a minute, by 16
    rows_at_once: int = 25_000  # held of one slice, 3 KB each: eight at a time fit the function's memory

    @property
    def due_us(self) -> int:
        """Timers due by then are evaluated. A deadline counts once all that was sent before it is stored."""
        return self.now_us - self.lag_us

    def kept_days(self, tenant: str) -> int:
        """How long the table keeps what an app sends."""
        return self.registrations.of(tenant, now_us=self.now_us).kept_days(self.settings.retention_days)

    def expires_s(self, tenant: str) -> int:
        """Of a row that is written now and leads to events of an app."""
        return (self.now_us + self.kept_days(tenant) * DAY_US + SLACK_US) // 1_000_000


class SweepResult(Struct):
    """The counts of a sweep. `failed` timelines were put off and `unreadable` rows left out: the handler logs that as
    an error, which raises an alarm. `rows` counts facts that were read; `incomplete`: time ran out.
    """

    evaluated: int = 0
    rescheduled: int = 0
    closed: int = 0
    sent: int = 0
    failed: int = 0
    unreadable: int = 0
    unpublished: int = 0
    rows: int = 0
    errors: set[str] = field(default_factory=set)  # names of what failed, never their texts
    incomplete: bool = False

    def add(self, other: "SweepResult") -> None:
        """Add the counts of one timeline."""
        self.evaluated += other.evaluated
        self.rescheduled += other.rescheduled
        self.closed += other.closed
        self.sent += other.sent
        self.failed += other.failed
        self.unreadable += other.unreadable
        self.unpublished += other.unpublished
        self.rows += other.rows
        self.errors |= other.errors
        self.incomplete = self.incomplete or other.incomplete


def back_off_us(tried: int, *, first_us: int, longest_us: int = DAY_US) -> int:
    """How long to wait before the next try: not at all after none, then from `first_us` on twice as long each time."""
    return min(first_us << min(tried - 1, 20), longest_us) if tried else 0
