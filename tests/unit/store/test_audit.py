"""The audit log over CloudWatch: a stream an instance, one key a stack."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.store.audit import CloudWatchAuditLog, audit_key
from tests.aws import log_group
from tests.fakes import MemoryTable

GROUP = "audit"


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with log_group(monkeypatch, GROUP) as logs:
        yield logs


def test_lines_of_an_instance_are_in_one_stream_of_its_own(client: Any) -> None:
    for _ in range(2):
        log = CloudWatchAuditLog(client, GROUP, MemoryTable())
        assert [log.write({"rows": rows}) for rows in (1, 2)] == [None, None]
    streams = client.describe_log_streams(logGroupName=GROUP)["logStreams"]
    assert len(streams) == 2
    for stream in streams:
        events = client.get_log_events(logGroupName=GROUP, logStreamName=stream["logStreamName"])["events"]
        assert [json.loads(event["message"]) for event in events] == [{"rows": 1}, {"rows": 2}]


def test_a_line_that_is_not_taken_is_told_with_the_reason(client: Any) -> None:
    assert CloudWatchAuditLog(client, "no such group", MemoryTable()).write({}) == "ResourceNotFoundException"


def test_all_instances_have_one_key_whichever_makes_it(client: Any) -> None:
    table = MemoryTable()
    keys = {CloudWatchAuditLog(client, GROUP, table).key for _ in range(3)}
    assert keys == {audit_key(table)}
    assert len(audit_key(table)) == 32
    assert audit_key(MemoryTable()) != audit_key(table)


def test_without_its_key_no_digest_is_made(client: Any) -> None:
    class Unreadable(MemoryTable):
        def get_all(self, *_: Any, **__: Any) -> Any:
            raise ClientError({"Error": {"Code": "ThrottlingException"}}, "BatchGetItem")

    with pytest.raises(ClientError):
        _ = CloudWatchAuditLog(client, GROUP, Unreadable()).key
