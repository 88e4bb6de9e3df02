"""Records of erasures in the bucket, beside the archive: what was asked, and the receipt of what was done.

They hold digests and counts, never an identifier. A registry that is restored from a backup lacks the newest erasures;
they are read from here.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import msgspec
from msgspec import Struct

from functions.core.privacy.erased import Erasure

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

PREFIX = "erasures/"


class ErasureRecord(Struct, frozen=True, kw_only=True):
    """One erasure of one app. `finished_at` is empty until every place was walked twice; `counts` are by place.

    `learners` are the pseudonyms that notices give them. `every_app`: the person was erased from all apps at once.
    """

    request: str
    app: str
    tenant: str
    started_at: str
    learners: Sequence[str]
    erasures: Sequence[Erasure]
    finished_at: str = ""
    counts: Mapping[str, int] = {}
    every_app: bool = False


class Records(Protocol):
    def write(self, record: ErasureRecord) -> str: ...
    def all(self) -> Iterator[ErasureRecord]: ...


class S3Records:
    """The records in one bucket."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def write(self, record: ErasureRecord) -> str:
        """Put a record in place of what was known of it before; its key."""
        key = f"{PREFIX}{record.request}/{record.tenant}.json"
        body = msgspec.json.encode(record)
        self._client.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType="application/json")
        return key

    def all(self) -> Iterator[ErasureRecord]:
        """Every record, in the order of their keys."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=PREFIX)
        for page in pages:
            for listed in page.get("Contents", []):
                body = self._client.get_object(Bucket=self._bucket, Key=listed["Key"])["Body"].read()
                yield msgspec.json.decode(body, type=ErasureRecord)
