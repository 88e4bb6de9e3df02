"""Every alarm in full, and that each reaches its subscribers: what it watches, of which resource, and when it rings."""

import json
import re
from typing import Any, NamedTuple

import pytest

from functions.metrics import METRICS
from infra.config import Config
from tests.bench.cost import ALARMS, FILTERS
from tests.infra.conftest import Synthesised, logical_id_of_queue, synthesise
from tests.infra.test_permissions import listed

QUEUES = {
    "Queue": "queue", "DeadLetters": "dead letters", "DeliverQueue": "deliveries", "DeliverDeadLetters": "given up",
    "ImporterQueue": "dropped files", "ImporterDeadLetters": "dead letters of the importer",
    "PersonRequestDeadLetters": "dead letters of privacy", "PersonRequests": "requests about people",
}  # fmt: skip
MORE, LESS = "GreaterThanOrEqualToThreshold", "LessThanThreshold"


class Alarm(NamedTuple):
    """As CloudWatch takes it. `source` names each dimension and the resource of the template that it stands for."""

    metric: str
    source: dict[str, str]
    statistic: str
    threshold: float
    period_s: int = 300
    periods: int = 1
    datapoints: int = 1
    comparison: str = MORE
    missing: str = "notBreaching"


def table() -> dict[str, Alarm]:
    expected = {
        "DeadLetters": Alarm(
            "AWS/SQS ApproximateNumberOfMessagesVisible", {"QueueName": "dead letters"}, "Maximum", 1, period_s=60
        ),
        "ImporterDeadLetters": Alarm(
            "AWS/SQS ApproximateNumberOfMessagesVisible",
            {"QueueName": "dead letters of the importer"},
            "Maximum",
            1,
            period_s=60,
        ),
        "PersonRequestDeadLetters": Alarm(
            "AWS/SQS ApproximateNumberOfMessagesVisible",
            {"QueueName": "dead letters of privacy"},
            "Maximum",
            1,
            period_s=60,
        ),
        "OldestMessage": Alarm(
            "AWS/SQS ApproximateAgeOfOldestMessage",
            {"QueueName": "queue"},
            "Maximum",
            300,
            period_s=60,
            periods=3,
            datapoints=3,
        ),
        "ServerErrors": Alarm("AWS/ApiGateway 5xx", {"ApiId": "api"}, "Sum", 1),
        "SweepsMissing": Alarm(
            "AWS/Lambda Invocations", {"FunctionName": "timeout"}, "Sum", 1, comparison=LESS, missing="breaching"
        ),
        "ProcessPartialFailures": Alarm("Caliper ProcessFailures", {}, "Sum", 1),
        "TimeoutPartialFailures": Alarm("Caliper TimeoutFailures", {}, "Sum", 1),
        "DeliverDeadLetters": Alarm(
            "AWS/SQS ApproximateNumberOfMessagesVisible", {"QueueName": "given up"}, "Maximum", 1, period_s=60
        ),
    }
    for name in (
        *("authorize", "validate", "process", "timeout", "query"),
        *("backup", "manage", "deliver", "importer", "privacy"),
    ):
        source = {"FunctionName": name}
        expected[f"{name.capitalize()}Errors"] = Alarm("AWS/Lambda Errors", source, "Sum", 1)
        expected[f"{name.capitalize()}Throttles"] = Alarm("AWS/Lambda Throttles", source, "Sum", 1)
    return expected


def sources(synthesised: Synthesised) -> dict[str, str]:
    """What to call the resources that an alarm may watch, by their logical ids."""
    names = dict.fromkeys(synthesised.resources("AWS::ApiGatewayV2::Api"), "api")
    names |= {logical_id_of_queue(synthesised, name): label for name, label in QUEUES.items()}
    for name, resource in synthesised.resources("AWS::Lambda::Function").items():
        names[name] = resource["Properties"]["Handler"].split(".")[1]
    return names


def logical_id(value: dict[str, Any]) -> str:
    """Of the resource that a dimension names: a queue's name is an attribute of it, other names are references."""
    return str(value["Ref"] if "Ref" in value else value["Fn::GetAtt"][0])


def alarms(synthesised: Synthesised) -> dict[str, Alarm]:
    """By their own names: a logical id has the construct's before it and eight characters of a hash after it."""
    named = sources(synthesised)
    by_name = {}
    for name, resource in synthesised.resources("AWS::CloudWatch::Alarm").items():
        properties = resource["Properties"]
        dimensions = properties.get("Dimensions", [])
        by_name[name.removeprefix("Monitoring")[:-8]] = Alarm(
            metric=f"{properties['Namespace']} {properties['MetricName']}",
            source={dimension["Name"]: named[logical_id(dimension["Value"])] for dimension in dimensions},
            statistic=properties["Statistic"],
            threshold=properties["Threshold"],
            period_s=properties["Period"],
            periods=properties["EvaluationPeriods"],
            datapoints=properties["DatapointsToAlarm"],
            comparison=properties["ComparisonOperator"],
            missing=properties["TreatMissingData"],
        )
    return by_name


def test_whatever_loses_or_delays_events_raises_an_alarm_and_each_alarm_is_in_the_table(
    production: Synthesised,
) -> None:
    assert alarms(production) == table()
    for resource in production.resources("AWS::CloudWatch::Alarm").values():
        assert resource["Properties"]["AlarmDescription"]
        assert resource["Properties"].get("ActionsEnabled", True)
    assert production.only("AWS::CloudWatch::Dashboard")


def test_as_many_alarms_and_metrics_are_billed_as_there_are(production: Synthesised) -> None:
    assert len(production.resources("AWS::CloudWatch::Alarm")) == ALARMS
    filters = production.resources("AWS::Logs::MetricFilter").values()
    # One with a dimension by app is billed for each app that has a value.
    unconditional = [
        metric_filter
        for metric_filter in filters
        if "Dimensions" not in metric_filter["Properties"]["MetricTransformations"][0]
    ]
    assert len(unconditional) == FILTERS


def test_every_metric_of_the_service_is_published_under_the_name_of_the_stack_and_is_on_the_dashboard(
    production: Synthesised,
) -> None:
    for function in production.resources("AWS::Lambda::Function").values():
        assert function["Properties"]["Environment"]["Variables"]["POWERTOOLS_METRICS_NAMESPACE"] == "Caliper"
    body = json.dumps(production.only("AWS::CloudWatch::Dashboard")["DashboardBody"])
    drawn = set(re.findall(r'\["Caliper","(\w+)","service","(\w+)"', body.replace('\\"', '"')))
    assert drawn == {(metric.name, metric.service) for metric in METRICS}


def test_the_service_has_at_most_ten_metrics_of_its_own() -> None:
    assert len({(metric.name, metric.service) for metric in METRICS}) + FILTERS <= 10


def test_every_alarm_may_publish_to_its_topic(production: Synthesised) -> None:
    """From each alarm to its topic, to the topic's policy, to an Allow for CloudWatch on behalf of this account."""
    allowed = []
    for policy in production.resources("AWS::SNS::TopicPolicy").values():
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            if (
                statement["Effect"] == "Allow"
                and statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
                and "sns:Publish" in listed(statement["Action"])
                and statement["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
            ):
                allowed += [topic for topic in policy["Properties"]["Topics"] if topic in listed(statement["Resource"])]
    assert allowed
    for name, resource in production.resources("AWS::CloudWatch::Alarm").items():
        assert resource["Properties"]["AlarmActions"], name
        for action in resource["Properties"]["AlarmActions"]:
            assert action["Ref"] in production.resources("AWS::SNS::Topic")
            assert action in allowed, f"{name} may not publish to {action['Ref']}"


def test_an_email_address_is_subscribed_if_one_is_given(
    production: Synthesised, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not production.resources("AWS::SNS::Subscription")
    monkeypatch.setenv("ALARM_EMAIL", "alarms@example.org")
    template = synthesise(tmp_path, stage="local")
    (topic,) = (name for name in template.resources("AWS::SNS::Topic") if name.startswith("Monitoring"))
    subscribed = {"Protocol": "email", "Endpoint": "alarms@example.org", "TopicArn": {"Ref": topic}}
    assert template.only("AWS::SNS::Subscription") == subscribed


@pytest.mark.parametrize(
    "wrong", ["alarms", "alarms@host", "Alarms <a@example.org>", "a@example.org,b@example.org", "@"]
)
def test_what_is_no_email_address_is_refused_with_words(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"is not an email address such as alarms@example\.org"):
        Config(alarm_email=wrong)


def test_requests_of_an_app_over_its_budget_are_a_metric_by_app(production: Synthesised) -> None:
    filters = [
        metric_filter["Properties"] for metric_filter in production.resources("AWS::Logs::MetricFilter").values()
    ]
    (over_budget,) = (metric_filter for metric_filter in filters if "over budget" in metric_filter["FilterPattern"])
    (transformation,) = over_budget["MetricTransformations"]
    assert transformation["Dimensions"] == [{"Key": "app", "Value": "$.app"}]
