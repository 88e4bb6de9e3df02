"""The archive with the versions of its objects, as a versioned bucket keeps them: what was overwritten stays there."""

import gzip
from collections.abc import Iterator

from functions.store.archive import DAYS
from functions.store.erasure.records import ErasureRecord
from functions.store.erasure.versions import Version
from tests.fakes import Calls, MemoryArchive


class VersionedArchive(MemoryArchive):
    """Keeps `functions.store.archive.Archive` and `functions.store.erasure.versions.Versions`."""

    def __init__(self, calls: Calls | None = None) -> None:
        super().__init__(calls)
        self.versions: dict[str, dict[str, bytes]] = {}
        self._number = 0

    def put(self, key: str, ndjson: list[bytes]) -> str:
        super().put(key, ndjson)
        self._add(key, gzip.compress(b"".join(ndjson), mtime=0))
        return key

    def objects_between(self, from_day: str, to_day: str) -> list[str]:
        return [key for key in sorted(self.versions) if from_day < key.removeprefix(DAYS) <= f"{to_day}/~"]

    def everything(self) -> Iterator[bytes]:
        """The unpacked bytes of all versions."""
        return (gzip.decompress(body) for versions in self.versions.values() for body in versions.values())

    def read_version(self, version: Version) -> tuple[bytes, str]:
        self.calls.begin("read version")
        self.calls.end("read version")
        return self.versions[version.key][version.id], version.id

    def replace(self, key: str, body: bytes, etag: str) -> bool:
        self.calls.begin("replace")
        if etag != self._latest(key):
            return False
        self._add(key, body)
        self.objects[key] = gzip.decompress(body).splitlines(keepends=True)
        self.calls.end("replace")
        return True

    def delete(self, version: Version) -> None:
        self.calls.begin("delete version")
        del self.versions[version.key][version.id]
        self.calls.end("delete version")

    def of(self, key: str) -> list[Version]:
        latest = self._latest(key)
        named = reversed(self.versions.get(key, {}))
        return [Version(key=key, id=name, is_latest=name == latest) for name in named]

    def below(self, prefix: str) -> Iterator[Version]:
        return (version for key in sorted(self.versions) if key.startswith(prefix) for version in self.of(key))

    def put_file(self, key: str, body: bytes) -> None:
        self.versions[key] = {"1": body}

    def put_version(self, key: str, body: bytes) -> None:
        self._add(key, body)

    def _latest(self, key: str) -> str:
        return next(reversed(self.versions.get(key, {})), "")

    def _add(self, key: str, body: bytes) -> None:
        self._number += 1
        self.versions.setdefault(key, {})[str(self._number)] = body


class VersionsOf:
    """The door to the versions; the archive itself has a `read` of its own."""

    def __init__(self, archive: VersionedArchive) -> None:
        self.archive = archive
        self.of, self.replace, self.delete = archive.of, archive.replace, archive.delete
        self.read, self.below, self.put = archive.read_version, archive.below, archive.put_version

    def objects(self, *, from_day: str, to_day: str) -> Iterator[list[Version]]:
        keys = self.archive.objects_between(from_day, to_day)
        return (versions for key in keys if (versions := self.archive.of(key)))


class MemoryRecords:
    """Keeps `functions.store.erasure.records.Records`."""

    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self.records: dict[tuple[str, str], ErasureRecord] = {}

    def write(self, record: ErasureRecord) -> str:
        self.calls.begin("record")
        self.records[record.request, record.tenant] = record
        self.calls.end("record")
        return record.request

    def all(self) -> Iterator[ErasureRecord]:
        return iter(list(self.records.values()))
