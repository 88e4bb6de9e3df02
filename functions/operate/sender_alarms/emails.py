"""Who hears by e-mail of an app's alarms: addresses that are subscribed to a topic, each for the apps that it names.

SNS sends each address a link first, and nothing else until it is opened. It knows an address once a topic, so one that
hears of several apps has one subscription that lists them (SNS, Subscribe: an endpoint that is there already with other
attributes is refused).
"""

import json
from typing import Any, Protocol

from functions.operate.errors import SenderAlarmsError

PENDING = "PendingConfirmation"  # in place of the ARN (SNS, ListSubscriptionsByTopic)
POLICY = "FilterPolicy"


class Topics(Protocol):
    """What is used of a boto3 `sns` client."""

    exceptions: Any

    def subscribe(self, **request: Any) -> Any: ...
    def unsubscribe(self, **request: Any) -> Any: ...
    def get_paginator(self, name: str) -> Any: ...
    def get_subscription_attributes(self, **request: Any) -> Any: ...
    def set_subscription_attributes(self, **request: Any) -> Any: ...


def filter_on(*apps: str) -> dict[str, str]:
    """The attributes of a subscription that hears of these apps alone."""
    return {POLICY: json.dumps({"app": sorted(apps)}), "FilterPolicyScope": "MessageBody"}


def subscribe(sns: Topics, topic: str, *, email: str, app: str) -> str:
    """Have an address hear of an app, beside those that it hears of; what comes of it, for people.

    Raises SenderAlarmsError if the address has not confirmed what it was asked before.
    """
    arn = _subscription(sns, topic, email)
    if arn is not None and arn != PENDING:
        apps = _apps(sns, arn)
        if app not in apps:
            _listen(sns, arn, apps | {app})
        return f"{email} hears of it."
    try:
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=email, Attributes=filter_on(app))
    except sns.exceptions.InvalidParameterException:
        text = f"{email} was sent a link for another app and has not opened it yet. Afterwards do this again."
        raise SenderAlarmsError(text) from None
    return f"{email} gets an e-mail with a link to confirm; until then nothing is sent there."


def unsubscribe(sns: Topics, topic: str, *, email: str, app: str) -> str:
    """Have an address hear of an app no more; what comes of it. Raises SenderAlarmsError if it does not hear of it."""
    arn = _subscription(sns, topic, email)
    if arn == PENDING:
        raise SenderAlarmsError(f"{email} has not opened its link, so nothing is sent there. It ends by itself.")
    apps = set() if arn is None else _apps(sns, arn)
    if arn is None or app not in apps:
        raise SenderAlarmsError(f"{email} does not hear of this app.")
    if apps == {app}:
        sns.unsubscribe(SubscriptionArn=arn)
    else:
        _listen(sns, arn, apps - {app})
    return f"{email} does not hear of it any more."


def _subscription(sns: Topics, topic: str, email: str) -> str | None:
    """The ARN of an address's subscription, PENDING, or None."""
    pages = sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
    subscriptions = (subscription for page in pages for subscription in page["Subscriptions"])
    return next((row["SubscriptionArn"] for row in subscriptions if row["Endpoint"].lower() == email), None)


def _apps(sns: Topics, arn: str) -> set[str]:
    attributes = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    return set(json.loads(attributes.get(POLICY, "{}")).get("app", []))


def _listen(sns: Topics, arn: str, apps: set[str]) -> None:
    sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName=POLICY, AttributeValue=filter_on(*apps)[POLICY])
