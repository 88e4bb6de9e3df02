"""What one run of the sweep works with, and what came of it."""

from dataclasses import dataclass, field

from functions.core.sessions.watches import Watch
from functions.core.times import DAY_US
from functions.settings import TimeoutSettings
from functions.store.bus import Bus
from functions.store.dynamodb.table import Key, Row, Table
from functions.store.queue import Queue
from functions.store.rows.watches import SLACK_US, watch_row

TRIED, QUEUED = "tried", "queued"  # attributes of a row that only the sweep knows: who else writes the row drops them


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """What one sweep works with. `lag_us`: how far the queue is behind, so that a backlog closes nobody early.

    `untold` are the ends that the bus did not take.
    """

    table: Table
    queue: Queue
    settings: TimeoutSettings
    now_us: int
    lag_us: int
    system_id: str
    bus: Bus | None = None
    shard_rows: int = 200  # read of each shard in one sweep; the rest waits a minute
    rows_at_once: int = 25_000  # held of one timeline, 3 KB each: eight at a time fit the function's memory
    untold: list[Key] = field(default_factory=list)

    @property
    def expires_s(self) -> int:
        return (self.now_us + self.settings.retention_days * DAY_US + SLACK_US) // 1_000_000


@dataclass(slots=True)
class Swept:
    """What came of it. `failed` watches were put off: the handler logs that as an error, on which there is an alarm."""

    looked_at: int = 0
    armed_again: int = 0
    closed: int = 0
    sent: int = 0
    failed: int = 0
    errors: set[str] = field(default_factory=set)  # names of what failed, never their texts
    left: bool = False


def put(work: Sweep, key: Key, watch: Watch, *, tried: int = 0, queued: int = 0) -> bool:
    """Store `watch` over the version before its own; False where it was changed meanwhile.

    `tried`: how often it was looked at and not read to its end. `queued`: how often the bus failed since its TimedOut
    went into the queue.
    """
    row: Row = watch_row(key, watch, expires_s=work.expires_s)
    for name, times in ((TRIED, tried), (QUEUED, queued)):
        if times:
            row[name] = times
    return work.table.put_if(row, watch.version - 1)


def times(row: Row, name: str) -> int:
    """How often, of a row that `put` may have written."""
    return int(str(row.get(name, 0)))


def back_off_us(tried: int, *, first_us: int, longest_us: int = DAY_US) -> int:
    """How long to wait before the next try: not at all after none, then from `first_us` on twice as long each time."""
    return min(first_us << min(tried - 1, 20), longest_us) if tried else 0
