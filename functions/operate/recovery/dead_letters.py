"""Dead letters: messages that `process` could not read or store. Listed with their reasons, saved, deleted."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson

from functions.core.message_format import Unreadable
from functions.core.messages import Message, unpack
from functions.core.times import format_time
from functions.store.dead_letters.visit import Visit
from functions.store.queue import REASON
from functions.store.rows.events import fact_of_item


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """One message, and why it is here as far as can be told from it. Shows counts only, never learners' data.

    `redrivable`: whether sending it again can help.
    """

    id: str
    received_at: str = ""
    app_id: str = ""
    job: str = ""
    items: Mapping[str, int] = field(default_factory=dict)
    reason: str
    redrivable: bool


class Letters(Protocol):
    """What the messages of one dead-letter queue are."""

    def inspect(self, message: Mapping[str, Any]) -> DeadLetter: ...
    def items(self, message: Mapping[str, Any]) -> list[dict[str, str]]: ...
    def renewed(self, body: str) -> str: ...


class Received:
    """Messages of received items, which `process` could not store."""

    def inspect(self, message: Mapping[str, Any]) -> DeadLetter:
        """What a message holds, and whether it could be stored now."""
        return inspect(message)

    def items(self, message: Mapping[str, Any]) -> list[dict[str, str]]:
        """The items of a message that can be read."""
        items = unpack(message["Body"]).items
        return [{"kind": item.kind, "text": item.raw.decode("utf-8", "replace")} for item in items]

    def renewed(self, body: str) -> str:
        """The body as it is sent again: as it was."""
        return body


RECEIVED: Letters = Received()


def list_messages(sqs: Any, url: str, letters: Letters = RECEIVED) -> list[DeadLetter]:
    """Every visible dead letter, once; they stay where they are."""
    with Visit(sqs, url) as visit:
        return [letters.inspect(message) for batch in visit.batches() for message in batch]


def export(sqs: Any, url: str, letters: Letters = RECEIVED) -> Iterator[bytes]:
    """Every visible dead letter as a JSON line with its body, and with its items if it can be read."""
    with Visit(sqs, url) as visit:
        for batch in visit.batches():
            for message in batch:
                yield orjson.dumps(_line(message, letters), option=orjson.OPT_APPEND_NEWLINE)


def delete(sqs: Any, url: str, wanted: Collection[str] | None) -> list[str]:
    """Delete the dead letters of those ids (all of them if None); the ids that were deleted."""
    gone: list[str] = []
    with Visit(sqs, url) as visit:
        for batch in visit.batches():
            chosen = [message for message in batch if wanted is None or message["MessageId"] in wanted]
            gone += visit.delete(chosen)
    return gone


def inspect(message: Mapping[str, Any]) -> DeadLetter:
    """What a message holds, and whether it could be stored now."""
    noted = message.get("MessageAttributes", {}).get(REASON, {}).get("StringValue", "")
    try:
        content = unpack(message["Body"])
    except Unreadable as error:
        return DeadLetter(
            id=message["MessageId"],
            reason=f"It cannot be read: {noted or error}. Sending it again does not help, because this version did not "
            "write it. Keep it in a file (`make dlq FILE=…`), then delete it (`make dlq-delete ID=…`).",
            redrivable=False,
        )
    unplaceable = sum(not _can_be_placed(content, index) for index in range(len(content.items)))
    reason = "It can be stored: AWS was failing or the processor was killed each time. Send it again: `make redrive`."
    if noted:
        reason = f"It could not be read ({noted}) and now it can. Send it again: `make redrive`."
    if unplaceable:
        reason = f"{unplaceable} of its items cannot be placed; sent again, they go to quarantine and the rest through."
    return DeadLetter(
        id=message["MessageId"],
        received_at=format_time(content.received_us),
        app_id=content.app_id,
        job=content.job,
        items=dict(Counter(item.kind for item in content.items)),
        reason=reason,
        redrivable=True,
    )


def _line(message: Mapping[str, Any], letters: Letters) -> dict[str, Any]:
    letter = letters.inspect(message)
    line: dict[str, Any] = {
        "id": letter.id,
        "receivedAt": letter.received_at,
        "appId": letter.app_id,
        "jobId": letter.job,
        "reason": letter.reason,
        "body": message["Body"],
    }
    if letter.redrivable:
        line["items"] = letters.items(message)
    return line


def _can_be_placed(message: Message, index: int) -> bool:
    item = message.items[index]
    if item.kind == "rejection":
        return True
    try:
        fact_of_item(item, message)
    except Exception:  # noqa: BLE001  for any reason for which `process` would reject it
        return False
    return True
