"""Parquet files as DuckDB reads them: by ranges of bytes, through the stack's own S3 client."""

from datetime import UTC, datetime
from typing import Any

from fsspec import AbstractFileSystem
from fsspec.spec import AbstractBufferedFile

from functions.lake.iceberg.object_store import SCHEME, ObjectStore

READ_AHEAD_BYTES = 1 << 20  # of a Parquet file: its footer and small columns come in one request
NEVER_CHANGED = datetime(2000, 1, 1, tzinfo=UTC)


class _RangeFile(AbstractBufferedFile):  # type: ignore[misc]  # fsspec has no types
    def _fetch_range(self, start: int, end: int) -> bytes:
        store: ObjectStore = self.fs.store
        return store.get_range(SCHEME + self.path, start, end)


class RangeReads(AbstractFileSystem):  # type: ignore[misc]
    """What DuckDB reads Parquet through, by ranges of bytes."""

    protocol = "s3"
    cachable = False

    def __init__(self, store: ObjectStore) -> None:
        super().__init__()
        self.store = store

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        name = self._strip_protocol(path)
        return {"name": name, "size": self.store.size(SCHEME + name), "type": "file"}

    def glob(self, path: str, **_: Any) -> list[str]:
        """Files are named one by one."""
        return [self._strip_protocol(path)]

    def modified(self, path: str) -> datetime:  # noqa: ARG002  a data file is never changed once it is there
        return NEVER_CHANGED

    def _open(self, path: str, mode: str = "rb", **_: Any) -> _RangeFile:
        return _RangeFile(
            self, path, mode, block_size=READ_AHEAD_BYTES, cache_type="readahead", size=self.info(path)["size"]
        )
