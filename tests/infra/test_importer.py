"""The folder that files are dropped into: S3 tells the importer's queue, and the importer may do what it does."""

import json
from pathlib import Path

import boto3

from functions.core.apps import App
from functions.importer.dropped_import import Doors
from functions.importer.handler import Dependencies, handler
from functions.store import keys
from functions.store.archive import S3Archive
from functions.store.dynamodb.table import DynamoTable
from functions.store.imports.drop_folder import ANSWERED, DROPPED, Dropped, S3DropFolder
from functions.store.queue import SqsQueue
from functions.store.registry import Registry
from infra.bucket import ANSWERED_PREFIX, DROPPED_PREFIX
from tests.aws import BUCKET, REGION, REGISTRY, TABLE, sqs_queue
from tests.infra.conftest import Synthesised
from tests.infra.test_calls_are_allowed import Recorder, recorder
from tests.infra.test_permissions import ALLOWED, LOGS
from tests.payloads import APP, Payloads
from tests.unit.importing.test_dropped import notification
from tests.world import NINE_US

__all__ = ["recorder"]  # a fixture

OWN = App(app_id=APP, tenant=keys.tenant_of(APP), name="Reading", edapps=("*",))


def test_the_stack_and_the_code_name_the_same_folders() -> None:
    assert (DROPPED_PREFIX, ANSWERED_PREFIX) == (DROPPED, ANSWERED)


def test_s3_tells_the_importers_queue_of_dropped_files_and_of_no_others(production: Synthesised) -> None:
    (queue,) = [name for name in production.resources("AWS::SQS::Queue") if name.startswith("ImporterQueue")]
    (bucket,) = production.resources("AWS::S3::Bucket").values()
    configured = bucket["Properties"]["NotificationConfiguration"]["QueueConfigurations"]
    (ours,) = [notification for notification in configured if notification["Queue"] == {"Fn::GetAtt": [queue, "Arn"]}]
    assert ours["Event"] == "s3:ObjectCreated:*"
    assert ours["Filter"]["S3Key"]["Rules"] == [{"Name": "prefix", "Value": "import/"}]
    policies = production.resources("AWS::SQS::QueuePolicy")
    (policy,) = [
        name
        for name, policy_resource in policies.items()
        if policy_resource["Properties"]["Queues"] == [{"Ref": queue}]
    ]
    assert policy in bucket["DependsOn"]
    (statement,) = [
        statement
        for statement in policies[policy]["Properties"]["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    ]
    assert statement["Principal"] == {"Service": "s3.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_two_folders_of_the_bucket_that_are_told_of_do_not_overlap(production: Synthesised) -> None:
    """S3 refuses overlapping prefixes of one event (Amazon S3, notification filters)."""
    (bucket,) = production.resources("AWS::S3::Bucket").values()
    configured = bucket["Properties"]["NotificationConfiguration"]["QueueConfigurations"]
    prefixes = sorted(notification["Filter"]["S3Key"]["Rules"][0]["Value"] for notification in configured)
    assert prefixes == ["archive/", "import/"]


def test_dropped_files_and_their_answers_are_deleted_after_a_month(production: Synthesised) -> None:
    (bucket,) = production.resources("AWS::S3::Bucket").values()
    rules = bucket["Properties"]["LifecycleConfiguration"]["Rules"]
    days = {rule.get("Prefix"): rule.get("ExpirationInDays") for rule in rules}
    assert (days["import/"], days["imported/"]) == (30, 30)


def test_the_importer_is_hidden_from_for_as_long_as_it_runs(production: Synthesised) -> None:
    (queue,) = [
        resource["Properties"]
        for name, resource in production.resources("AWS::SQS::Queue").items()
        if name.startswith("ImporterQueue")
    ]
    assert queue["VisibilityTimeout"] >= production.functions()["importer"]["Timeout"]


def test_the_importer_may_make_every_call_that_it_makes(recorder: Recorder, tmp_path: Path) -> None:
    client, name = recorder.client, "importer"
    _, url = sqs_queue()
    notifications = boto3.client("sqs", region_name=REGION).create_queue(QueueName="dropped")["QueueUrl"]
    Registry(DynamoTable(boto3.client("dynamodb", region_name=REGION), REGISTRY)).add_app(OWN, now_us=NINE_US)
    dropped = Dropped(OWN.name, "a.ndjson", 0)
    event = next(iter(Payloads(1).events(1))) | {"eventTime": "2019-03-02T12:00:00Z"}  # too old for the table
    lines = b"\n".join(
        [json.dumps(event).encode(), *(json.dumps(sample).encode() for sample in Payloads(2).events(2)), b"no"]
    )
    boto3.client("s3", region_name=REGION).put_object(Bucket=BUCKET, Key=dropped.key, Body=lines)
    doors = Doors(
        folder=S3DropFolder(client(name, "s3"), BUCKET),
        queue=SqsQueue(client(name, "sqs"), url),
        archive=S3Archive(client(name, "s3"), BUCKET),
        table=DynamoTable(client(name, "dynamodb"), TABLE),
        registry=Registry(DynamoTable(client(name, "dynamodb"), REGISTRY)),
        retention_days=400,
        scratch=tmp_path,
        clock=lambda: NINE_US,
        pause=lambda _seconds: None,
        tell=lambda _text: None,
    )
    dependencies = Dependencies(doors=doors, notifications=SqsQueue(client(name, "sqs"), notifications))
    handler({"Records": [{"body": notification(dropped)}]}, None, dependencies=dependencies)
    answer = boto3.client("s3", region_name=REGION).get_object(Bucket=BUCKET, Key=dropped.beside("json"))
    answered = json.loads(answer["Body"].read())
    assert (answered["status"], answered["accepted"], answered["archiveOnly"], answered["rejected"]) == (
        "done",
        3,
        1,
        1,
    )
    called = {action for action, _, _ in recorder.calls[name]}
    assert {"s3:GetObject", "s3:PutObject", "sqs:SendMessage", "dynamodb:Query"} <= called
    assert called <= ALLOWED[name] | LOGS
