"""The bucket's folders of imports: files are dropped into one, and what became of them is answered in the other.

import/<app>/<file>            dropped by a school or an operator
imported/<app>/<file>.json     what became of it
imported/<app>/<file>.rejects  what was rejected of it, line by line
imported/<app>/<digest>.mark   how far the file with this content is queued
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote_plus

import orjson
from botocore.exceptions import ClientError
from msgspec import Struct

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

DROPPED = "import/"
ANSWERED = "imported/"
_MISSING = {"NoSuchKey", "404"}


class Dropped(Struct, frozen=True):
    """A file in the folder. `app` is the folder's name in it: an app's name or id."""

    app: str
    file: str
    size: int

    @property
    def key(self) -> str:
        return f"{DROPPED}{self.app}/{self.file}"

    def beside(self, suffix: str) -> str:
        """The key of what is answered about it."""
        return f"{ANSWERED}{self.app}/{self.file}.{suffix}"


def dropped_files(notification: str) -> list[Dropped]:
    """The files that an S3 notification names (Amazon S3, event message structure); none of a test notification.

    The key is URL-encoded there, with `+` for a space.
    """
    files = []
    for record in orjson.loads(notification).get("Records", []):
        stored = record["s3"]["object"]
        app, _, file = unquote_plus(stored["key"]).removeprefix(DROPPED).partition("/")
        if file and not file.endswith("/"):
            files.append(Dropped(app, file, int(stored.get("size", 0))))
    return files


class DropFolder(Protocol):
    def fetch(self, key: str, path: Path) -> bool: ...
    def put(self, key: str, path: Path) -> None: ...
    def answer(self, key: str, body: Mapping[str, Any]) -> None: ...


class S3DropFolder:
    """The two folders of one bucket. Calls raise what S3 raises."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def fetch(self, key: str, path: Path) -> bool:
        """Download an object to `path`. False if there is none."""
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] in _MISSING:
                return False
            raise
        with path.open("wb") as file:
            for block in answer["Body"].iter_chunks(1 << 20):
                file.write(block)
        return True

    def put(self, key: str, path: Path) -> None:
        """Upload a file."""
        with path.open("rb") as file:
            self._client.put_object(Bucket=self._bucket, Key=key, Body=file)

    def answer(self, key: str, body: Mapping[str, Any]) -> None:
        """Write an answer as JSON."""
        written = orjson.dumps(body, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        self._client.put_object(Bucket=self._bucket, Key=key, Body=written, ContentType="application/json")
