"""What is asked of S3, SQS and Lambda: each request in full."""

import base64
from collections.abc import Callable
from typing import Any

import pytest

from functions.core.webhooks.delivery import Delivery, pack
from functions.store.aws.invocation import LambdaInvoker
from functions.store.dead_letters.visit import Visit
from functions.store.erasure.exports import S3Exports
from functions.store.erasure.versions import S3Versions, Version
from functions.store.erasure.work import SqsWorkQueue, Work, packed_work
from functions.store.imports.drop_folder import S3DropFolder
from functions.store.queue import SqsDeadLetters, SqsInFlight, SqsQueue, SqsQueueReader
from functions.store.webhooks.delivery_queue import SqsDeliveryQueue, SqsGivenUp
from tests.unit.store.recording_client import Recording
from tests.world import NINE_US

DELIVERY = Delivery(tenant="t", webhook="w", due_us=NINE_US + 5_000_000)
WORK = Work(request="r1", kind="erase", app="a", tenant="t", learner="l", asked_us=1)
NDJSON = {"ContentType": "application/x-ndjson", "ContentEncoding": "gzip"}

ASKED: list[tuple[str, Callable[[Any], object], str, dict[str, Any]]] = [
    # what is done with a client, and the request that it makes
    (
        "a copy for a person",
        lambda client: S3Exports(client, "b").put("r1", b"zip"),
        "put_object",
        {"Bucket": "b", "Key": "exports/r1.zip", "Body": b"zip", "ContentType": "application/zip"},
    ),
    (
        "a link to it",
        lambda client: S3Exports(client, "b").link("exports/r1.zip"),
        "generate_presigned_url",
        {"arguments": ("get_object",), "Params": {"Bucket": "b", "Key": "exports/r1.zip"}, "ExpiresIn": 900},
    ),
    (
        "an answer to an import",
        lambda client: S3DropFolder(client, "b").answer("imported/a/x.json", {"n": 1}),
        "put_object",
        {"Bucket": "b", "Key": "imported/a/x.json", "Body": b'{\n  "n": 1\n}\n', "ContentType": "application/json"},
    ),
    (
        "one version of an object deleted",
        lambda client: S3Versions(client, "b").delete(Version(key="k", id="v", is_latest=True)),
        "delete_object",
        {"Bucket": "b", "Key": "k", "VersionId": "v"},
    ),
    (
        "an object that is none of the archive",
        lambda client: S3Versions(client, "b").put("k", b"x"),
        "put_object",
        {"Bucket": "b", "Key": "k", "Body": b"x"},
    ),
    (
        "an object in place of what was read",
        lambda client: S3Versions(client, "b").replace("k", b"x", "tag"),
        "put_object",
        {"Bucket": "b", "Key": "k", "Body": b"x", **NDJSON, "IfMatch": "tag"},
    ),
    (
        "work for the function privacy",
        lambda client: SqsWorkQueue(client, "q").send(WORK, delay_s=9),
        "send_message",
        {"QueueUrl": "q", "MessageBody": packed_work(WORK), "DelaySeconds": 9},
    ),
    (
        "work for the function privacy at once",
        lambda client: SqsWorkQueue(client, "q").send(WORK),
        "send_message",
        {"QueueUrl": "q", "MessageBody": packed_work(WORK), "DelaySeconds": 0},
    ),
    (
        "a delivery",
        lambda client: SqsDeliveryQueue(client, "q").send([DELIVERY], now_us=NINE_US),
        "send_message_batch",
        {
            "QueueUrl": "q",
            "Entries": [{"Id": "0", "MessageBody": pack(DELIVERY), "MessageGroupId": "w", "DelaySeconds": 5}],
        },
    ),
    (
        "a delivery given up",
        lambda client: SqsGivenUp(client, "q").put(DELIVERY),
        "send_message",
        {"QueueUrl": "q", "MessageBody": pack(DELIVERY), "MessageGroupId": "w"},
    ),
    (
        "messages",
        lambda client: SqsQueue(client, "q").send(["b"], group="g"),
        "send_message_batch",
        {"QueueUrl": "q", "Entries": [{"Id": "0", "MessageBody": "b", "MessageGroupId": "g"}]},
    ),
    (
        "messages shown again",
        lambda client: SqsInFlight(client, "q").show_again(["r1", "r2"], after_s=30),
        "change_message_visibility_batch",
        {
            "QueueUrl": "q",
            "Entries": [
                {"Id": "0", "ReceiptHandle": "r1", "VisibilityTimeout": 30},
                {"Id": "1", "ReceiptHandle": "r2", "VisibilityTimeout": 30},
            ],
        },
    ),
    (
        "a dead letter without attributes and group",
        lambda client: SqsDeadLetters(client, "q").move({"body": "b"}, "why"),
        "send_message",
        {
            "QueueUrl": "q",
            "MessageBody": "b",
            "MessageAttributes": {"Reason": {"DataType": "String", "StringValue": "why"}},
        },
    ),
    (
        "a dead letter with all that it had",
        lambda client: SqsDeadLetters(client, "q").move(
            {
                "body": "b",
                "attributes": {"MessageGroupId": "g"},
                "messageAttributes": {
                    "text": {"dataType": "String", "stringValue": "t"},
                    "bytes": {"dataType": "Binary", "binaryValue": base64.b64encode(b"\x00").decode()},
                },
            },
            "why",
        ),
        "send_message",
        {
            "QueueUrl": "q",
            "MessageBody": "b",
            "MessageAttributes": {
                "text": {"DataType": "String", "StringValue": "t"},
                "bytes": {"DataType": "Binary", "BinaryValue": b"\x00"},
                "Reason": {"DataType": "String", "StringValue": "why"},
            },
            "MessageGroupId": "g",
        },
    ),
    (
        "a look at the dead letters",
        lambda client: SqsQueueReader(client, "q", "d").letters(),
        "receive_message",
        {"QueueUrl": "d", "MaxNumberOfMessages": 10, "VisibilityTimeout": 0, "MessageAttributeNames": ["Reason"]},
    ),
    (
        "a walk over the dead letters",
        lambda client: list(Visit(client, "d").batches()),
        "receive_message",
        {
            "QueueUrl": "d",
            "MaxNumberOfMessages": 10,
            "VisibilityTimeout": 120,
            "WaitTimeSeconds": 1,
            "MessageSystemAttributeNames": ["MessageGroupId"],
            "MessageAttributeNames": ["Reason"],
        },
    ),
    (
        "an invocation that nobody waits for",
        lambda client: LambdaInvoker(lambda: client, "f").begin({"n": 1}),
        "invoke",
        {"FunctionName": "f", "InvocationType": "Event", "Payload": b'{"n":1}'},
    ),
]


@pytest.mark.parametrize(("work", "operation", "request_in_full"), [pytest.param(*row[1:], id=row[0]) for row in ASKED])
def test_a_request_is_made_in_full(
    work: Callable[[Any], object], operation: str, request_in_full: dict[str, Any]
) -> None:
    client = Recording()
    work(client)
    assert client.requests == [(operation, request_in_full)]
