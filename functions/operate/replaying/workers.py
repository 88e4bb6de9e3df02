"""A replay at work: each day of the archive by one of several workers, group by group, each noted once it is stored."""

import gzip
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import SimpleQueue

from functions.core.errors import CaliperError
from functions.core.messages import Message
from functions.operate.errors import RecoveryError
from functions.operate.replaying.checkpoints import Checkpoints
from functions.operate.replaying.groups import READ_AHEAD, Archive, Group, groups, read_ahead
from functions.store.archive import received_us_of

WORKERS = 8  # one process has one core for all of them: more wait for it, not for AWS


class _Stopped(CaliperError):
    """Another worker failed, or a person ended the command: the replay ends, and this day is left where it is noted."""


@dataclass(frozen=True, slots=True)
class Step:
    """A group that is in the table now."""

    day: str
    objects: int
    events: int
    rejections: int


@dataclass(frozen=True, slots=True)
class _DayEnded:
    error: BaseException | None = None


type Stored = tuple[int, int]  # events and rejections
type StoreGroup = Callable[[Group], Stored]


@dataclass(slots=True, kw_only=True)
class Replay:
    """`open_store` makes what stores groups, once for each day: a worker shares no connection with another.

    `after_group` is called by each worker when a group is stored.
    """

    archive: Archive
    checkpoints: Checkpoints
    open_store: Callable[[], StoreGroup]
    joined_until_us: int
    after_group: Callable[[], None] = lambda: None
    workers: int = WORKERS
    _steps: "SimpleQueue[Step | _DayEnded]" = field(default_factory=SimpleQueue)
    _stop: threading.Event = field(default_factory=threading.Event)

    def objects(self, days: Sequence[str]) -> int:
        """How many objects of those days are still to be replayed."""
        with ThreadPoolExecutor(self.workers) as pool:
            return sum(pool.map(lambda day: sum(1 for _ in self._keys(day)), days))

    def run(self, days: Sequence[str]) -> Iterator[Step]:
        """Replay those days; a step for each group, in no promised order.

        When it is closed, and when a day fails, every worker ends the group that it is storing. Raises the failure of
        a day: RecoveryError if an object is not as this service writes it.
        """
        with ThreadPoolExecutor(self.workers) as pool, ThreadPoolExecutor(self.workers * READ_AHEAD) as readers:
            try:
                for day in days:
                    pool.submit(self._replay_day, day, readers)
                left = len(days)
                while left:
                    step = self._steps.get()
                    if isinstance(step, Step):
                        yield step
                        continue
                    if step.error is not None:
                        raise step.error
                    left -= 1
            finally:
                self._stop.set()
                pool.shutdown(cancel_futures=True)
                readers.shutdown(cancel_futures=True)

    def _replay_day(self, day: str, readers: Executor) -> None:
        error: BaseException | None = None
        try:
            self._store_day(day, readers)
        except _Stopped:
            pass
        except BaseException as failure:  # noqa: BLE001  raised by `run`, in the thread of the command
            error = failure
        self._steps.put(_DayEnded(error))

    def _store_day(self, day: str, readers: Executor) -> None:
        store = self.open_store()
        objects = read_ahead(self._until_stopped(self._keys(day)), self._read, readers)
        for group in groups(objects, joined_until_us=self.joined_until_us):
            events, rejections = store(group)
            self.after_group()
            self.checkpoints.write(day, group.last_key)
            self._steps.put(Step(day, group.objects, events, rejections))
            if self._stop.is_set():
                raise _Stopped

    def _keys(self, day: str) -> Iterator[str]:
        return self.archive.keys(from_day=day, to_day=day, after=self.checkpoints.read(day))

    def _until_stopped(self, keys: Iterable[str]) -> Iterator[str]:
        for key in keys:
            if self._stop.is_set():
                raise _Stopped
            yield key

    def _read(self, key: str) -> list[Message]:
        try:
            received_us_of(key)
            return self.archive.read(key)
        except (ValueError, LookupError, EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise RecoveryError(
                f"The archive object {key} cannot be read ({type(error).__name__}): it is damaged, or of a later "
                "version. The bucket keeps its earlier versions."
            ) from error
