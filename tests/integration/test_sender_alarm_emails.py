"""An address hears by e-mail of the apps that it is subscribed for, with SNS' own rules (over moto)."""

import json
from typing import Any

import boto3
import pytest

from functions.operate.errors import SenderAlarmsError
from functions.operate.sender_alarms.emails import PENDING, filter_on, subscribe, unsubscribe
from functions.store.bus import sender_alarm
from tests.aws import REGION, mocked

ADA, APP, OTHER = "ada@example.org", "https://learn.example.org/app", "https://lms.example.org/app"


@pytest.fixture
def sns(monkeypatch: pytest.MonkeyPatch) -> Any:
    with mocked(monkeypatch):
        yield boto3.client("sns", region_name=REGION)


@pytest.fixture
def topic(sns: Any) -> str:
    return str(sns.create_topic(Name="alarms")["TopicArn"])


def heard_of(sns: Any, topic: str) -> list[list[str]]:
    """The apps of each subscription."""
    arns = [row["SubscriptionArn"] for row in sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]]
    policies = [sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["FilterPolicy"] for arn in arns]
    return [json.loads(policy)["app"] for policy in policies]


def test_an_address_hears_of_several_apps_by_one_subscription(sns: Any, topic: str) -> None:
    assert "link to confirm" in subscribe(sns, topic, email=ADA, app=APP)
    for app in (OTHER, APP, OTHER):
        assert "hears of it" in subscribe(sns, topic, email=ADA, app=app)
    assert heard_of(sns, topic) == [[APP, OTHER]]
    unsubscribe(sns, topic, email=ADA, app=APP)
    assert heard_of(sns, topic) == [[OTHER]]
    unsubscribe(sns, topic, email=ADA, app=OTHER)
    assert heard_of(sns, topic) == []
    with pytest.raises(SenderAlarmsError, match="does not hear"):
        unsubscribe(sns, topic, email=ADA, app=OTHER)


def test_an_address_that_has_not_confirmed_is_said_to_confirm_first(
    sns: Any, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As SNS lists it, and refuses other attributes for it."""
    listed = {"Subscriptions": [{"SubscriptionArn": PENDING, "Endpoint": ADA}]}

    def refuse(**_: Any) -> None:
        raise sns.exceptions.InvalidParameterException({"Error": {"Code": "InvalidParameter"}}, "Subscribe")

    class Pages:
        def paginate(self, **_: Any) -> list[Any]:
            return [listed]

    monkeypatch.setattr(sns, "get_paginator", lambda _name: Pages())
    monkeypatch.setattr(sns, "subscribe", refuse)
    for change in (subscribe, unsubscribe):
        with pytest.raises(SenderAlarmsError, match="not opened"):
            change(sns, topic, email=ADA, app=OTHER)


def test_a_subscription_lets_through_the_notices_of_its_app_alone(sns: Any, topic: str) -> None:
    """With a queue in the place of the address: the attributes are those of an e-mail."""
    sqs = boto3.client("sqs", region_name=REGION)
    url = sqs.create_queue(QueueName="mail")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=filter_on(APP))
    for app in (APP, OTHER):
        _, detail = sender_alarm(app=app, alarm="silent", state="ringing", message="Nothing came.", since="now")
        sns.publish(TopicArn=topic, Message=json.dumps(detail))
    (message,) = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert json.loads(json.loads(message["Body"])["Message"])["app"] == APP
