"""The queue that Canvas sends to: its name, who may send, and that nothing of it is lost without an alarm."""

from typing import Any

import pytest

from infra.config import Config
from tests.infra.conftest import Synthesised, synthesise
from tests.infra.test_permissions import LOGS, listed, statements

APP = "https://canvas.example.edu"


@pytest.fixture(scope="module")
def intake(tmp_path_factory: pytest.TempPathFactory) -> Synthesised:
    return synthesise(tmp_path_factory.mktemp("intake"), nag=True, canvas_app=APP)


def queue(synthesised: Synthesised) -> tuple[str, dict[str, Any]]:
    (named_queue,) = [
        (name, queue["Properties"])
        for name, queue in synthesised.resources("AWS::SQS::Queue").items()
        if "QueueName" in queue["Properties"]
    ]
    return named_queue


def test_without_the_setting_there_is_no_intake(production: Synthesised) -> None:
    assert "intake" not in production.functions()
    assert not [name for name in production.resources("AWS::SQS::Queue") if name.startswith("Intake")]


def test_the_queue_is_named_and_open_to_the_account_as_canvas_documents_it(intake: Synthesised) -> None:
    assert intake.findings == []
    name, properties = queue(intake)
    assert properties["QueueName"] == "canvas-live-events-Caliper"
    assert "FifoQueue" not in properties
    (policy,) = [
        policy["Properties"]["PolicyDocument"]["Statement"]
        for policy in intake.resources("AWS::SQS::QueuePolicy").values()
        if policy["Properties"]["Queues"] == [{"Ref": name}]
    ]
    (allowed,) = [statement for statement in policy if statement["Effect"] == "Allow"]
    assert allowed["Action"] == ["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage"]
    assert "636161780776:root" in str(allowed["Principal"])
    assert allowed["Resource"] == {"Fn::GetAtt": [name, "Arn"]}


def test_a_message_is_hidden_for_six_timeouts_and_a_window(intake: Synthesised) -> None:
    _, properties = queue(intake)
    timeout = intake.functions()["intake"]["Timeout"]
    mappings = intake.resources("AWS::Lambda::EventSourceMapping").values()
    (mapping,) = [
        mapping["Properties"] for mapping in mappings if "Intake" in str(mapping["Properties"]["EventSourceArn"])
    ]
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert properties["VisibilityTimeout"] >= 6 * timeout + mapping["MaximumBatchingWindowInSeconds"]


def test_the_function_sends_to_the_services_own_queue_and_reads_the_registry_only(intake: Synthesised) -> None:
    assert intake.functions()["intake"]["Environment"]["Variables"]["CANVAS_APP"] == APP
    may = {action for statement in statements(intake, "intake") for action in listed(statement["Action"])}
    consuming = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueUrl"}
    assert may == LOGS | consuming | {"sqs:GetQueueAttributes", "sqs:SendMessage", "dynamodb:BatchGetItem"}


def test_its_dead_letters_its_age_and_its_errors_raise_alarms(intake: Synthesised, production: Synthesised) -> None:
    added = intake.resources("AWS::CloudWatch::Alarm").keys() - production.resources("AWS::CloudWatch::Alarm").keys()
    by_queue = {}
    for name in added:
        properties = intake.resources("AWS::CloudWatch::Alarm")[name]["Properties"]
        (dimension,) = properties["Dimensions"]
        assert "Intake" in str(dimension["Value"])
        assert properties["AlarmActions"]
        by_queue[name.removeprefix("Monitoring")[:-8]] = (
            properties["MetricName"],
            properties["Statistic"],
            properties["Threshold"],
            properties["Period"],
            properties["EvaluationPeriods"],
            properties["ComparisonOperator"],
            properties["TreatMissingData"],
        )
    more = ("GreaterThanOrEqualToThreshold", "notBreaching")
    assert by_queue == {
        "IntakeDeadLetters": ("ApproximateNumberOfMessagesVisible", "Maximum", 1, 60, 1, *more),
        "IntakeOldestMessage": ("ApproximateAgeOfOldestMessage", "Maximum", 300, 60, 3, *more),
        "IntakeErrors": ("Errors", "Sum", 1, 300, 1, *more),
        "IntakeThrottles": ("Throttles", "Sum", 1, 300, 1, *more),
    }


@pytest.mark.parametrize("wrong", ["Canvas", "canvas.example.edu", "a b:c", "https:"])
def test_what_is_not_an_apps_id_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="is not an app's id: give the IRI that `make apps` shows"):
        Config(canvas_app=wrong)
