"""What one run of the sweep works with, and what came of it."""

from dataclasses import dataclass, field

from functions.aws.bus import Bus
from functions.aws.queue import Queue
from functions.aws.table import Key, Table
from functions.aws.watches import SLACK_US, watch_row
from functions.core.times import DAY_US
from functions.core.watches import Watch
from functions.settings import TimeoutSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """What one sweep works with. `lag_us`: how far the queue is behind, so that a backlog closes nobody early."""

    table: Table
    queue: Queue
    settings: TimeoutSettings
    now_us: int
    lag_us: int
    system_id: str
    bus: Bus | None = None

    @property
    def quiet_us(self) -> int:
        return self.settings.quiet_us

    @property
    def expires_s(self) -> int:
        return (self.now_us + self.settings.retention_days * DAY_US + SLACK_US) // 1_000_000


@dataclass(slots=True)
class Swept:
    """What came of it. `failed` watches were put off; they raise an alarm, not the sweep."""

    looked_at: int = 0
    armed_again: int = 0
    closed: int = 0
    sent: int = 0
    failed: int = 0
    errors: set[str] = field(default_factory=set)  # names of what failed, never their texts
    left: bool = False


def put(work: Sweep, key: Key, watch: Watch, version: int) -> bool:
    """Store `watch` over `version` of it; False where it was changed meanwhile."""
    return work.table.put_if(watch_row(key, watch, expires_s=work.expires_s), version)
