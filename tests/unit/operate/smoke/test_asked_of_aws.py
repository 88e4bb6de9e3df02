"""What each check asks of AWS, in full and in order, up to the removal of what it made."""

import json
import re
from datetime import UTC, datetime
from typing import Any

from functions.core.messages import unpack
from functions.operate.smoke.checks import account, alarms, redrive, sessions, storage, sweeps
from functions.operate.smoke.trial import Check, Trial
from tests.unit.operate.smoke.aws import APP, OUTPUTS, asked_of, trial_of
from tests.unit.operate.smoke.clients import Queues
from tests.unit.operate.smoke.test_aws_checks import (
    Alarms,
    DeadQueues,
    account_trial,
    redrive_trial,
    sessions_trial,
    storage_trial,
    sweeps_trial,
)

TOPIC = OUTPUTS["AlarmTopicArn"]
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
QUEUE, RULE = "https://smoke-UUID", "smoke-UUID"


def done(check: Check, trial: Trial) -> Trial:
    """The trial after a check and the removal of what it made."""
    assert list(check(trial))
    trial.undo.now()
    return trial


def requests_of(trial: Trial, service: str) -> list[tuple[str, Any]]:
    """What was asked, with one word for every id that is made up, and JSON that is sent as text read."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: plain(child) for name, child in value.items()}
        if isinstance(value, list):
            return [plain(child) for child in value]
        if isinstance(value, str):
            return plain(json.loads(value)) if value.startswith("{") else UUID.sub("UUID", value)
        return value

    return [(operation, plain(request)) for operation, request in asked_of(trial, service)]


def listener(service: str, source: str, heard: int = 1) -> list[tuple[str, Any]]:
    """What is asked of SQS to hear what a service says: a queue, who may send to it, and its end."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sqs:SendMessage",
        "Resource": f"arn:{QUEUE}",
        "Condition": {"ArnEquals": {"aws:SourceArn": source}},
    }
    return [
        ("create_queue", {"QueueName": "smoke-UUID", "Attributes": {"MessageRetentionPeriod": "3600"}}),
        ("get_queue_attributes", {"QueueUrl": QUEUE, "AttributeNames": ["QueueArn"]}),
        (
            "set_queue_attributes",
            {"QueueUrl": QUEUE, "Attributes": {"Policy": {"Version": "2012-10-17", "Statement": [statement]}}},
        ),
        ("receive_message", {"QueueUrl": QUEUE, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 2}),
        *(("delete_message", {"QueueUrl": QUEUE, "ReceiptHandle": f"m{number}"}) for number in range(1, heard + 1)),
        ("get_queue_url", {"QueueName": "smoke-UUID"}),
        ("delete_queue", {"QueueUrl": QUEUE}),
    ]


def test_the_account_is_asked_for_its_bootstrap_and_its_quota() -> None:
    trial = done(account.check, account_trial())
    assert requests_of(trial, "ssm") == [("get_parameter", {"Name": "/cdk-bootstrap/hnb659fds/version"})]
    assert requests_of(trial, "lambda") == [("get_account_settings", {})]


def test_a_subscriber_of_the_bus_hears_of_the_runs_own_app_alone_and_leaves_nothing() -> None:
    trial = done(sessions.check, sessions_trial("SessionStarted")[0])
    assert requests_of(trial, "sqs") == listener("events.amazonaws.com", f"arn:rule/{RULE}")
    pattern = {"source": ["caliper"], "detail": {"app": [APP.app_id]}}
    target = {"Id": "smoke", "Arn": f"arn:{QUEUE}"}
    assert requests_of(trial, "events") == [
        ("put_rule", {"Name": RULE, "EventBusName": "bus", "EventPattern": pattern}),
        ("put_targets", {"Rule": RULE, "EventBusName": "bus", "Targets": [target]}),
        ("remove_targets", {"Rule": RULE, "EventBusName": "bus", "Ids": ["smoke"]}),
        ("delete_rule", {"Name": RULE, "EventBusName": "bus"}),
    ]


def test_table_and_archive_are_only_looked_at() -> None:
    trial = done(storage.check, storage_trial())
    assert requests_of(trial, "dynamodb") == [
        ("describe_time_to_live", {"TableName": "table"}),
        ("describe_continuous_backups", {"TableName": "table"}),
        ("describe_table", {"TableName": "table"}),
    ]
    after = "archive/day=20260127/1769508120000000"  # a minute before the event was sent
    assert requests_of(trial, "s3") == [
        ("list_objects_v2", {"Bucket": "bucket", "Prefix": "archive/", "StartAfter": after}),
        ("get_object", {"Bucket": "bucket", "Key": "archive/day=20260127/x"}),
    ]


def test_runs_and_failures_of_the_sweep_are_counted_over_five_minutes() -> None:
    trial = done(sweeps.check, sweeps_trial())
    counted = {
        "Namespace": "AWS/Lambda",
        "Dimensions": [{"Name": "FunctionName", "Value": "sweeper"}],
        "StartTime": datetime(2026, 1, 27, 9, 58, tzinfo=UTC),
        "EndTime": datetime(2026, 1, 27, 10, 4, tzinfo=UTC),
        "Period": 60,
        "Statistics": ["Sum"],
    }
    assert requests_of(trial, "cloudwatch") == [
        ("get_metric_statistics", counted | {"MetricName": name}) for name in ("Invocations", "Errors")
    ]
    assert requests_of(trial, "lambda") == [("get_function_event_invoke_config", {"FunctionName": "sweeper"})]


def test_the_alarm_is_set_off_for_a_subscriber_and_set_back() -> None:
    queues = Queues()
    aws = Alarms(queues)
    trial = done(alarms.check, trial_of(cloudwatch=aws, sns=aws, sqs=queues))

    def to(state: str) -> tuple[str, dict[str, str]]:
        return "set_alarm_state", {"AlarmName": "dead", "StateValue": state, "StateReason": alarms.REASON}

    began = datetime(2026, 1, 27, 10, 3, tzinfo=UTC)
    assert requests_of(trial, "cloudwatch") == [
        ("describe_alarms", {"AlarmNames": ["dead"]}),
        to("OK"),
        to("ALARM"),
        ("describe_alarm_history", {"AlarmName": "dead", "HistoryItemType": "Action", "StartDate": began}),
        to("OK"),
    ]
    assert requests_of(trial, "sns") == [
        (
            "subscribe",
            {"TopicArn": TOPIC, "Protocol": "sqs", "Endpoint": f"arn:{QUEUE}", "ReturnSubscriptionArn": True},
        ),
        ("list_subscriptions_by_topic", {"TopicArn": TOPIC}),
        ("unsubscribe", {"SubscriptionArn": f"arn:{QUEUE}"}),
    ]
    assert requests_of(trial, "sqs") == listener("sns.amazonaws.com", TOPIC)


def test_the_dead_letter_is_as_validate_sends_messages() -> None:
    trial = redrive_trial(DeadQueues())
    sent_us = trial.now_us()
    asked_for = asked_of(done(redrive.check, trial), "sqs")
    sends = [request for operation, request in asked_for if operation == "send_message_batch"]
    assert [request["QueueUrl"] for request in sends] == ["https://dead", "https://queue"]
    (first,), (again,) = (request["Entries"] for request in sends)
    assert first["MessageGroupId"] == APP.tenant
    assert again["MessageBody"] == first["MessageBody"]
    message = unpack(first["MessageBody"])
    assert (message.tenant, message.app_id, message.sensor) == (APP.tenant, APP.app_id, APP.app_id)
    assert (message.received_us, message.data_version) == (sent_us, "http://purl.imsglobal.org/ctx/caliper/v1p2")
    assert [item.kind for item in message.items] == ["event"]
    assert message.job
    last = {"MaxNumberOfMessages": 10, "VisibilityTimeout": 5, "WaitTimeSeconds": 1}
    assert asked_for[-1] == ("receive_message", {"QueueUrl": "https://dead", **last})
