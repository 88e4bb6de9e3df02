"""The template: what the design promises of queue, table, archive, functions and alarms."""

import importlib
import importlib.util
import json
import logging
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from functions import settings
from functions.deliver.handler import STOP_BEFORE_MS, THREADS
from functions.operate.connection import OUTPUTS
from functions.query.timeback.jobs import WAITING_DAYS
from functions.settings import UNREADABLE_RECEIVES
from functions.store import keys
from functions.store.bus import SOURCE, sender_alarm
from functions.store.copies.registry import PREFIX
from functions.store.outbound.poster import TOTAL_S
from infra.bucket import ANSWERED_PREFIX, COPIES_PREFIX, DROPPED_PREFIX, EXPORTS_PREFIX
from tests.faults import RECEIVES
from tests.infra.conftest import ROOT, Synthesised, logical_id_of_queue, synthesise
from tests.infra.test_resources_in_full import OUTPUTS as OF_THE_WHOLE

SETTINGS = {"RetentionDays": "RETENTION_DAYS", "IdleMinutes": "IDLE_MINUTES", "HeartbeatMinutes": "HEARTBEAT_MINUTES"}
LOCAL_LAMBDAS = {"sign_in_link"}  # the local template alone has them
OPTIONAL_LAMBDAS = {"canary", "intake", "lake"}  # with tests of their own: test_canary, test_intake, tests.infra.lake
LAMBDAS = ["authorize", "backup", "deliver", "importer", "manage", "privacy", "process", "query", "timeout", "validate"]


def test_no_check_of_aws_solutions_finds_anything_unexplained(production: Synthesised) -> None:
    assert production.findings == []


def test_each_folder_with_a_handler_is_a_lambda_and_no_other(production: Synthesised) -> None:
    assert sorted(production.functions()) == LAMBDAS
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/handler.py")}
    assert sorted(folders - LOCAL_LAMBDAS - OPTIONAL_LAMBDAS) == LAMBDAS
    assert folders >= LOCAL_LAMBDAS | OPTIONAL_LAMBDAS


@pytest.mark.parametrize("name", LAMBDAS)
def test_a_lambda_runs_python_3_13_on_arm64_from_the_one_package(production: Synthesised, name: str) -> None:
    function = production.functions()[name]
    assert function["Runtime"] == "python3.13"
    assert function["Architectures"] == ["arm64"]
    assert function["Handler"] == f"functions.{name}.handler.handler"
    package_of = production.of_lake().functions()["lake"] if name == "privacy" else production.functions()["validate"]
    assert function["Code"] == package_of["Code"]
    assert callable(importlib.import_module(f"functions.{name}.handler").handler)


@pytest.mark.parametrize("name", LAMBDAS)
def test_a_lambdas_environment_is_what_its_settings_read(production: Synthesised, name: str) -> None:
    environment = production.functions()[name]["Environment"]["Variables"]
    of_its_own = importlib.util.find_spec(f"functions.{name}.settings") is not None
    module = importlib.import_module(f"functions.{name}.settings") if of_its_own else settings
    model = getattr(module, f"{name.capitalize()}Settings")
    slices_read = model.read({key: str(value) for key, value in environment.items()})
    of_powertools = {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_LOG_LEVEL", "POWERTOOLS_METRICS_NAMESPACE"}
    assert set(slices_read.environment()) == set(environment) - of_powertools


def test_every_log_group_forgets(production: Synthesised) -> None:
    groups = production.resources("AWS::Logs::LogGroup")
    days = Counter(group["Properties"].get("RetentionInDays") for group in groups.values())
    assert days == {30: len(LAMBDAS) + 1, 365: 1}


def test_the_audit_log_is_kept_for_a_year_and_outlives_the_stack(production: Synthesised, local: Synthesised) -> None:
    def audit_log(synthesised: Synthesised) -> dict[str, Any]:
        (name,) = re.findall(r"Audit\w+", str(synthesised.template["Outputs"]["AuditLogGroup"]["Value"]))
        group: dict[str, Any] = synthesised.template["Resources"][name]
        return group

    assert audit_log(production)["Properties"]["RetentionInDays"] == 365
    assert audit_log(production)["DeletionPolicy"] == "Retain"
    assert audit_log(local)["DeletionPolicy"] == "Delete"


def queue_of(synthesised: Synthesised, name: str) -> dict[str, Any]:
    resources: dict[str, Any] = synthesised.resources("AWS::SQS::Queue")
    return dict(resources[logical_id_of_queue(synthesised, name)]["Properties"])


def mapping_of(synthesised: Synthesised, queue: str) -> dict[str, Any]:
    """What a queue feeds."""
    arn = {"Fn::GetAtt": [logical_id_of_queue(synthesised, queue), "Arn"]}
    (mapping,) = (
        mapping["Properties"]
        for mapping in synthesised.resources("AWS::Lambda::EventSourceMapping").values()
        if mapping["Properties"]["EventSourceArn"] == arn
    )
    return dict(mapping)


def test_the_queue_hides_a_batch_for_six_times_as_long_as_process_may_run_and_the_window(
    production: Synthesised,
) -> None:
    queue = queue_of(production, "Queue")
    window = mapping_of(production, "Queue")["MaximumBatchingWindowInSeconds"]
    assert queue["VisibilityTimeout"] == 6 * production.functions()["process"]["Timeout"] + window
    assert "FifoQueue" not in queue


def test_an_outage_of_an_hour_keeps_the_backlog_in_the_queue(production: Synthesised) -> None:
    queue = queue_of(production, "Queue")
    receives = queue["RedrivePolicy"]["maxReceiveCount"]
    assert receives == RECEIVES, "the tests' queue gives up as the real one does"
    assert (receives - 1) * queue["VisibilityTimeout"] > 2 * 3600
    assert receives > UNREADABLE_RECEIVES


def test_dead_letters_outlast_the_queue(production: Synthesised) -> None:
    names = "Queue", "DeadLetters", "DeliverQueue", "DeliverDeadLetters"
    assert [queue_of(production, name)["MessageRetentionPeriod"] / 86_400 for name in names] == [7, 14, 4, 14]


def test_deliver_has_a_thread_for_each_message_of_a_batch_and_answers_for_each(production: Synthesised) -> None:
    mapping = mapping_of(production, "DeliverQueue")
    assert mapping["BatchSize"] == THREADS
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    timeout_s = production.functions()["deliver"]["Timeout"]
    assert queue_of(production, "DeliverQueue")["VisibilityTimeout"] == 6 * timeout_s
    assert STOP_BEFORE_MS / 1000 > TOTAL_S, "a POST that was begun may take its time"
    assert timeout_s > STOP_BEFORE_MS / 1000


def test_a_job_is_waited_for_as_long_as_a_message_may_live(production: Synthesised) -> None:
    lives = [
        resource["Properties"]["MessageRetentionPeriod"]
        for resource in production.resources("AWS::SQS::Queue").values()
    ]
    assert max(lives) == WAITING_DAYS * 86_400


def test_process_takes_large_batches_and_answers_for_each_message(production: Synthesised) -> None:
    mapping = mapping_of(production, "Queue")
    assert mapping["BatchSize"] == 500
    assert mapping["MaximumBatchingWindowInSeconds"] == 2, "an event can be read some two seconds after it was sent"
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


@pytest.mark.parametrize(("kind", "indexes"), [("Table", keys.EVENTS_INDEXES), ("Registry", keys.REGISTRY_INDEXES)])
def test_a_table_has_the_keys_and_safeguards_that_the_code_uses(
    production: Synthesised, kind: str, indexes: tuple[str, ...]
) -> None:
    (table,) = [
        resource["Properties"]
        for name, resource in production.resources("AWS::DynamoDB::Table").items()
        if name.startswith(f"Storage{kind}")
    ]

    def key_names(schema: list[dict[str, str]]) -> tuple[str, str]:
        names = [key["AttributeName"] for key in schema]
        return names[0], "".join(names[1:])

    assert key_names(table["KeySchema"]) == keys.KEY_NAMES[""]
    assert {index["IndexName"]: key_names(index["KeySchema"]) for index in table["GlobalSecondaryIndexes"]} == {
        index: keys.KEY_NAMES[index] for index in indexes
    }
    assert {index["Projection"]["ProjectionType"] for index in table["GlobalSecondaryIndexes"]} == {"KEYS_ONLY"}
    assert {attribute["AttributeType"] for attribute in table["AttributeDefinitions"]} == {"S"}
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["TableClass"] == ("STANDARD_INFREQUENT_ACCESS" if kind == "Table" else "STANDARD")
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["DeletionProtectionEnabled"] is True
    expiry = {"AttributeName": keys.TTL, "Enabled": True}
    assert table.get("TimeToLiveSpecification") == (expiry if kind == "Table" else None)


def test_the_registry_is_copied_into_the_bucket_each_day(production: Synthesised) -> None:
    assert COPIES_PREFIX == PREFIX
    rules = [resource["Properties"] for resource in production.resources("AWS::Events::Rule").values()]
    schedules = {rule["ScheduleExpression"] for rule in rules if "ScheduleExpression" in rule}
    assert schedules == {"rate(1 minute)", "rate(1 day)", "cron(41 2 * * ? *)"}  # the last: what is too old expires


def test_until_the_registry_has_moved_the_stack_reads_it_where_it_was(tmp_path: Path) -> None:
    template = synthesise(tmp_path, stage="local", registry_moved="false")
    (events,) = [name for name in template.resources("AWS::DynamoDB::Table") if name.startswith("StorageTable")]
    (registry,) = [name for name in template.resources("AWS::DynamoDB::Table") if name.startswith("StorageRegistry")]
    for name in ("authorize", "query", "backup"):
        environment = template.functions()[name]["Environment"]["Variables"]
        assert environment["REGISTRY_TABLE_NAME"] == {"Ref": events}
    assert template.template["Outputs"]["RegistryTableName"]["Value"] == {"Ref": events}
    assert template.template["Outputs"]["RegistryMovesTo"]["Value"] == {"Ref": registry}


def test_the_archive_is_encrypted_private_and_versioned(production: Synthesised) -> None:
    bucket = production.only("AWS::S3::Bucket")
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["BucketEncryption"]
    assert {rule["Status"] for rule in bucket["LifecycleConfiguration"]["Rules"]} == {"Enabled"}


def test_nothing_of_the_archive_itself_ever_expires(production: Synthesised) -> None:
    rules = production.only("AWS::S3::Bucket")["LifecycleConfiguration"]["Rules"]
    expiring = {rule["Prefix"] for rule in rules if "ExpirationInDays" in rule}
    assert expiring == {COPIES_PREFIX, DROPPED_PREFIX, ANSWERED_PREFIX, EXPORTS_PREFIX}


def test_queues_bucket_and_topic_refuse_calls_without_tls(production: Synthesised) -> None:
    kinds = ("AWS::SQS::QueuePolicy", "AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy")
    policies = [policy_resource for kind in kinds for policy_resource in production.resources(kind).values()]
    assert len(policies) == 11
    for policy in policies:
        statements = policy["Properties"]["PolicyDocument"]["Statement"]
        denied = {"Bool": {"aws:SecureTransport": "false"}}
        assert any(s["Effect"] == "Deny" and s["Condition"] == denied for s in statements)


def kept(synthesised: Synthesised) -> set[str]:
    kinds = ("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::Cognito::UserPool")
    return {
        kind
        for kind in kinds
        for resource in synthesised.resources(kind).values()
        if resource["DeletionPolicy"] == "Retain"
    }


def test_data_outlives_the_stack_in_production_and_not_on_a_laptop(production: Synthesised, local: Synthesised) -> None:
    assert len(kept(production)) == 3
    assert not kept(local)


def test_the_laptop_gets_the_same_stack_with_other_package_settings_and_deletion(
    production: Synthesised, local: Synthesised
) -> None:
    allowed = {"DeletionPolicy", "UpdateReplacePolicy", "DeletionProtectionEnabled", "DeletionProtection"}
    allowed |= {"S3Key", "IDLE_MINUTES", "MARGIN_SECONDS", "ALLOW_LOOPBACK", "TableClass"}
    deployed, other = (dict(synthesised.template) for synthesised in (production, local))
    assert deployed.pop("Outputs").keys() == other.pop("Outputs").keys()
    signing_in = {name for name in differences(deployed, other) if "SignInLink" in name or "consolesignin" in name}
    assert set(differences(deployed, other)) - signing_in <= allowed


def differences(first: Any, other: Any, name: str = "") -> list[str]:
    """Names of the innermost keys at which two templates differ; `aws:asset` metadata aside."""
    if isinstance(first, dict) and isinstance(other, dict):
        names = [key for key in first.keys() | other.keys() if not key.startswith("aws:asset")]
        return [path for key in names for path in differences(first.get(key), other.get(key), key)]
    if isinstance(first, list) and isinstance(other, list) and len(first) == len(other):
        return [path for a, b in zip(first, other, strict=True) for path in differences(a, b, name)]
    return [] if first == other else [name]


def test_alarms_of_apps_are_notices_that_lead_to_their_topic(production: Synthesised) -> None:
    (rule,) = [
        resource["Properties"]
        for resource in production.resources("AWS::Events::Rule").values()
        if "EventPattern" in resource["Properties"]
    ]
    kind, _ = sender_alarm(app="a", alarm="silent", state="ringing", message="m", since="s")
    assert rule["EventPattern"] == {"source": [SOURCE], "detail-type": [kind]}
    (target,) = rule["Targets"]
    topic = target["Arn"]["Ref"]
    assert topic.startswith("SenderAlarms")
    assert production.template["Outputs"]["SenderAlarmsTopicArn"]["Value"] == {"Ref": topic}


def sweep_rule(production: Synthesised) -> dict[str, Any]:
    rules: list[dict[str, Any]] = [
        resource["Properties"]
        for name, resource in production.resources("AWS::Events::Rule").items()
        if name.startswith("Timeout")
    ]
    (rule,) = rules
    return rule


def test_timeout_runs_each_minute_and_ends_before_the_next(production: Synthesised) -> None:
    assert sweep_rule(production)["ScheduleExpression"] == "rate(1 minute)"
    assert production.functions()["timeout"]["Timeout"] < 60


def test_a_sweep_is_not_repeated_and_does_not_pile_up(production: Synthesised) -> None:
    """EventBridge's own policy ends where Lambda's queue begins; both must say it."""
    (function,) = [
        name
        for name, resource in production.resources("AWS::Lambda::Function").items()
        if resource["Properties"]["Handler"].startswith("functions.timeout.")
    ]
    once = {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60}
    invoked = production.only("AWS::Lambda::EventInvokeConfig")
    assert invoked == {"FunctionName": {"Ref": function}, "Qualifier": "$LATEST", **once}
    (target,) = sweep_rule(production)["Targets"]
    assert target["RetryPolicy"] == once


def test_the_pool_issues_the_scopes_of_the_contract_and_one_for_requests_about_people(production: Synthesised) -> None:
    scopes = {
        f"{resource['Properties']['Identifier']}/{scope['ScopeName']}"
        for resource in production.resources("AWS::Cognito::UserPoolResourceServer").values()
        for scope in resource["Properties"]["Scopes"]
    }
    v1p1 = ["admin", "event.create", "webhook.create", "webhook.readonly"]
    v1p2 = ["events.write", "events.readonly", "webhooks.write", "webhooks.readonly", "people.write", "admin"]
    base = "https://purl.imsglobal.org/spec/caliper"
    assert scopes == {f"{base}/v1p1/scope/{name}" for name in v1p1} | {f"{base}/v1p2/scope/{name}" for name in v1p2}
    for resource in production.resources("AWS::Cognito::UserPoolResourceServer").values():
        assert re.fullmatch(r"[\w\s+=,.@-]+", resource["Properties"]["Name"])  # CreateResourceServer refuses others


@pytest.mark.parametrize("name", ["process", "timeout"])
def test_an_error_that_a_function_logs_and_goes_on_after_is_counted_for_an_alarm(
    production: Synthesised, name: str
) -> None:
    logger = importlib.import_module(f"functions.{name}.handler").logger
    said = logging.makeLogRecord({"levelname": "ERROR", "levelno": logging.ERROR, "msg": "timelines put off"})
    line = json.loads(logger.registered_formatter.format(said))
    filters = [resource["Properties"] for resource in production.resources("AWS::Logs::MetricFilter").values()]
    (own,) = (metric_filter for metric_filter in filters if f'"{name}"' in metric_filter["FilterPattern"])
    wanted = dict(re.findall(r'\$\.(\w+) = "(\w+)"', own["FilterPattern"]))
    assert wanted == {"level": "ERROR", "service": name}
    assert wanted.items() <= line.items()
    (metric,) = own["MetricTransformations"]
    assert metric["MetricName"] == f"{name.capitalize()}Failures"
    group = own["LogGroupName"]["Ref"]
    assert group == production.functions()[name]["LoggingConfig"]["LogGroup"]["Ref"]


def test_the_outputs_name_what_operators_and_apps_need(production: Synthesised) -> None:
    needed = {"ApiUrl", "TokenUrl", "TableName", "BucketName", "UserPoolId", "Next"}
    needed |= {"QueueUrl", "QueueName", "DeadLetterQueueUrl", "DeadLetterQueueName"}
    assert needed | set(OUTPUTS.values()) <= production.template["Outputs"].keys()


def test_an_optional_part_that_is_left_out_has_no_output(production: Synthesised, local: Synthesised) -> None:
    of_every_stack = OF_THE_WHOLE.keys() - {"IntakeQueueUrl"}
    assert production.template["Outputs"].keys() == local.template["Outputs"].keys() == of_every_stack
    assert {stack.template["Outputs"]["TableClass"]["Value"] for stack in (production, local)} == {
        "STANDARD",
        "STANDARD_INFREQUENT_ACCESS",
    }


@pytest.mark.parametrize(("days", "idle", "heartbeat"), [("", "", ""), ("730", "0.25", "7")])
def test_what_is_replayed_is_stored_as_process_stores_it(tmp_path: Path, days: str, idle: str, heartbeat: str) -> None:
    template = synthesise(tmp_path, stage="local", retention_days=days, idle_minutes=idle, heartbeat_minutes=heartbeat)
    environment = template.functions()["process"]["Environment"]["Variables"]
    deployed = [float(template.template["Outputs"][name]["Value"]) for name in SETTINGS]
    assert deployed == [float(environment[variable]) for variable in SETTINGS.values()]


def test_no_path_of_this_machine_is_in_the_template(production: Synthesised) -> None:
    assert str(ROOT) not in json.dumps(production.template)
