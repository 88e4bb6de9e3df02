"""Replay: the archive's facts through `process` again, into the live table or into an empty one.

Idempotent, so it may be run over a table that holds them, stopped and begun again. Nothing is archived a second time
and no notice is published. A rebuild is a replay of everything, TimedOut events, heartbeats and rejections included.
"""

import gzip
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from functions.core.times import MINUTE_US
from functions.operate.errors import RecoveryError
from functions.settings import ProcessSettings
from functions.store.archive import S3Archive
from functions.store.backlog import pause_sweep
from functions.store.dynamodb.table import Table
from functions.store.registrations import Registrations
from functions.storing.pipeline import process

PAUSE_US = 10 * MINUTE_US


@dataclass(frozen=True, slots=True)
class Replayed:
    """One archive object that is in the table now."""

    key: str
    events: int
    rejections: int


def replay(
    archive: S3Archive,
    table: Table,
    settings: ProcessSettings,
    *,
    registry: Table,
    from_day: str,
    to_day: str,
    now_us: int,
    app_id: str = "",
    after: str = "",
) -> Iterator[Replayed]:
    """Replay the facts that were received on the UTC days (`20260127`) from `from_day` to `to_day`, object by object.

    `registry` is the table of the registry. `app_id` takes one app's facts only; `after` goes on behind that object.
    Each step is safe to repeat. Raises RecoveryError if an object is not as this service writes it.
    """
    registrations = Registrations(registry, settings.timeouts)
    for key in archive.keys(from_day=from_day, to_day=to_day):
        if key <= after:
            continue
        try:
            messages = [message for message in archive.read(key) if app_id in ("", message.app_id)]
        except (ValueError, LookupError, EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise RecoveryError(
                f"The archive object {key} cannot be read ({type(error).__name__}): it is damaged, or of a later "
                "version. The bucket keeps its earlier versions."
            ) from error
        if not messages:
            yield Replayed(key, 0, 0)
            continue
        stored = process(
            messages, table=table, archive=None, settings=settings, now_us=now_us, registrations=registrations
        )
        yield Replayed(key, stored.events, stored.rejections)


class SweepPause:
    """A lease that keeps the sweep of a table from ending sessions of which only a part is there.

    Renewed while the work goes on, so that work that is killed keeps sessions open for `for_us` at most.
    """

    def __init__(self, table: Table, clock: Callable[[], int], *, for_us: int = PAUSE_US) -> None:
        self._table, self._clock, self._for_us = table, clock, for_us
        self.until_us = 0
        self.renew()

    def renew(self) -> None:
        """Pause for the whole time again, if less than half of it is left."""
        now_us = self._clock()
        if self.until_us - now_us < self._for_us // 2:
            self.until_us = now_us + self._for_us
            pause_sweep(self._table, until_us=self.until_us)

    def end(self) -> None:
        pause_sweep(self._table, until_us=0)


class Checkpoint:
    """The file in which a replay notes the last archive object that is in the table, to go on behind it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> str:
        """The key of that object; empty if none is noted."""
        return self._path.read_text() if self._path.exists() else ""

    def write(self, key: str) -> None:
        """Note `key` in place of the last one. A command that is killed meanwhile leaves the one or the other."""
        self._path.parent.mkdir(exist_ok=True)
        partial = self._path.with_name(f"{self._path.name}.new")
        partial.write_text(key)
        partial.replace(self._path)

    def clear(self) -> None:
        self._path.unlink(missing_ok=True)
