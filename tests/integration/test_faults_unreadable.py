"""What cannot be read leaves the queue at its third delivery, with its reason; its neighbours never notice."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from functions.core.messages import Item, Message, pack
from functions.operate.recovery.dead_letters import list_messages
from functions.settings import UNREADABLE_RECEIVES
from functions.store.queue import REASON
from tests.aws import mocked
from tests.faults import RECEIVES, Kind, NoWait, Stack, every, ids_of
from tests.payloads import APP, Json, Payloads

SEND = "sqs.SendMessage"


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    with mocked(monkeypatch):
        yield Stack()


def good(stack: Stack) -> list[Json]:
    """Three events that `process` stores, sent into the queue."""
    payloads = Payloads(1)
    events = list(payloads.events(3))
    items = [Item("event", json.dumps(event).encode()) for event in events]
    message = Message(tenant=stack.app.tenant, app_id=APP, job="j" * 22, received_us=1_772_442_000_000_000, items=items)
    stack.queue.send([pack(message)], group="tenant")
    return events


def dead(stack: Stack) -> list[dict[str, Any]]:
    answer: Any = stack.sqs.receive_message(
        QueueUrl=stack.dead_url,
        MaxNumberOfMessages=10,
        MessageSystemAttributeNames=["All"],
        MessageAttributeNames=["All"],
        VisibilityTimeout=0,
    )
    messages: list[dict[str, Any]] = answer.get("Messages", [])
    return messages


def waiting(stack: Stack) -> int:
    answer = stack.sqs.get_queue_attributes(QueueUrl=stack.url, AttributeNames=["All"])["Attributes"]
    return int(answer["ApproximateNumberOfMessages"]) + int(answer["ApproximateNumberOfMessagesNotVisible"])


def test_what_cannot_be_read_is_a_dead_letter_at_its_third_delivery_and_its_neighbours_are_stored(stack: Stack) -> None:
    stack.queue.send(["AAAA", "not base64"], group="tenant")
    events = good(stack)
    for _ in range(UNREADABLE_RECEIVES - 1):
        stack.deliver()
    assert (stack.dead(), waiting(stack)) == (0, 2)
    assert stack.stored() == ids_of(events)
    stack.deliver()
    assert (stack.dead(), waiting(stack)) == (2, 0)
    assert stack.failed_runs == 0


def test_a_dead_letter_is_what_was_sent_with_the_reason(stack: Stack) -> None:
    sent_attributes: Any = {
        "Text": {"DataType": "String", "StringValue": "said"},
        "Number": {"DataType": "Number", "StringValue": "7"},
        "Bytes": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    }
    stack.sqs.send_message(
        QueueUrl=stack.url, MessageBody="née", MessageAttributes=sent_attributes, MessageGroupId="tenant"
    )
    stack.drain()
    (letter,) = dead(stack)
    assert letter["Body"] == "née"
    assert letter["Attributes"]["MessageGroupId"] == "tenant"
    attributes = letter["MessageAttributes"]
    assert attributes.pop(REASON)["StringValue"].startswith("not a message of this service")
    assert {
        name: {key: attribute[key] for key in sent_attributes[name]} for name, attribute in attributes.items()
    } == sent_attributes


@pytest.mark.parametrize("kind", ["throttled", "unavailable", "timeout"])
def test_what_cannot_be_moved_stays_in_the_queue_and_is_moved_later(stack: Stack, kind: Kind) -> None:
    stack.queue.send(["AAAA"], group="tenant")
    stack.faults.rule = lambda call: kind if call.name == SEND else None
    for _ in range(UNREADABLE_RECEIVES + 2):
        stack.deliver()
    assert (stack.dead(), waiting(stack)) == (0, 1)
    assert stack.faults.call_names.count(SEND) == 3
    events = good(stack)
    stack.deliver()
    assert stack.stored() == ids_of(events)
    stack.faults.clear()
    stack.deliver()
    assert (stack.dead(), waiting(stack), stack.failed_runs) == (1, 0, 0)


def test_what_can_never_be_moved_is_a_dead_letter_of_sqs_in_the_end(stack: Stack) -> None:
    stack.queue.send(["AAAA"], group="tenant")
    stack.faults.rule = lambda call: "invalid" if call.name == SEND else None
    stack.drain()
    assert stack.dead() == 1
    assert stack.faults.call_names.count(SEND) == RECEIVES - UNREADABLE_RECEIVES + 1


@pytest.mark.parametrize(("kind", "receives"), [("timeout", 1), ("invalid", 3)])
def test_a_queue_that_does_not_answer_is_asked_once_in_a_batch_and_one_that_refuses_three_times(
    stack: Stack, kind: Kind, receives: int
) -> None:
    stack.queue.send([f"AAA{n}" for n in range(8)], group="tenant")
    for _ in range(UNREADABLE_RECEIVES - 1):
        stack.deliver()
    stack.faults.rule = lambda call: kind if call.name == SEND else None
    stack.deliver()
    assert stack.faults.call_names.count(SEND) == receives
    assert waiting(stack) == 8


def test_a_worker_that_dies_between_move_and_acknowledgement_only_makes_a_second_dead_letter(stack: Stack) -> None:
    stack.queue.send(["AAAA"], group="tenant")
    events = good(stack)
    for _ in range(UNREADABLE_RECEIVES - 1):
        stack.deliver()
    stack.faults.rule = lambda call: "killed after" if call.name == SEND else None
    stack.deliver()
    stack.faults.clear()
    assert (stack.dead(), waiting(stack), stack.failed_runs) == (1, 1, 1)
    stack.drain()
    assert (stack.dead(), waiting(stack)) == (2, 0)
    assert stack.stored() == ids_of(events)


def test_a_failing_table_moves_nothing(stack: Stack) -> None:
    """The whole batch comes again: what was moved by then would be moved once more with each delivery."""
    stack.queue.send(["AAAA"], group="tenant")
    good(stack)
    stack.faults.rule = every("unavailable", "dynamodb")
    for _ in range(UNREADABLE_RECEIVES + 1):
        stack.deliver()
    assert (stack.dead(), waiting(stack)) == (0, 2)


def test_the_list_of_dead_letters_tells_why_and_what_can_be_read_by_now(stack: Stack) -> None:
    stack.queue.send(["AAAA"], group="tenant")
    stack.drain()
    events = good(stack)
    (body,) = [message["Body"] for message in stack.sqs.receive_message(QueueUrl=stack.url)["Messages"]]
    reason: Any = {REASON: {"DataType": "String", "StringValue": "written by a newer version"}}
    stack.sqs.send_message(QueueUrl=stack.dead_url, MessageBody=body, MessageAttributes=reason)
    reasons = sorted(letter.reason for letter in list_messages(NoWait(stack.sqs), stack.dead_url))
    assert len(events) == 3
    assert reasons[0].startswith("It cannot be read: not a message of this service: ")
    assert (
        reasons[1] == "It could not be read (written by a newer version) and now it can. Send it again: `make redrive`."
    )
