"""Dead letters: what could not be stored lies there for two weeks. What is of the learner is taken out of each.

A redrive stores nothing of an erased person anyway (`functions.storing.suppression`).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from functions.core.message_format import Unreadable
from functions.core.messages import pack, unpack
from functions.core.privacy.message import message_without_erased
from functions.privacy.erasure_context import Erasing
from functions.store.dead_letters.visit import Visit
from functions.store.queue import REASON


def erase_from_dead_letters(erasing: Erasing) -> Iterator[tuple[str, int]]:
    """Every dead letter that holds or names the learner: sent again without that, then deleted."""
    if erasing.doors.dead_letters is None:
        return
    sqs, url = erasing.doors.dead_letters
    with Visit(sqs, url) as visit:
        for batch in visit.batches():
            for letter in batch:
                try:
                    message = unpack(letter["Body"])
                except Unreadable:
                    yield "dead letters that cannot be read", 1
                    continue
                kept = message_without_erased(message, erasing.erased) if message.tenant == erasing.tenant else message
                if kept is message:
                    continue
                yield "dead letters", 1
                if erasing.applies:
                    if any(item.kind != "erased" for item in kept.items):
                        _send(sqs, url, letter, pack(kept))
                    visit.delete([letter])


def _send(sqs: Any, url: str, letter: Mapping[str, Any], body: str) -> None:
    """The letter with another body: its group and the reason why it lies there are as they were."""
    group = letter.get("Attributes", {}).get("MessageGroupId")
    reason = letter.get("MessageAttributes", {}).get(REASON)
    message: dict[str, Any] = {"QueueUrl": url, "MessageBody": body}
    if group:
        message["MessageGroupId"] = group
    if reason:
        message["MessageAttributes"] = {REASON: {"DataType": "String", "StringValue": reason["StringValue"]}}
    sqs.send_message(**message)
