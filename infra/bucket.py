"""The bucket: the archive, and beside it the copies of the registry and the files of imports, each below its prefix."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import Acknowledgment, Validations
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

COPIES_PREFIX = "registry/"  # as in functions.store.copies.registry
# As in functions.store.imports.drop_folder.
DROPPED_PREFIX = "import/"
ANSWERED_PREFIX = "imported/"
ERASURES_PREFIX = "erasures/"  # as in functions.store.erasure.records
EXPORTS_PREFIX = "exports/"  # as in functions.store.erasure.exports
IMPORTS_DAYS = 30  # how long a dropped file and its answers are kept
COPIES_DAYS = 400  # how long a daily copy of the registry is kept


def encryption_of(key: kms.IKey | None) -> dict[str, Any]:
    """How a bucket is encrypted, as arguments of `s3.Bucket`: under the customer's key, if there is one.

    With a bucket key S3 asks KMS now and then, not for each object.
    """
    if key is None:
        return {"encryption": s3.BucketEncryption.S3_MANAGED}
    return {"encryption": s3.BucketEncryption.KMS, "encryption_key": key, "bucket_key_enabled": True}


def archive_bucket(scope: Construct, removal: cdk.RemovalPolicy, *, key: kms.IKey | None = None) -> s3.Bucket:
    """Versioned, encrypted, private; what is no longer needed expires by its prefix."""
    bucket = s3.Bucket(
        scope,
        "Archive",
        **encryption_of(key),
        enforce_ssl=True,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        versioned=True,  # the archive is the record: nothing in it may be lost to an overwrite
        removal_policy=removal,
        lifecycle_rules=[
            s3.LifecycleRule(
                id="superseded",
                noncurrent_version_expiration=cdk.Duration.days(30),
                abort_incomplete_multipart_upload_after=cdk.Duration.days(1),
            ),
            s3.LifecycleRule(id="registry-copies", prefix=COPIES_PREFIX, expiration=cdk.Duration.days(COPIES_DAYS)),
            s3.LifecycleRule(id="dropped-files", prefix=DROPPED_PREFIX, expiration=cdk.Duration.days(IMPORTS_DAYS)),
            s3.LifecycleRule(id="import-answers", prefix=ANSWERED_PREFIX, expiration=cdk.Duration.days(IMPORTS_DAYS)),
            s3.LifecycleRule(
                id="copies-for-people",
                prefix=EXPORTS_PREFIX,
                expiration=cdk.Duration.days(1),
                noncurrent_version_expiration=cdk.Duration.days(1),
            ),
            s3.LifecycleRule(
                id="archive-cools",
                prefix="archive/",
                transitions=[
                    s3.Transition(
                        storage_class=s3.StorageClass.GLACIER_INSTANT_RETRIEVAL,
                        transition_after=cdk.Duration.days(90),
                    )
                ],
            ),
        ],
    )
    Validations.of(bucket).acknowledge(
        Acknowledgment(
            id="AwsSolutions-S1",
            reason="Only `process` and `backup` may write to it; CloudTrail data events can log each access",
        )
    )
    return bucket
