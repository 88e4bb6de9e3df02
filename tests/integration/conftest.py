"""A stack for every test that mends one."""

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from functions.operate.connection import StackConnection
from functions.operate.replaying import groups
from tests.aws import BUCKET, REGION, REGISTRY, TABLE, dynamodb_table, mocked, registry_table, s3_bucket, sqs_queue
from tests.connections import connection_to
from tests.integration.mended import OWN, register


@pytest.fixture
def object_by_object(monkeypatch: pytest.MonkeyPatch) -> None:
    """A replay's group is full with the three events of one archive object, and no object is read ahead."""
    monkeypatch.setattr(groups, "GROUP_EVENTS", 3)
    monkeypatch.setattr(groups, "READ_AHEAD", 1)


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StackConnection]:
    monkeypatch.chdir(tmp_path)
    with mocked(monkeypatch):
        dynamodb_table()
        registry_table()
        s3_bucket()
        _, url = sqs_queue()
        dead = boto3.client("sqs", region_name=REGION).create_queue(QueueName="dead-letters")["QueueUrl"]
        deliveries, given_up = (
            boto3.client("sqs", region_name=REGION).create_queue(QueueName=name)["QueueUrl"]
            for name in ("deliveries", "given-up-deliveries")
        )
        stack_connection = connection_to(
            StackConnection,
            url="https://api",
            token_url="https://api/token",
            table=TABLE,
            registry_table=REGISTRY,
            bucket=BUCKET,
            queue_url=url,
            dlq_url=dead,
            deliveries_url=deliveries,
            given_up_url=given_up,
            user_pool_id="p",
            clients={"region_name": REGION},
        )
        register(stack_connection, OWN)
        yield stack_connection
