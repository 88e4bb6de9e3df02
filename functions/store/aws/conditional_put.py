"""Putting an archive object under a condition of S3, so that nothing is overwritten unseen."""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

NOT_SO = ("PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey")


def put_ndjson_if(client: "S3Client", bucket: str, key: str, body: bytes, **condition: Any) -> bool:
    """Put packed NDJSON. False if the condition does not hold, or if another put of the key is under way."""
    try:
        client.put_object(
            Bucket=bucket,
            Key=key,
            Body=body,
            ContentType="application/x-ndjson",
            ContentEncoding="gzip",
            **condition,
        )
    except ClientError as error:
        if error.response["Error"]["Code"] in NOT_SO:
            return False
        raise
    return True
