"""The objects of the lake's bucket, as pyiceberg (metadata) and DuckDB (Parquet, by ranges) read and write them.

One boto3 client for both: no second S3 library, and nothing that is downloaded at run time.
"""

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from fsspec import AbstractFileSystem
from fsspec.spec import AbstractBufferedFile
from pyiceberg.io import FileIO, InputFile, InputStream, OutputFile, OutputStream

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_s3.client import S3Client

SCHEME = "s3://"
READ_AHEAD_BYTES = 1 << 20  # of a Parquet file: its footer and small columns come in one request
SIZES_KNOWN = 100_000  # some 20 MB
MISSING = {"404", "NoSuchKey", "NotFound"}


def split(location: str) -> tuple[str, str]:
    """Bucket and key of `s3://bucket/key`."""
    bucket, _, key = location.removeprefix(SCHEME).partition("/")
    return bucket, key


class ObjectStore:
    """Whole objects by their location. Nothing is ever written twice under one name, so a size is asked for once."""

    def __init__(self, client: "S3Client") -> None:
        self.client = client
        self._sizes: dict[str, int] = {}

    def get(self, location: str) -> bytes:
        """The object. Raises FileNotFoundError if there is none."""
        bucket, key = split(location)
        try:
            return self.client.get_object(Bucket=bucket, Key=key)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] in MISSING:
                raise FileNotFoundError(location) from error
            raise

    def get_range(self, location: str, start: int, end: int) -> bytes:
        """The bytes from `start` up to `end`, which is not included."""
        bucket, key = split(location)
        return self.client.get_object(Bucket=bucket, Key=key, Range=f"bytes={start}-{end - 1}")["Body"].read()

    def put(self, location: str, body: bytes, *, only_new: bool = False) -> None:
        """Store the object. Raises FileExistsError if it must be new and is there already."""
        bucket, key = split(location)
        condition: dict[str, Any] = {"IfNoneMatch": "*"} if only_new else {}
        try:
            self.client.put_object(Bucket=bucket, Key=key, Body=body, **condition)
        except ClientError as error:
            if only_new and error.response["Error"]["Code"] in ("PreconditionFailed", "ConditionalRequestConflict"):
                raise FileExistsError(location) from error
            raise
        self._remember(location, len(body))

    def size(self, location: str) -> int:
        """Its size in bytes. Raises FileNotFoundError if there is none."""
        if location in self._sizes:
            return self._sizes[location]
        bucket, key = split(location)
        try:
            size = self.client.head_object(Bucket=bucket, Key=key)["ContentLength"]
        except ClientError as error:
            if error.response["Error"]["Code"] in MISSING:
                raise FileNotFoundError(location) from error
            raise
        self._remember(location, size)
        return size

    def _remember(self, location: str, size: int) -> None:
        if len(self._sizes) >= SIZES_KNOWN:
            self._sizes.clear()
        self._sizes[location] = size

    def delete(self, location: str) -> None:
        """Remove the object; nothing happens if there is none."""
        self._sizes.pop(location, None)
        bucket, key = split(location)
        self.client.delete_object(Bucket=bucket, Key=key)

    def listed(self, prefix: str) -> Iterator[tuple[str, "datetime"]]:
        """Location and time of last change of every object under `prefix`."""
        bucket, start = split(prefix)
        for page in self.client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=start):
            for entry in page.get("Contents", []):
                yield f"{SCHEME}{bucket}/{entry['Key']}", entry["LastModified"]


class _Input(InputFile):
    def __init__(self, location: str, store: ObjectStore) -> None:
        super().__init__(location)
        self._store = store

    def __len__(self) -> int:
        return self._store.size(self.location)

    def exists(self) -> bool:
        try:
            return self._store.size(self.location) >= 0
        except FileNotFoundError:
            return False

    def open(self, seekable: bool = True) -> InputStream:  # noqa: ARG002  pyiceberg's signature; all of it is in memory
        return io.BytesIO(self._store.get(self.location))


class _Written(io.BytesIO):
    """Collects a file and puts it when it is closed without an error."""

    def __init__(self, location: str, store: ObjectStore, *, only_new: bool) -> None:
        super().__init__()
        self._location, self._store, self._only_new = location, store, only_new

    def __exit__(self, kind: Any, *rest: Any) -> None:
        if kind is not None:
            super().close()
        self.close()

    def close(self) -> None:
        if not self.closed:
            body = self.getvalue()
            super().close()
            self._store.put(self._location, body, only_new=self._only_new)


class _Output(OutputFile):
    def __init__(self, location: str, store: ObjectStore) -> None:
        super().__init__(location)
        self._store = store

    def __len__(self) -> int:
        return self._store.size(self.location)

    def exists(self) -> bool:
        return self.to_input_file().exists()

    def to_input_file(self) -> InputFile:
        return _Input(self.location, self._store)

    def create(self, overwrite: bool = False) -> OutputStream:
        return _Written(self.location, self._store, only_new=not overwrite)


class MetadataFiles(FileIO):
    """What pyiceberg reads and writes: metadata, manifest lists, manifests. All are small."""

    def __init__(self, store: ObjectStore) -> None:
        super().__init__()
        self._store = store

    def new_input(self, location: str) -> InputFile:
        return _Input(location, self._store)

    def new_output(self, location: str) -> OutputFile:
        return _Output(location, self._store)

    def delete(self, location: str | InputFile | OutputFile) -> None:
        self._store.delete(location if isinstance(location, str) else location.location)


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

    def modified(self, path: str) -> Any:  # noqa: ARG002  a data file is never changed once it is there
        from datetime import UTC, datetime

        return datetime(2000, 1, 1, tzinfo=UTC)

    def _open(self, path: str, mode: str = "rb", **_: Any) -> _RangeFile:
        return _RangeFile(
            self, path, mode, block_size=READ_AHEAD_BYTES, cache_type="readahead", size=self.info(path)["size"]
        )
