"""A queue of one smoke run, at which what AWS says to a subscriber is heard."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

from functions.operate.smoke.trial import Trial

WAIT_SECONDS = 2


class Listener:
    """A new queue, removed at the end of the run."""

    def __init__(self, trial: Trial, sqs: Any) -> None:
        self._sqs = sqs
        name = f"smoke-{uuid.uuid4()}"
        trial.undo.later(f"queue {name}", lambda: self._delete(name))
        self.url = sqs.create_queue(QueueName=name, Attributes={"MessageRetentionPeriod": "3600"})["QueueUrl"]
        attributes = sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])
        self.arn: str = attributes["Attributes"]["QueueArn"]

    def admit(self, service: str, source_arn: str) -> None:
        """Let an AWS service send here on behalf of one resource."""
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": "sqs:SendMessage",
            "Resource": self.arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": source_arn}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self._sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": policy})

    def heard(self) -> Iterator[dict[str, Any]]:
        """What has come since, each once; of what is no JSON object, nothing."""
        answer = self._sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=WAIT_SECONDS)
        for message in answer.get("Messages", []):
            self._sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
            try:
                read = json.loads(message["Body"])
            except ValueError:
                continue
            if isinstance(read, dict):
                yield read

    def _delete(self, name: str) -> None:
        """By its name: it may have been made though the answer that tells its address did not come."""
        try:
            url = self._sqs.get_queue_url(QueueName=name)["QueueUrl"]
        except self._sqs.exceptions.QueueDoesNotExist:
            return
        self._sqs.delete_queue(QueueUrl=url)
