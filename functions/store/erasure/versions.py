"""The door to the versions of archive objects: only an erasure changes an object that was written, or deletes one.

The bucket keeps what was overwritten. So an object is rewritten only while nothing else has changed it (`If-Match`),
and earlier versions are deleted by their ids.
"""

import gzip
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct

from functions.store.archive import PREFIX
from functions.store.aws.conditional_put import put_ndjson_if

FIRST_DAY, LAST_DAY = "00000000", "99999999"  # before and after every day

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client


class Version(Struct, frozen=True, kw_only=True):
    """One version of an object; `is_latest` is the one that readers get. A deletion has no bytes. `put_us`: when."""

    key: str
    id: str
    is_latest: bool
    is_deletion: bool = False
    put_us: int = 0


def latest_of(versions: Iterable[Version]) -> Version | None:
    """The version that readers get; None if the object is deleted."""
    return next((version for version in versions if version.is_latest and not version.is_deletion), None)


def unpacked_lines(body: bytes) -> list[bytes]:
    """The lines of an archive object."""
    return gzip.decompress(body).splitlines()


class Versions(Protocol):
    def objects(self, *, from_day: str, to_day: str) -> Iterator[list[Version]]: ...
    def of(self, key: str) -> list[Version]: ...
    def below(self, prefix: str) -> Iterator[Version]: ...
    def put(self, key: str, body: bytes) -> None: ...
    def read(self, version: Version) -> tuple[bytes, str]: ...
    def replace(self, key: str, body: bytes, etag: str) -> bool: ...
    def delete(self, version: Version) -> None: ...


class S3Versions:
    """The versions in one bucket."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def objects(self, *, from_day: str, to_day: str) -> Iterator[list[Version]]:
        """Each archive object of the days from `from_day` to `to_day` (`20260127`, UTC) with all its versions.

        `from_day` may go on behind an object: `20260127/<its name>`.
        """
        after = {"KeyMarker": f"{PREFIX}day={from_day}"} if from_day > FIRST_DAY else {}
        listed = self.below(PREFIX, **after)
        for key, versions in groupby(listed, key=lambda version: version.key):
            if key > f"{PREFIX}day={to_day}/~":
                return
            yield list(versions)

    def of(self, key: str) -> list[Version]:
        """Every version of one object."""
        return [version for version in self.below(key) if version.key == key]

    def read(self, version: Version) -> tuple[bytes, str]:
        """The bytes of one version, and the tag by which it can be told that it was not changed."""
        answer = self._client.get_object(Bucket=self._bucket, Key=version.key, VersionId=version.id)
        return answer["Body"].read(), answer["ETag"]

    def replace(self, key: str, body: bytes, etag: str) -> bool:
        """Put `body` in place of the version that has this tag. False if that is not the latest any more."""
        return put_ndjson_if(self._client, self._bucket, key, body, IfMatch=etag)

    def delete(self, version: Version) -> None:
        """Delete one version for good."""
        self._client.delete_object(Bucket=self._bucket, Key=version.key, VersionId=version.id)

    def put(self, key: str, body: bytes) -> None:
        """Put an object that is none of the archive."""
        self._client.put_object(Bucket=self._bucket, Key=key, Body=body)

    def below(self, prefix: str, **parameters: Any) -> Iterator[Version]:
        """Every version of every object whose key begins so."""
        pages = self._client.get_paginator("list_object_versions").paginate(
            Bucket=self._bucket, Prefix=prefix, **parameters
        )
        for page in pages:
            entries: list[Version] = [
                Version(
                    key=entry["Key"],
                    id=entry["VersionId"],
                    is_latest=entry["IsLatest"],
                    put_us=round(entry["LastModified"].timestamp() * 1_000_000),
                )
                for entry in page.get("Versions", [])
            ]
            entries += [
                Version(key=entry["Key"], id=entry["VersionId"], is_latest=entry["IsLatest"], is_deletion=True)
                for entry in page.get("DeleteMarkers", [])
            ]
            yield from sorted(entries, key=lambda version: version.key)
