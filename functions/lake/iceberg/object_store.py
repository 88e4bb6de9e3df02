"""The objects of the lake's bucket: what `metadata_files` (for pyiceberg) and `range_reads` (for DuckDB) stand on.

One boto3 client for both: no second S3 library, and nothing that is downloaded at run time.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_s3.client import S3Client

SCHEME = "s3://"
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
