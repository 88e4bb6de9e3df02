"""Queues, each of one kind: encrypted, by TLS only, with how long it keeps a message and where it gives one up."""

import aws_cdk as cdk
from aws_cdk import aws_sqs as sqs
from constructs import Construct


def queue(
    scope: Construct,
    construct_id: str,
    *,
    kept_days: int,
    hidden_seconds: int | None = None,
    most_bytes: int | None = None,
    gives_up_to: sqs.IQueue | None = None,
    after_receives: int = 0,
    name: str | None = None,
) -> sqs.Queue:
    """A standard queue. A message that was received `after_receives` times in vain goes on to `gives_up_to`.

    A dead letter's age is counted from its first send, so the queue it goes to must keep it for longer. If a Lambda
    takes from a queue, AWS asks that a message is hidden six times as long as the Lambda may take, and its window.
    """
    return sqs.Queue(
        scope,
        construct_id,
        queue_name=name,
        retention_period=cdk.Duration.days(kept_days),
        visibility_timeout=None if hidden_seconds is None else cdk.Duration.seconds(hidden_seconds),
        max_message_size_bytes=most_bytes,
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        dead_letter_queue=None
        if gives_up_to is None
        else sqs.DeadLetterQueue(queue=gives_up_to, max_receive_count=after_receives),
    )
