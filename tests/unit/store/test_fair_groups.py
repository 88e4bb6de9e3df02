"""Each message says in which group it waits: a busy app holds up no other app, a slow webhook no other webhook."""

from collections.abc import Callable
from typing import Any

import pytest

from functions.core.messages import Message, pack
from functions.core.webhooks.delivery import Delivery
from functions.operate.recovery.redrive import redrive
from functions.store.queue import SqsDeadLetters, SqsQueue
from functions.store.webhooks.delivery_queue import SqsDeliveryQueue, SqsGivenUp

GROUP = "MessageGroupId"


class Sqs:
    """Takes every message."""

    def __init__(self) -> None:
        self.groups: list[str | None] = []

    def send_message(self, **message: Any) -> dict[str, Any]:
        self.groups.append(message.get("MessageGroupId"))
        return {}

    def send_message_batch(self, **request: Any) -> dict[str, Any]:
        self.groups += [entry.get("MessageGroupId") for entry in request["Entries"]]
        return {}


def delivery(webhook: str) -> Delivery:
    return Delivery(tenant="an-app", webhook=webhook, key="archive/an-object")


def record(attributes: dict[str, str]) -> dict[str, Any]:
    return {"messageId": "1", "body": "text", "attributes": attributes}


@pytest.mark.parametrize(
    ("send", "groups"),
    [
        (lambda sqs: SqsQueue(sqs, "url").send(["one", "two"], group="an-app"), ["an-app", "an-app"]),
        (
            lambda sqs: SqsDeliveryQueue(sqs, "url").send([delivery("first"), delivery("second")], now_us=0),
            ["first", "second"],
        ),
        (lambda sqs: SqsGivenUp(sqs, "url").put(delivery("first")), ["first"]),
        (lambda sqs: SqsDeadLetters(sqs, "url").move(record({"MessageGroupId": "an-app"}), "why"), ["an-app"]),
        (lambda sqs: SqsDeadLetters(sqs, "url").move(record({}), "why"), [None]),
    ],
    ids=["queue", "deliveries", "given up", "dead letters", "dead letters of a message without a group"],
)
def test_a_message_waits_in_the_group_of_its_app_or_webhook(
    send: Callable[[Any], object], groups: list[str | None]
) -> None:
    sqs = Sqs()
    send(sqs)
    assert sqs.groups == groups


class Letters(Sqs):
    """Holds dead letters by their groups; tells of a message what it is asked for."""

    def __init__(self, *groups: str) -> None:
        super().__init__()
        body = pack(Message(tenant="t", app_id="urn:app", job="j" * 22, received_us=1, items=[]))
        self._letters = [
            {"MessageId": str(number), "ReceiptHandle": str(number), "Body": body, "Attributes": {GROUP: group}}
            for number, group in enumerate(groups)
        ]

    def receive_message(self, **request: Any) -> dict[str, Any]:
        letters, self._letters = self._letters, []
        is_wanted = GROUP in request.get("MessageSystemAttributeNames", ())
        return {"Messages": [letter if is_wanted else {**letter, "Attributes": {}} for letter in letters]}

    def send_message_batch(self, **request: Any) -> dict[str, Any]:
        super().send_message_batch(**request)
        return {"Successful": [{"Id": entry["Id"]} for entry in request["Entries"]]}

    def delete_message_batch(self, **request: Any) -> dict[str, Any]:
        return {"Successful": [{"Id": entry["Id"]} for entry in request["Entries"]]}


def test_a_dead_letter_goes_back_into_the_group_that_it_came_from() -> None:
    sqs = Letters("an-app", "another-app#import", "an-app")
    assert redrive(sqs, "dead", "queue").moved == ["0", "1", "2"]
    assert sqs.groups == ["an-app", "another-app#import", "an-app"]
