"""Alarms: one that is set off reaches a subscriber of the topic, and CloudWatch was allowed to tell."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from functions.operate.smoke.listener import Listener
from functions.operate.smoke.report import Finding, compared, skipped
from functions.operate.smoke.trial import Trial

AGAIN_SECONDS = 30  # a new subscription takes a while; a notice that it misses does not come again
REASON = "make smoke sets it off to see whether its notice arrives"


def check(trial: Trial) -> Iterator[Finding]:
    cloudwatch = trial.connection.client("cloudwatch")
    alarm = trial.deployment.physical_id("AWS::CloudWatch::Alarm", "MonitoringDeadLetters")
    what, expected = "the notice of the alarm DeadLetters", "heard by a subscriber"
    (state,) = cloudwatch.describe_alarms(AlarmNames=[alarm])["MetricAlarms"]
    if state["StateValue"] == "ALARM":
        yield skipped(what, expected, "it is in ALARM already: there are dead letters (make dlq)")
        return
    began_us = trial.now_us()
    listener = _subscribed(trial)
    trial.undo.later("state of the alarm", lambda: _set(cloudwatch, alarm, "OK"))
    heard = False
    while not heard and trial.now_us() - began_us < trial.patience_seconds * 1e6:
        _set(cloudwatch, alarm, "OK")  # only a change is reported
        _set(cloudwatch, alarm, "ALARM")
        heard = trial.wait(lambda: any(_is_of(alarm, notice) for notice in listener.heard()), seconds=AGAIN_SECONDS)
    seconds = (trial.now_us() - began_us) / 1e6
    yield compared(what, expected, f"{'heard' if heard else 'not heard'} in {seconds:.0f} s", holds=heard)
    history = cloudwatch.describe_alarm_history(
        AlarmName=alarm, HistoryItemType="Action", StartDate=datetime.fromtimestamp(began_us / 1e6, UTC)
    )["AlarmHistoryItems"]
    refused = sum("not authorized" in json.dumps(notice, default=str).lower() for notice in history)
    yield compared("notices that CloudWatch was not allowed to send", 0, refused)


def _set(cloudwatch: Any, alarm: str, state: str) -> None:
    cloudwatch.set_alarm_state(AlarmName=alarm, StateValue=state, StateReason=REASON)


def _is_of(alarm: str, notice: dict[str, Any]) -> bool:
    """SNS puts what it was given into `Message`, as text."""
    try:
        notice_body = json.loads(str(notice.get("Message")))
        return bool(notice_body["AlarmName"] == alarm and notice_body["NewStateValue"] == "ALARM")
    except (ValueError, LookupError, TypeError):
        return False


def _subscribed(trial: Trial) -> Listener:
    sns, topic = trial.connection.client("sns"), trial.deployment.output("AlarmTopicArn")
    listener = Listener(trial, trial.connection.client("sqs"))
    listener.admit("sns.amazonaws.com", topic)
    trial.undo.later("subscription of the alarms", lambda: _unsubscribe(sns, topic, listener.arn))
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=listener.arn, ReturnSubscriptionArn=True)
    return listener


def _unsubscribe(sns: Any, topic: str, endpoint: str) -> None:
    for page in sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic):
        for subscription in page["Subscriptions"]:
            if subscription["Endpoint"] == endpoint:
                sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
