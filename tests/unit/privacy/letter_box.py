"""Dead letters as SQS gives them, and what is sent in their place."""

# ruff: noqa: N803  # boto3 spells arguments so

from typing import Any

from functions.store.queue import REASON
from tests.aws_rules import sqs

URL = "https://dead"


class LetterBox:
    """A queue in memory. What was received is given again only once it is made visible."""

    def __init__(self) -> None:
        self.letters: dict[str, dict[str, Any]] = {}
        self.hidden: set[str] = set()
        self.sent: list[dict[str, Any]] = []
        self._count = 0

    def put(self, body: str, *, group: str = "", reason: str = "") -> str:
        """A letter as `process` or SQS leaves it; its id."""
        self._count += 1
        name = f"m{self._count:03d}"
        letter: dict[str, Any] = {"MessageId": name, "ReceiptHandle": f"r-{name}", "Body": body}
        if group:
            letter["Attributes"] = {"MessageGroupId": group}
        if reason:
            letter["MessageAttributes"] = {REASON: {"DataType": "String", "StringValue": reason}}
        self.letters[name] = letter
        return name

    def bodies(self) -> list[str]:
        return [letter["Body"] for letter in self.letters.values()]

    def receive_message(self, *, QueueUrl: str, **request: Any) -> dict[str, Any]:
        sqs.check("ReceiveMessage", {"QueueUrl": QueueUrl, **request})
        assert QueueUrl == URL
        visible = [letter for name, letter in self.letters.items() if name not in self.hidden]
        received = visible[: request["MaxNumberOfMessages"]]
        self.hidden |= {letter["MessageId"] for letter in received}
        return {"Messages": received} if received else {}

    def send_message(self, **request: Any) -> dict[str, Any]:
        sqs.check("SendMessage", request)
        self.sent.append(request)
        group, reason = request.get("MessageGroupId", ""), request.get("MessageAttributes", {}).get(REASON, {})
        self.put(request["MessageBody"], group=group, reason=reason.get("StringValue", ""))
        return {}

    def delete_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:
        assert QueueUrl == URL
        for entry in Entries:
            del self.letters[entry["ReceiptHandle"].removeprefix("r-")]
        return {"Successful": [{"Id": entry["Id"]} for entry in Entries]}

    def change_message_visibility(self, *, QueueUrl: str, ReceiptHandle: str, VisibilityTimeout: int) -> None:
        assert (QueueUrl, VisibilityTimeout) == (URL, 0)
        self.hidden.discard(ReceiptHandle.removeprefix("r-"))
