"""The lake in the template: what it may do, when it runs, what it costs at most, and that it can be left out."""

import tempfile
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from functions.lake.settings import LakeSettings
from functions.store import keys
from functions.store.erasure.rows import until_key
from functions.store.rows.webhooks.webhooks import active_key
from tests.infra.conftest import Synthesised, logical_id_of_queue, synthesise
from tests.infra.test_permissions import LOGS, listed, statements

ALLOWED = {
    *("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"),
    *("sqs:ReceiveMessage", "sqs:DeleteMessage"),
    *("glue:GetTable", "glue:CreateTable", "glue:UpdateTable"),
    *("dynamodb:Query", "dynamodb:BatchGetItem", "dynamodb:PutItem"),
}
OF_POWERTOOLS = {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_LOG_LEVEL", "POWERTOOLS_METRICS_NAMESPACE"}


@pytest.fixture
def lake(production: Synthesised) -> Synthesised:
    return production.of_lake()


def granted(lake: Synthesised, action: str) -> list[dict[str, Any]]:
    return [statement for statement in statements(lake, "lake") if action in listed(statement["Action"])]


def test_the_lake_may_do_what_it_does_and_no_more(lake: Synthesised) -> None:
    actions = {action for statement in statements(lake, "lake") for action in listed(statement["Action"])}
    assert actions == ALLOWED | LOGS
    assert not [statement for statement in statements(lake, "lake") if "*" in listed(statement["Resource"])]


def test_of_the_archive_it_reads_objects_and_of_the_registry_apps_and_its_secret(lake: Synthesised) -> None:
    for statement in granted(lake, "s3:PutObject") + granted(lake, "s3:DeleteObject"):
        assert "Lake" in str(statement["Resource"])
        assert "/archive/*" not in str(statement["Resource"])
    read = [keys.APPS, keys.LAKE, "*#H", "*#P#*", "GONE#*"]
    for action, partitions in (("dynamodb:PutItem", [keys.LAKE]), ("dynamodb:BatchGetItem", read)):
        (statement,) = granted(lake, action)
        assert statement["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": partitions}}
        assert "StorageRegistry" in str(statement["Resource"])
    for key_of in (active_key, until_key):  # what a registration is read from
        assert any(fnmatch(key_of("t")[0], pattern) for pattern in read)
    query, erasures = granted(lake, "dynamodb:Query")
    assert erasures["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["GONE#*"]}}
    assert str(query["Resource"]).count(f"/index/{keys.BY_ID}") == 2  # of events, and of people with several ids


def test_its_environment_is_what_its_settings_read(lake: Synthesised) -> None:
    environment = lake.functions()["lake"]["Environment"]["Variables"]
    settings = LakeSettings.read({key: str(value) for key, value in environment.items()})
    assert set(settings.environment()) == set(environment) - OF_POWERTOOLS


def test_it_runs_hourly_and_nightly_from_its_own_asset(production: Synthesised, lake: Synthesised) -> None:
    schedules = {rule["Properties"]["ScheduleExpression"] for rule in lake.resources("AWS::Events::Rule").values()}
    assert schedules == {"rate(1 hour)", "cron(17 3 * * ? *)"}
    function = lake.functions()["lake"]
    assert function["Code"] != production.functions()["validate"]["Code"]
    assert function["EphemeralStorage"] == {"Size": 4096}


def test_a_message_is_hidden_for_longer_than_a_run_and_set_aside_in_the_end(lake: Synthesised) -> None:
    (queue,) = [
        resource["Properties"]
        for resource in lake.resources("AWS::SQS::Queue").values()
        if "RedrivePolicy" in resource["Properties"]
    ]
    assert queue["VisibilityTimeout"] > lake.functions()["lake"]["Timeout"]
    assert queue["RedrivePolicy"]["maxReceiveCount"] == 5
    assert len(lake.resources("AWS::CloudWatch::Alarm")) == 3


def test_s3_tells_of_the_archive_and_the_queue_may_hear_it(production: Synthesised, lake: Synthesised) -> None:
    (bucket,) = production.resources("AWS::S3::Bucket").values()
    queue = {"Fn::GetAtt": [logical_id_of_queue(lake, "LakeQueue"), "Arn"]}
    configured = bucket["Properties"]["NotificationConfiguration"]["QueueConfigurations"]
    (ours,) = [notification for notification in configured if notification["Queue"] == queue]
    assert ours["Filter"]["S3Key"]["Rules"] == [{"Name": "prefix", "Value": "archive/"}]
    policies = [name for name in lake.resources("AWS::SQS::QueuePolicy") if name in bucket["DependsOn"]]
    (policy,) = policies
    sends = lake.resources("AWS::SQS::QueuePolicy")[policy]["Properties"]["PolicyDocument"]["Statement"]
    (allowed,) = [statement for statement in sends if statement["Effect"] == "Allow"]
    assert allowed["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_a_question_may_read_so_much_and_its_answer_is_forgotten(lake: Synthesised) -> None:
    chosen = lake.only("AWS::Athena::WorkGroup")["WorkGroupConfiguration"]
    assert chosen["BytesScannedCutoffPerQuery"] == 100_000_000_000
    assert chosen["EnforceWorkGroupConfiguration"] is True
    rules = lake.only("AWS::S3::Bucket")["LifecycleConfiguration"]["Rules"]
    assert [(rule["Prefix"], rule["ExpirationInDays"]) for rule in rules if "Prefix" in rule] == [("athena/", 7)]


def test_the_lake_can_be_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDK_VALIDATION", "false")
    with tempfile.TemporaryDirectory() as directory:
        without = synthesise(Path(directory), stage="local", lake="false")
    assert not [name for name in without.template["Resources"] if name.startswith("Lake")]
    notified = without.only("AWS::S3::Bucket")["NotificationConfiguration"]["QueueConfigurations"]
    assert [notification["Filter"]["S3Key"]["Rules"][0]["Value"] for notification in notified] == ["import/"]
    assert not [name for name in without.template["Outputs"] if name.startswith("Lake")]
