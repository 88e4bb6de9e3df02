"""Who hears by e-mail of an app's own alarms: a topic that gets the bus's notices of them, each for one app's owner.

`make sender-alarms EMAIL=…` subscribes an address with a filter on the app. The e-mail is the notice's detail, which is
short, and no more.
"""

from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sns as sns
from constructs import Construct


def sender_alarms_topic(scope: Construct, bus: events.IEventBus) -> sns.Topic:
    """The topic, with the rule that leads there."""
    topic = sns.Topic(scope, "SenderAlarms", enforce_ssl=True)
    rule = events.Rule(
        scope,
        "SenderAlarmsRule",
        event_bus=bus,
        description="Alarms of apps about their own sending",
        event_pattern=events.EventPattern(source=["caliper"], detail_type=["SenderAlarm"]),
    )
    rule.add_target(targets.SnsTopic(topic, message=events.RuleTargetInput.from_event_path("$.detail")))
    return topic
