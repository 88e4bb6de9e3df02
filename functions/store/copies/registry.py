"""Copies of the registry in the bucket: one object a day, from which a lost table is filled again.

No archive object holds apps, credentials or courses, so these copies and DynamoDB's own backups are all that is left of
a registry whose table is gone. A line is a row in DynamoDB's JSON.
"""

import base64
import gzip
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import orjson

from functions.core.times import day_of
from functions.store import keys
from functions.store.dynamodb.row import Row, decode, encode
from functions.store.people.keys import is_of_people

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_s3.client import S3Client

PREFIX = "registry/"


class RegistryCopies:
    """The copies in one bucket."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def write(self, rows: Iterable[Row], *, now_us: int) -> str:
        """Put every row into one object, named by its time; its key."""
        key = f"{PREFIX}day={day_of(now_us)}/{now_us:016d}.ndjson.gz"
        lines = b"".join(orjson.dumps(encode(row), default=_base64, option=orjson.OPT_APPEND_NEWLINE) for row in rows)
        self._client.put_object(
            Bucket=self._bucket,
            Key=key,
            Body=gzip.compress(lines, mtime=0),
            ContentType="application/x-ndjson",
            ContentEncoding="gzip",
        )
        return key

    def keys(self) -> list[str]:
        """The keys of all copies, oldest first."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=PREFIX)
        return [stored_object["Key"] for page in pages for stored_object in page.get("Contents", [])]

    def read(self, key: str) -> Iterator[Row]:
        """The rows of one copy."""
        body = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        return (decode(orjson.loads(line)) for line in gzip.decompress(body).splitlines())


def rows_to_copy(client: "DynamoDBClient", table: str) -> list[Row]:
    """Every row of the registry but those that tell of people: what is erased must not stay in a copy."""
    return [row for row in scan(client, table) if not is_of_people(row)]


def scan(client: "DynamoDBClient", table: str) -> Iterator[Row]:
    """Every row of a table, read consistently."""
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return (decode(item) for page in pages for item in page["Items"])


def _base64(value: Any) -> str:
    """Bytes as DynamoDB's JSON has them."""
    return base64.b64encode(value).decode()


def is_registry_row(row: Row) -> bool:
    """Whether this is an app, a credential, its last use, a course, or the secret of the lake."""
    return row[keys.PK] in (keys.APPS, keys.LAKE) or row[keys.SK] in (keys.CREDENTIAL, keys.COURSE, keys.USE)
