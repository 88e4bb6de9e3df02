"""The bucket's folder of copies for people: a zip file for each request, which expires after a day."""

from typing import TYPE_CHECKING, Protocol

from functions.core.times import DAY_US

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

EXPORTS = "exports/"
KEPT_US = DAY_US  # the bucket's rule for the folder deletes a file at the midnight after
LINK_S = 900  # how long a link is good
# S3 refuses a link of the older signature in regions that opened after 2013, and for objects under a customer's key.
SIGNATURE = "s3v4"


class Exports(Protocol):
    def put(self, request: str, body: bytes) -> str: ...


class S3Exports:
    """The folder of one bucket."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client, self._bucket = client, bucket

    def put(self, request: str, body: bytes) -> str:
        """Keep a file; its key."""
        key = f"{EXPORTS}{request}.zip"
        self._client.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType="application/zip")
        return key

    def link(self, key: str) -> str:
        """A URL by which anyone can fetch the file for LINK_S seconds, if the client signs by SIGNATURE."""
        return self._client.generate_presigned_url(
            "get_object", Params={"Bucket": self._bucket, "Key": key}, ExpiresIn=LINK_S
        )
