"""The lake's queue: which objects of the archive are new, as S3 notifications or as an operator's request say."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

import orjson

from functions.store.archive import PREFIX

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient

BATCH_MESSAGES = 10  # SQS's limit, of a receive and of a delete
KEYS_IN_A_REQUEST = 500  # of an operator's request in one message: some 40 KB
REWRITE = "rewrite"


@dataclass(frozen=True, slots=True)
class Mail:
    """One message: the objects that it names, and whether their rows replace what is there."""

    receipt: str
    keys: tuple[str, ...]
    rewrite: bool = False


class Inbox:
    """The queue. What is not deleted comes again after its visibility timeout, and at last is a dead letter."""

    def __init__(self, client: "SQSClient", url: str, *, wait_seconds: int = 1) -> None:
        self._client, self._url, self._wait_seconds = client, url, wait_seconds

    def receive(self, *, time_left: Callable[[], bool]) -> Iterator[Mail]:
        """Messages until there are none. One that cannot be read raises: it is a dead letter in the end."""
        while time_left():
            answer = self._client.receive_message(
                QueueUrl=self._url, MaxNumberOfMessages=BATCH_MESSAGES, WaitTimeSeconds=self._wait_seconds
            )
            messages = answer.get("Messages", [])
            if not messages:
                return
            for message in messages:
                yield mail_of(message["ReceiptHandle"], message["Body"])

    def delete(self, mails: Sequence[Mail]) -> None:
        """Forget messages: all that they name is in the tables."""
        for start in range(0, len(mails), BATCH_MESSAGES):
            entries: Any = [
                {"Id": str(position), "ReceiptHandle": mail.receipt}
                for position, mail in enumerate(mails[start : start + BATCH_MESSAGES])
            ]
            self._client.delete_message_batch(QueueUrl=self._url, Entries=entries)

    def ask(self, keys: Sequence[str]) -> int:
        """Have objects loaded again, in place of what was made of them before; how many messages that took."""
        bodies = [
            orjson.dumps({"keys": keys[start : start + KEYS_IN_A_REQUEST], REWRITE: True}).decode()
            for start in range(0, len(keys), KEYS_IN_A_REQUEST)
        ]
        for body in bodies:
            self._client.send_message(QueueUrl=self._url, MessageBody=body)
        return len(bodies)


def mail_of(receipt: str, body: str) -> Mail:
    """What a message says. S3's first message to a queue is a test that names nothing."""
    said = orjson.loads(body)
    if REWRITE in said:
        return Mail(receipt, tuple(said["keys"]), rewrite=True)
    keys = [unquote_plus(record["s3"]["object"]["key"]) for record in said.get("Records", [])]
    return Mail(receipt, tuple(key for key in keys if key.startswith(PREFIX)))
