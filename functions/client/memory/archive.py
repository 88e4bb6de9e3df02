"""The archive as a dict: object keys, and the lines that each object holds."""

from collections.abc import Iterator, Sequence

from functions.core.messages import Message
from functions.store.archive import by_day, lines, messages_of, object_key


class MemoryArchive:
    """Keeps `functions.store.archive.Archive`; the lines are those that S3 would hold, uncompressed."""

    def __init__(self) -> None:
        self.objects: dict[str, list[bytes]] = {}

    def write(self, messages: Sequence[Message]) -> list[str]:
        """Store every item of `messages` in one object for each day on which some were received; the keys."""
        return [self.put(object_key(of_day), list(lines(of_day))) for of_day in by_day(messages)]

    def put(self, key: str, ndjson: list[bytes]) -> str:
        """Store one object over what it held before."""
        self.objects[key] = ndjson
        return key

    def days(self, *, from_day: str, to_day: str) -> list[str]:
        """The days (`20260127`, UTC) from `from_day` to `to_day` of which something is archived."""
        return sorted({day for day in map(_day_of, self.objects) if from_day <= day <= to_day})

    def keys(self, *, from_day: str, to_day: str, after: str = "") -> Iterator[str]:
        """Object keys of the days from `from_day` to `to_day`, in key order, those behind the key `after`."""
        return (key for key in sorted(self.objects) if key > after and from_day <= _day_of(key) <= to_day)

    def read(self, key: str, *, tenant: str = "") -> list[Message]:
        """The messages of one object; of one `tenant` only if it is given."""
        return list(messages_of(self.objects[key], tenant=tenant))

    def messages(self) -> list[Message]:
        """All that is archived, in key order, which is that of arrival."""
        return [message for key in sorted(self.objects) for message in messages_of(self.objects[key])]


def _day_of(key: str) -> str:
    return key.partition("day=")[2][:8]
