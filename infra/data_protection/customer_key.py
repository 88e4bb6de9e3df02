"""The customer's own key of KMS, if there is one: what is kept under it, and which function may use it.

DynamoDB and S3 call KMS in the name of who calls them. So a role that may read or write a table or the bucket needs the
key as well, and without it is refused. The policy of the key leaves it to IAM who may use it, as KMS does by default.
"""

from collections.abc import Iterable

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.config import Config
from infra.data_protection.settings import NEW_KEY
from infra.lambdas.function import Function

READS = frozenset({"dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:Scan", "s3:GetObject", "s3:GetObjectVersion"})
WRITES = frozenset({"dynamodb:BatchWriteItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "s3:PutObject"})
TO_READ = ("kms:Decrypt", "kms:DescribeKey")
# DynamoDB documentation, encryption at rest, "authorizing use of your KMS keys". DynamoDB reads its table's key first.
TO_WRITE = (
    *TO_READ,
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)


def customer_key(scope: Construct, config: Config) -> kms.IKey | None:
    """The key that tables and buckets are kept under. On a laptop there is none."""
    if config.local or not config.customer_key:
        return None
    if config.customer_key != NEW_KEY:
        return kms.Key.from_key_arn(scope, "Key", config.customer_key)
    return kms.Key(
        scope,
        "Key",
        description=f"Tables and buckets of {config.stack_name}: without it nothing in them can be read",
        enable_key_rotation=True,
        pending_window=cdk.Duration.days(30),  # the longest
        removal_policy=cdk.RemovalPolicy.RETAIN,  # as the tables are
    )


def let_use(functions: Iterable[Function], key: kms.IKey) -> None:
    """Let each function that may read or write a table or the bucket use the key for that, and for nothing else."""
    for function in functions:
        used = function.allowed & (READS | WRITES)
        services = sorted({action.partition(":")[0] for action in used})
        if not used:
            continue
        function.allow(
            *(TO_WRITE if used & WRITES else TO_READ),
            on=[key.key_arn],
            conditions={
                "StringEquals": {
                    "kms:ViaService": [
                        f"{service}.{cdk.Stack.of(function).region}.amazonaws.com" for service in services
                    ]
                }
            },
        )
