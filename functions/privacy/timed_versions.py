"""A walk through the archive for as long as there is time."""

from collections.abc import Callable, Iterator

from functions.core.errors import CaliperError
from functions.store.archive import DAYS
from functions.store.erasure.versions import Version, Versions


class Paused(CaliperError):
    """There is no more time. All objects up to `after` are done."""

    def __init__(self, after: str) -> None:
        super().__init__("out of time")
        self.after = after


class TimedVersions:
    """The versions of archive objects, for as long as there is time: then it raises Paused."""

    def __init__(self, versions: Versions, time_left: Callable[[], bool], after: str) -> None:
        self._time_left, self._after = time_left, after
        self._objects = versions.objects
        self.of, self.below, self.read = versions.of, versions.below, versions.read
        self.put, self.replace, self.delete = versions.put, versions.replace, versions.delete

    def objects(self, *, from_day: str, to_day: str) -> Iterator[list[Version]]:
        after = self._after
        for versions in self._objects(from_day=from_day, to_day=to_day):
            if not self._time_left():
                raise Paused(after)
            yield versions
            after = versions[0].key.removeprefix(DAYS)
