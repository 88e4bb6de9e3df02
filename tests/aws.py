"""Real clients over moto, with the table as `functions.store.keys` designs it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest
from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.common_types import TYPE_RESPONSE
from mypy_boto3_dynamodb.client import DynamoDBClient
from mypy_boto3_logs.client import CloudWatchLogsClient
from mypy_boto3_s3.client import S3Client
from mypy_boto3_sqs.client import SQSClient

from functions.store import keys
from functions.store.aws.client import session

REGION = "us-east-1"
TABLE = "events-under-test"
REGISTRY = "registry-under-test"
BUCKET = "archive-under-test"
_KEY: Any = [{"AttributeName": keys.PK, "KeyType": "HASH"}, {"AttributeName": keys.SK, "KeyType": "RANGE"}]
_BY_ID: Any = {
    "IndexName": keys.BY_ID,
    "KeySchema": [{"AttributeName": keys.BY_ID_PK, "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "KEYS_ONLY"},
}
_ANSWER = BotocoreStubber.process_request


@contextmanager
def mocked(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """AWS in this process; no credentials of the machine are read."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    lock = threading.RLock()

    def one_at_a_time(stubber: BotocoreStubber, request: AWSPreparedRequest) -> TYPE_RESPONSE | None:
        """Moto loses writes of threads that make the same partition at once; AWS does not."""
        with lock:
            return _ANSWER(stubber, request)

    monkeypatch.setattr(BotocoreStubber, "process_request", one_at_a_time)
    session.cache_clear()  # it keeps the credentials that it read
    with mock_aws():
        yield
    session.cache_clear()


def dynamodb_table() -> DynamoDBClient:
    client = boto3.client("dynamodb", region_name=REGION)
    attributes = (keys.PK, keys.SK, keys.BY_ID_PK, keys.DUE_PK, keys.DUE_SK)
    client.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in attributes],
        KeySchema=_KEY,
        GlobalSecondaryIndexes=[
            _BY_ID,
            {
                "IndexName": keys.BY_DUE,
                "KeySchema": [
                    {"AttributeName": keys.DUE_PK, "KeyType": "HASH"},
                    {"AttributeName": keys.DUE_SK, "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            },
        ],
    )
    return client


def registry_table() -> DynamoDBClient:
    """A second table, with the keys of the registry."""
    client = boto3.client("dynamodb", region_name=REGION)
    client.create_table(
        TableName=REGISTRY,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in (keys.PK, keys.SK, keys.BY_ID_PK)
        ],
        KeySchema=_KEY,
        GlobalSecondaryIndexes=[_BY_ID],
    )
    return client


def s3_bucket() -> S3Client:
    client = boto3.client("s3", region_name=REGION)
    client.create_bucket(Bucket=BUCKET)
    return client


def sqs_queue() -> tuple[SQSClient, str]:
    client = boto3.client("sqs", region_name=REGION)
    return client, client.create_queue(QueueName="queue-under-test")["QueueUrl"]


@contextmanager
def log_group(monkeypatch: pytest.MonkeyPatch, name: str) -> Iterator[CloudWatchLogsClient]:
    """CloudWatch Logs with one group."""
    with mocked(monkeypatch):
        client = boto3.client("logs")
        client.create_log_group(logGroupName=name)
        yield client
