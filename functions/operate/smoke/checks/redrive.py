"""Dead letters: one is listed with its reason, put back into the queue, and stored."""

import json
import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from functions.core.jobs import job_key
from functions.core.message_format import Unreadable
from functions.core.messages import Item, Message, pack_request, unpack
from functions.http.paths import EVENTS
from functions.operate.recovery import dead_letters
from functions.operate.recovery.redrive import redrive
from functions.operate.smoke.report import Finding, compared, skipped
from functions.operate.smoke.trial import V1P2, Trial
from functions.store.queue import SqsQueue

HIDDEN_SECONDS = 5


def check(trial: Trial) -> Iterator[Finding]:
    sqs, dlq_url = trial.connection.client("sqs"), trial.connection.dlq_url
    listed, moved, stored = (
        "a dead letter is listed",
        "a dead letter is sent again",
        "a dead letter sent again is stored",
    )
    others = len(dead_letters.list_messages(sqs, dlq_url))
    if others:
        for what in (listed, moved, stored):
            yield skipped(what, "1", f"there are {others} dead letters, not of this run: see `make dlq` first")
        return
    app_id, tenant = trial.app.app.app_id, trial.app.app.tenant
    event = trial.event()
    trial.undo.later("dead letter", lambda: take_back(sqs, dlq_url, tenant))
    SqsQueue(sqs, dlq_url).send([letter(trial, event)], group=tenant)
    seen = trial.wait(
        lambda: [
            dead_letter for dead_letter in dead_letters.list_messages(sqs, dlq_url) if dead_letter.app_id == app_id
        ]
    )
    yield compared(listed, 1, len(seen))
    queue_url = trial.connection.queue_url
    again = trial.wait(lambda: redrive(sqs, dlq_url, queue_url).moved)
    yield compared(moved, 1, len(again))
    path = f"{EVENTS.template}?id={quote(event['id'], safe='')}"
    rows = trial.wait(lambda: trial.get(path).json().get("events")) or []
    trial.stored += len(rows)
    yield compared(stored, 1, len(rows))


def letter(trial: Trial, event: dict[str, Any]) -> str:
    """A message as `validate` would have sent it."""
    received_us = trial.now_us()
    message = Message(
        tenant=trial.app.app.tenant,
        app_id=trial.app.app.app_id,
        job="",
        received_us=received_us,
        sensor=trial.app.app.app_id,
        data_version=V1P2,
        items=[Item("event", json.dumps(event).encode())],
    )
    _job, (body,) = pack_request([message], key=job_key(received_us, os.urandom(8)), event_ids=[event["id"]])
    return body


def take_back(sqs: Any, url: str, tenant: str) -> None:
    """Delete this run's messages from the dead letters; others stay."""
    answer = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=HIDDEN_SECONDS, WaitTimeSeconds=1
    )
    for message in answer.get("Messages", []):
        try:
            ours = unpack(message["Body"]).tenant == tenant
        except Unreadable:
            continue
        if ours:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
