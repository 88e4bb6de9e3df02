"""Dead letters: messages that `process` could not read or store. Looked at with their reasons, sent again.

Sending again is safe however often: storing is idempotent. It is a receive and a send, not SQS's move task, so that it
works on a laptop, too.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from functions.core.messages import Message, Unreadable, unpack
from functions.core.times import format_time
from functions.store.queue import BATCH_MESSAGES, REASON, batches
from functions.store.rows.events import stored

HIDDEN_S = 60  # while they are looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """One message, and why it is here as far as can be told from it. Shows counts only, never what learners did."""

    id: str
    received_at: str
    app_id: str
    job: str
    items: Mapping[str, int]
    reason: str


def letters(sqs: Any, url: str) -> Iterator[DeadLetter]:
    """Every dead letter that is visible, once; they stay where they are."""
    seen: dict[str, str] = {}
    try:
        while batch := _receive(sqs, url):
            fresh = [one for one in batch if one["MessageId"] not in seen]
            seen |= {one["MessageId"]: one["ReceiptHandle"] for one in batch}
            if not fresh:
                return
            for one in fresh:
                noted = one.get("MessageAttributes", {}).get(REASON, {}).get("StringValue", "")
                yield examined(one["MessageId"], one["Body"], noted)
    finally:
        for handle in seen.values():
            sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)


def examined(message_id: str, body: str, noted: str = "") -> DeadLetter:
    """What a message holds, and whether it could be stored now. `noted` is why `process` moved it here."""
    try:
        message = unpack(body)
    except Unreadable as error:
        reason = f"It cannot be read: {noted or error}. Sending it again will not help; this version did not write it."
        return DeadLetter(id=message_id, received_at="", app_id="", job="", items={}, reason=reason)
    unplaceable = sum(not _can_be_placed(message, index) for index in range(len(message.items)))
    reason = "It can be stored: AWS was failing or the processor was killed each time. Send it again: `make redrive`."
    if noted:
        reason = f"It could not be read ({noted}) and now it can. Send it again: `make redrive`."
    if unplaceable:
        reason = f"{unplaceable} of its items cannot be placed; sent again, they go to quarantine and the rest through."
    return DeadLetter(
        id=message_id,
        received_at=format_time(message.received_us),
        app_id=message.app_id,
        job=message.job,
        items=Counter(item.kind for item in message.items),
        reason=reason,
    )


def redrive(sqs: Any, dead_letters_url: str, queue_url: str) -> int:
    """Move every visible dead letter back into the queue; how many. One that cannot be sent stays where it is."""
    moved = 0
    while found := _receive(sqs, dead_letters_url):
        at_once = batches([one["Body"] for one in found])  # ten large ones are more than SQS takes in one call
        done = sum(_move(sqs, [found[n] for n in part], dead_letters_url, queue_url) for part in at_once)
        if not done:
            return moved
        moved += done
    return moved


def _move(sqs: Any, batch: list[dict[str, Any]], from_url: str, to_url: str) -> int:
    """Send these messages on and delete those that were taken; how many."""
    entries = [
        {
            "Id": str(n),
            "MessageBody": one["Body"],
            "MessageGroupId": one.get("Attributes", {}).get("MessageGroupId", "redrive"),
        }
        for n, one in enumerate(batch)
    ]
    answer = sqs.send_message_batch(QueueUrl=to_url, Entries=entries)
    sent = [batch[int(done["Id"])] for done in answer.get("Successful", [])]
    if sent:
        handles = [{"Id": str(n), "ReceiptHandle": one["ReceiptHandle"]} for n, one in enumerate(sent)]
        sqs.delete_message_batch(QueueUrl=from_url, Entries=handles)
    return len(sent)


def _can_be_placed(message: Message, index: int) -> bool:
    item = message.items[index]
    if item.kind == "rejection":
        return True
    try:
        stored(item, message)
    except Exception:  # noqa: BLE001  whatever `process` would set it apart for
        return False
    return True


def _receive(sqs: Any, url: str) -> list[dict[str, Any]]:
    answer = sqs.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=BATCH_MESSAGES,
        VisibilityTimeout=HIDDEN_S,
        WaitTimeSeconds=1,
        MessageSystemAttributeNames=["MessageGroupId"],
        MessageAttributeNames=[REASON],
    )
    found: list[dict[str, Any]] = answer.get("Messages", [])
    return found
