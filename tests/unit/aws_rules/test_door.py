"""Nothing passes by the rules: no client, whatever its settings, and no double."""

import threading
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from functions.core.messages import Message
from functions.store import keys
from functions.store.bus import Unpublished
from functions.store.dynamodb.batches import Unstorable
from functions.store.dynamodb.table import DynamoTable, Row
from functions.store.queue import SqsQueue
from tests.aws import BUCKET, REGION, TABLE, dynamodb_table, mocked, s3_bucket, sqs_queue
from tests.fakes import MemoryArchive, MemoryBus, MemoryQueue, MemoryTable

type Refusal = tuple[str, str]


def refusal(call: Callable[[], object]) -> Refusal:
    """Code and message of what a call was refused with."""
    with pytest.raises(ClientError) as raised:
        call()
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


def row(**attributes: Any) -> Row:
    return {keys.PK: "p", keys.SK: "s", **attributes}


@pytest.mark.slow
@pytest.mark.parametrize("config", [None, Config(parameter_validation=False, retries={"total_max_attempts": 1})])
def test_every_client_over_moto_is_held_to_the_rules(monkeypatch: pytest.MonkeyPatch, config: Config | None) -> None:
    with mocked(monkeypatch):
        dynamodb_table()
        s3_bucket()
        _, url = sqs_queue()
        dynamodb = boto3.client("dynamodb", region_name=REGION, config=config)
        sqs = boto3.client("sqs", region_name=REGION, config=config)
        s3 = boto3.client("s3", region_name=REGION, config=config)
        events = boto3.client("events", region_name=REGION, config=config)
        assert refusal(
            lambda: dynamodb.query(
                TableName=TABLE,
                KeyConditionExpression="ref = :p",
                ExpressionAttributeValues={":p": {"S": "p"}},
                IndexName=keys.BY_ID,
                ConsistentRead=True,
            )
        ) == ("ValidationException", "Consistent reads are not supported on global secondary indexes")
        assert refusal(lambda: sqs.send_message(QueueUrl=url, MessageBody="x", MessageGroupId="a b"))[0] == (
            "InvalidParameterValue"
        )
        assert refusal(lambda: sqs.send_message(QueueUrl=url, MessageBody="a\x01"))[0] == "InvalidMessageContents"
        long_key = "é" * 513
        assert refusal(lambda: s3.put_object(Bucket=BUCKET, Key=long_key, Body=b"x"))[0] == "KeyTooLongError"
        large = {"a": "x" * 2048}
        assert refusal(lambda: s3.put_object(Bucket=BUCKET, Key="k", Body=b"", Metadata=large))[0] == "MetadataTooLarge"
        entry: Any = {"Source": "caliper", "DetailType": "t", "Detail": "[]"}
        assert refusal(lambda: events.put_events(Entries=[entry]))[0] == "MalformedDetail"


def test_what_is_put_on_the_wire_past_botocore_is_held_to_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    with mocked(monkeypatch):
        dynamodb_table()
        table = DynamoTable(boto3.client("dynamodb", region_name=REGION), TABLE)
        with pytest.raises(Unstorable):
            table.put_all([row(ref="")])
        assert refusal(lambda: table.get_all([("p", "")]))[1].endswith("Key: sk")


def test_the_table_and_its_double_refuse_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    with mocked(monkeypatch):
        dynamodb_table()
        unchecked = Config(parameter_validation=False)  # as the readers' clients are
        real = DynamoTable(boto3.client("dynamodb", region_name=REGION, config=unchecked), TABLE)
        double = MemoryTable()
        refused: list[Callable[[Any], object]] = [
            lambda table: table.query("p", start="b", end="a"),
            lambda table: table.query("p", limit=0),
            lambda table: table.query(""),
            lambda table: table.query("p", after={keys.PK: "p"}),
            lambda table: table.query("p", after={keys.PK: "q", keys.SK: "s"}),
            lambda table: table.query("p", index=keys.BY_ID, consistent=True),
            lambda table: table.get_all([("p" * 2049, "s")]),
            lambda table: table.query("p", end="~" * 1025),
        ]
        for call in refused:
            assert refusal(lambda call=call: call(real)) == refusal(lambda call=call: call(double))  # type: ignore[misc]
        unstorable: list[Callable[[Any], object]] = [
            lambda table: table.put_if(row(body="x" * 409_600), None),
            lambda table: table.put_all_if([(row(), None), (row(sk="x" * 1025), None)]),
            lambda table: table.put_all_if([(row(), None), (row(), 1)]),
            lambda table: table.put_all([row(sk="good"), row(body=b"x" * 409_600)]),
        ]
        for call in unstorable:
            with pytest.raises(Unstorable) as of_real:
                call(real)
            with pytest.raises(Unstorable) as of_double:
                call(double)
            assert of_real.value.keys == of_double.value.keys
        assert {*double.items} == {("p", "good")} == {*real.get_all([("p", "good"), ("p", "s")])}


def test_the_queue_and_its_double_refuse_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    with mocked(monkeypatch):
        client, url = sqs_queue()
        for bodies, group in ((["x"], "a b"), (["\0"], "g"), (["é" * 524_289], "g")):
            of_real = refusal(lambda: SqsQueue(client, url).send(bodies, group=group))  # noqa: B023  called here
            assert of_real == refusal(lambda: MemoryQueue().send(bodies, group=group))  # noqa: B023


def test_the_bus_and_the_archive_in_memory_refuse_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unpublished, match="ClientError"):
        MemoryBus().publish([("SessionEnded", {"app": "x" * 1_048_576})])
    message = Message(tenant="t", app_id="a", job="j", received_us=0)
    monkeypatch.setattr("functions.client.memory.archive.object_key", lambda _: "k" * 1025)
    assert refusal(lambda: MemoryArchive().write([message]))[0] == "KeyTooLongError"


def test_a_query_of_the_double_waits_for_a_write_in_another_thread() -> None:
    """A sweep's threads change the rows while others read them."""
    table = MemoryTable()
    table.put_all([row()])
    answered = threading.Event()

    def read() -> None:
        table.query("p")
        answered.set()

    with table.calls.lock:
        reader = threading.Thread(target=read)
        reader.start()
        assert not answered.wait(0.2)
    reader.join()
    assert answered.is_set()
