"""Each rule of SQS, at its limit and one beyond it."""

from typing import Any

import pytest

from tests.aws_rules import sqs
from tests.aws_rules.refusal import Refused

MIB = 1_048_576


def send(body: str = "x", **more: Any) -> tuple[str, dict[str, Any]]:
    return "SendMessage", {"QueueUrl": "q", "MessageBody": body} | more


def batch(*bodies: str, ids: list[str] | None = None, **more: Any) -> tuple[str, dict[str, Any]]:
    ids = ids or [str(number) for number in range(len(bodies))]
    entries = [{"Id": entry_id, "MessageBody": body} | more for entry_id, body in zip(ids, bodies, strict=True)]
    return "SendMessageBatch", {"QueueUrl": "q", "Entries": entries}


def attributes(count: int = 1, name: str = "a", kind: str = "String", value: str = "x") -> dict[str, Any]:
    named = {name + ("" if number == 0 else str(number)): number for number in range(count)}
    return {"MessageAttributes": {attribute: {"DataType": kind, "StringValue": value} for attribute in named}}


def receive(**more: int) -> tuple[str, dict[str, Any]]:
    return "ReceiveMessage", {"QueueUrl": "q"} | more


def hide(seconds: int) -> tuple[str, dict[str, Any]]:
    return "ChangeMessageVisibility", {"QueueUrl": "q", "ReceiptHandle": "r", "VisibilityTimeout": seconds}


PREFIX = "AWS.SimpleQueueService."
WRONG = "InvalidParameterValue"
CASES = {
    "message size in bytes": (send("é" * (MIB // 2)), send("é" * (MIB // 2) + "x"), WRONG, "shorter than 1048576"),
    "message size with attributes": (
        send("x" * (MIB - 8), **attributes()),
        send("x" * (MIB - 7), **attributes()),
        WRONG,
        "shorter than 1048576 bytes",
    ),
    "binary attributes": (
        send("x" * (MIB - 11), MessageAttributes={"a": {"DataType": "Binary", "BinaryValue": b"abcd"}}),
        send("x" * (MIB - 10), MessageAttributes={"a": {"DataType": "Binary", "BinaryValue": "YWJjZA=="}}),
        WRONG,
        "shorter than 1048576 bytes",
    ),
    "batch size": (
        batch("x" * (MIB // 2), "y" * (MIB // 2)),
        batch("x" * (MIB // 2), "y" * (MIB // 2 + 1)),
        PREFIX + "BatchRequestTooLong",
        "You have sent 1048577 bytes.",
    ),
    "entries": (batch(*"x" * 10), batch(*"x" * 11), PREFIX + "TooManyEntriesInBatchRequest", "You have sent 11."),
    "no empty batch": (batch("x"), batch(), PREFIX + "EmptyBatchRequest", "at least one"),
    "ids apart": (
        batch("x", "y", ids=["a", "b"]),
        batch("x", "y", ids=["a", "a"]),
        PREFIX + "BatchEntryIdsNotDistinct",
        "Id a repeated.",
    ),
    "length of an id": (batch("x", ids=["i" * 80]), batch("x", ids=["i" * 81]), PREFIX + "InvalidBatchEntryId", "80"),
    "characters of an id": (batch("x", ids=["a_-1"]), batch("x", ids=["a.1"]), PREFIX + "InvalidBatchEntryId", "80"),
    "deletes": (
        ("DeleteMessageBatch", {"Entries": [{"Id": str(number), "ReceiptHandle": "r"} for number in range(10)]}),
        ("DeleteMessageBatch", {"Entries": [{"Id": str(number), "ReceiptHandle": "r"} for number in range(11)]}),
        PREFIX + "TooManyEntriesInBatchRequest",
        "You have sent 11.",
    ),
    "no empty message": (send("x"), send(""), "MissingParameter", "MessageBody"),
    "control characters": (send("\t\n\r "), send("a\0"), "InvalidMessageContents", "'#x0'"),
    "the highest characters": (send("\ufffd\U0010ffff"), send("\uffff"), "InvalidMessageContents", "'#xFFFF'"),
    "halves of pairs": (send("\U0001f600"), send("\ud83d"), "InvalidMessageContents", "'#xD83D'"),
    "length of a group": (send(MessageGroupId="g" * 128), send(MessageGroupId="g" * 129), WRONG, "1 to 128 in length"),
    "a group has a name": (send(MessageGroupId="g"), send(MessageGroupId=""), WRONG, "1 to 128 in length"),
    "characters of a group": (
        send(MessageGroupId="aZ9!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"),
        send(MessageGroupId="a b"),
        WRONG,
        "alphanumeric and punctuation characters",
    ),
    "groups in a batch": (
        batch("x", MessageGroupId="g"),
        batch("x", MessageGroupId="é"),
        WRONG,
        "alphanumeric and punctuation",
    ),
    "attributes": (send(**attributes(10)), send(**attributes(11)), WRONG, "[11] exceeds the allowed maximum [10]"),
    "length of an attribute's name": (
        send(**attributes(name="n" * 256)),
        send(**attributes(name="n" * 257)),
        WRONG,
        "attribute name",
    ),
    "characters of an attribute's name": (
        send(**attributes(name="a.b-c_d")),
        send(**attributes(name="a b")),
        WRONG,
        "can contain A-Z",
    ),
    "dots of an attribute's name": (send(**attributes(name="a.b")), send(**attributes(name="a..b")), WRONG, "a..b"),
    "reserved attribute names": (
        send(**attributes(name="awsome.x")),
        send(**attributes(name="AWS.x")),
        WRONG,
        "AWS.x",
    ),
    "type of an attribute": (
        send(**attributes(kind="Number.int")),
        send(**attributes(kind="Integer")),
        WRONG,
        "supported type prefixes",
    ),
    "value of an attribute": (
        send(**attributes(value="x")),
        send(**attributes(value="")),
        WRONG,
        "must contain non-empty message attribute value",
    ),
    "characters of an attribute": (
        send(**attributes(value="\t")),
        send(**attributes(value="\v")),
        "InvalidMessageContents",
        "'#xB'",
    ),
    "most messages received": (
        receive(MaxNumberOfMessages=10),
        receive(MaxNumberOfMessages=11),
        WRONG,
        "Must be between 1 and 10",
    ),
    "fewest messages received": (
        receive(MaxNumberOfMessages=1),
        receive(MaxNumberOfMessages=0),
        WRONG,
        "Must be between 1 and 10",
    ),
    "wait": (receive(WaitTimeSeconds=20), receive(WaitTimeSeconds=21), WRONG, "Must be between 0 and 20"),
    "longest visibility": (hide(43_200), hide(43_201), WRONG, "Must be between 0 and 43200"),
    "shortest visibility": (hide(0), hide(-1), WRONG, "Must be between 0 and 43200"),
    "visibility of a receive": (
        receive(VisibilityTimeout=43_200),
        receive(VisibilityTimeout=43_201),
        WRONG,
        "Must be between 0 and 43200",
    ),
    "delay": (send(DelaySeconds=900), send(DelaySeconds=901), WRONG, "Must be between 0 and 900"),
    "delay in a batch": (batch("x", DelaySeconds=900), batch("x", DelaySeconds=901), WRONG, "between 0 and 900"),
}


@pytest.mark.parametrize("rule", CASES)
def test_a_request_is_taken_at_the_limit_and_refused_beyond_it(rule: str) -> None:
    accepted, refused, code, message = CASES[rule]
    sqs.check(*accepted)
    with pytest.raises(Refused) as raised:
        sqs.check(*refused)
    assert raised.value.code == code
    assert message in raised.value.message
