"""Redrive: dead letters back into the queue.

Safe however often: storing is idempotent. It is a receive and a send, not SQS's move task, so that single messages can
be chosen, and so that it works on a laptop.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from functions.operate.recovery.dead_letters import RECEIVED, Letters
from functions.store.dead_letters.visit import Visit
from functions.store.queue import batches


@dataclass(frozen=True, slots=True)
class Redriven:
    """The ids that are back in the queue, and the others with the reason why they stay."""

    moved: list[str] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)


def redrive(
    sqs: Any,
    dead_letters_url: str,
    queue_url: str,
    wanted: Collection[str] | None = None,
    letters: Letters = RECEIVED,
) -> Redriven:
    """Move the dead letters of those ids (all of them if None) back into the queue.

    One that no version can help stays, and so does one that SQS does not take: it is deleted here only after it was
    sent.
    """
    result = Redriven()
    with Visit(sqs, dead_letters_url) as visit:
        for batch in visit.batches():
            chosen = []
            for message in batch:
                if wanted is not None and message["MessageId"] not in wanted:
                    continue
                letter = letters.inspect(message)
                if letter.redrivable:
                    chosen.append(message)
                else:
                    result.kept[letter.id] = letter.reason
            # ten large ones are more than SQS takes in one call
            for positions in batches([message["Body"] for message in chosen]):
                part = [chosen[position] for position in positions]
                refused = _send(sqs, queue_url, part, letters)
                visit.delete([message for message in part if message["MessageId"] not in refused])
                result.kept.update(refused)
                result.moved.extend(message["MessageId"] for message in part if message["MessageId"] not in refused)
    return result


def _send(sqs: Any, url: str, messages: list[dict[str, Any]], letters: Letters) -> dict[str, str]:
    """Send these messages on; the ids of those that SQS did not take, each with its reason."""
    entries = [
        {
            "Id": str(number),
            "MessageBody": letters.renewed(message["Body"]),
            "MessageGroupId": message.get("Attributes", {}).get("MessageGroupId", "redrive"),
        }
        for number, message in enumerate(messages)
    ]
    answer = sqs.send_message_batch(QueueUrl=url, Entries=entries)
    sent = {int(done["Id"]) for done in answer.get("Successful", [])}
    codes = {int(failed["Id"]): failed.get("Code", "no code") for failed in answer.get("Failed", [])}
    return {
        message["MessageId"]: f"SQS did not take it ({codes.get(number, 'no answer')}). It stays: `make redrive` again."
        for number, message in enumerate(messages)
        if number not in sent
    }
