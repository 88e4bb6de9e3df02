"""Each function may do exactly what it does: no action or resource is a wildcard, and the list is written out."""

import re
from collections import defaultdict
from typing import Any

import pytest

from functions.store.audit import AUDIT_KEY
from functions.store.erasure.secret import SECRET_KEY
from functions.store.people.keys import ids_key
from functions.store.rows.apps import app_key
from functions.store.rows.courses import course_key
from functions.store.rows.credentials import credential_key, use_key
from functions.store.sender_alarms.keys import alarms_key
from functions.store.webhooks import keys as webhook_keys
from tests.infra.conftest import Synthesised, logical_id_of_queue

LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
ALLOWED = {
    "authorize": {"dynamodb:BatchGetItem", "dynamodb:BatchWriteItem"},
    "backup": {"dynamodb:Scan", "s3:PutObject"},
    "importer": {
        *("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
        *("sqs:ChangeMessageVisibility", "sqs:GetQueueUrl", "sqs:SendMessage"),
        *("dynamodb:BatchGetItem", "dynamodb:Query"),
        *("s3:GetObject", "s3:PutObject", "s3:ListBucket"),
    },
    "validate": {"sqs:SendMessage", "dynamodb:Query", "dynamodb:BatchGetItem", "dynamodb:UpdateItem"},
    "process": {
        *("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
        *("sqs:ChangeMessageVisibility", "sqs:GetQueueUrl"),
        *("dynamodb:BatchWriteItem", "dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"),
        "dynamodb:Query",
        *("s3:PutObject", "s3:GetObject", "events:PutEvents", "sqs:SendMessage"),
    },
    "timeout": {
        *("sqs:SendMessage", "sqs:GetQueueAttributes"),
        *("dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:PutItem", "dynamodb:Query"),
        *("dynamodb:Scan", "events:PutEvents", "lambda:InvokeFunction"),
    },
    "privacy": {
        *("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
        *("sqs:ChangeMessageVisibility", "sqs:GetQueueUrl", "sqs:SendMessage"),
        *("dynamodb:Query", "dynamodb:BatchGetItem", "dynamodb:BatchWriteItem"),
        *("dynamodb:PutItem", "dynamodb:UpdateItem"),
        *("s3:ListBucketVersions", "s3:ListBucket", "s3:GetObject", "s3:GetObjectVersion"),
        *("s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"),
        *("events:PutEvents", "glue:GetTable", "glue:UpdateTable"),
    },
    "manage": {
        *("dynamodb:Query", "dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:BatchWriteItem"),
        "sqs:SendMessage",
    },
    "deliver": {
        *("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
        *("sqs:ChangeMessageVisibility", "sqs:GetQueueUrl"),
        *("dynamodb:Query", "dynamodb:PutItem", "dynamodb:BatchWriteItem"),
        *("s3:GetObject", "s3:ListBucket", "events:PutEvents", "sqs:SendMessage"),
    },
    "query": {
        *("dynamodb:Query", "dynamodb:BatchGetItem", "dynamodb:PutItem"),
        *("sqs:GetQueueAttributes", "sqs:ReceiveMessage"),
        "s3:GetObject",
    },
}


def statements(synthesised: Synthesised, name: str) -> list[dict[str, Any]]:
    (role,) = synthesised.functions()[name]["Role"]["Fn::GetAtt"][:1]
    assert "ManagedPolicyArns" not in synthesised.template["Resources"][role]["Properties"]
    return [
        statement
        for policy in synthesised.resources("AWS::IAM::Policy").values()
        if {"Ref": role} in policy["Properties"]["Roles"]
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("name", ALLOWED)
def test_a_function_may_do_what_it_does_and_no_more(production: Synthesised, name: str) -> None:
    actions = {action for statement in statements(production, name) for action in listed(statement["Action"])}
    assert actions == ALLOWED[name] | LOGS


@pytest.mark.parametrize("name", ALLOWED)
def test_no_action_and_no_resource_is_a_wildcard(production: Synthesised, name: str) -> None:
    assert statements(production, name)
    for statement in statements(production, name):
        assert statement["Effect"] == "Allow"
        assert not [action for action in listed(statement["Action"]) if "*" in action]
        for resource in listed(statement["Resource"]):
            assert resource != "*"


def test_objects_of_the_bucket_are_read_and_written_below_the_prefixes_that_a_function_needs(
    production: Synthesised,
) -> None:
    prefixes = {"process": {"archive"}, "backup": {"registry"}, "deliver": {"archive"}}
    prefixes["importer"] = {"import", "imported", "archive"}
    prefixes |= {"privacy": {"archive", "erasures", "exports", "import", "imported"}, "query": {"exports"}}
    below: dict[str, set[str]] = defaultdict(set)
    for name in ALLOWED:
        for statement in statements(production, name):
            if {"s3:PutObject", "s3:GetObject"} & {*listed(statement["Action"])}:
                for resource in listed(statement["Resource"]):
                    below[name] |= set(re.findall(r"'/([\w/]+)/\*'", str(resource)))
    assert below == prefixes


def table_grants(production: Synthesised, name: str, kind: str) -> set[str]:
    """What a function may do with the table whose logical id contains `kind`."""
    (table,) = [table for table in production.resources("AWS::DynamoDB::Table") if kind in table]
    return {
        action
        for statement in statements(production, name)
        for action in listed(statement["Action"])
        if table in str(statement["Resource"])
    }


@pytest.mark.parametrize(
    ("name", "reads"),
    [
        ("process", {"dynamodb:BatchGetItem", "dynamodb:Query"}),
        ("validate", set()),
    ],
)
def test_a_function_that_stores_events_cannot_write_the_registry(
    production: Synthesised, name: str, reads: set[str]
) -> None:
    assert table_grants(production, name, "StorageRegistry") == reads


def test_the_sweep_may_make_the_secret_of_pseudonyms_and_write_no_other_row_of_the_registry(
    production: Synthesised,
) -> None:
    grants = table_grants(production, "timeout", "StorageRegistry")
    assert grants == {"dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:PutItem"}
    (writing,) = [
        statement
        for statement in statements(production, "timeout")
        if "dynamodb:PutItem" in listed(statement["Action"]) and "StorageRegistry" in str(statement["Resource"])
    ]
    assert writing["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [SECRET_KEY[0]]}}


def test_only_the_sweep_may_invoke_a_function_and_only_itself(production: Synthesised) -> None:
    assert "timeout" in production.functions()
    for name in production.functions():
        invoked = [
            resource
            for statement in statements(production, name)
            if "lambda:InvokeFunction" in listed(statement["Action"])
            for resource in listed(statement["Resource"])
        ]
        own = [logical for logical in production.resources("AWS::Lambda::Function") if logical.startswith("Timeout")]
        assert invoked == ([{"Fn::GetAtt": [own[0], "Arn"]}] if name == "timeout" else [])


@pytest.mark.parametrize("name", ["authorize", "backup"])
def test_a_function_of_the_registry_cannot_touch_the_events(production: Synthesised, name: str) -> None:
    assert table_grants(production, name, "StorageTable") == set()


def test_the_authorizer_may_write_the_day_of_a_use_and_no_credential(production: Synthesised) -> None:
    (writing,) = [
        statement
        for statement in statements(production, "authorize")
        if "dynamodb:BatchWriteItem" in listed(statement["Action"])
    ]
    assert writing["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["U#*"]}}
    assert use_key("digest")[0].startswith("U#")
    assert not credential_key("digest")[0].startswith("U#")


@pytest.mark.parametrize("name", ["manage", "deliver"])
def test_what_changes_webhooks_may_write_no_other_row_of_the_registry(production: Synthesised, name: str) -> None:
    conditions = [
        statement["Condition"]
        for statement in statements(production, name)
        if "dynamodb:PutItem" in listed(statement["Action"])
    ]
    partitions = ["*#H", "*#P#*"] if name == "manage" else ["*#H"]
    webhooks = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": partitions}}
    key_of_audit = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [AUDIT_KEY[0]]}}
    requests = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["*#P"]}}
    assert conditions == ([webhooks, requests, key_of_audit] if name == "manage" else [webhooks])
    if name == "manage":
        (alarms,) = (row for row in statements(production, name) if "dynamodb:BatchWriteItem" in listed(row["Action"]))
        assert alarms["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [alarms_key("tenant")[0]]}}
    assert webhook_keys.webhooks_pk("tenant").endswith("#H")
    assert "#P#" in ids_key("tenant", "learner")[0]
    for pk, _ in (app_key("tenant"), credential_key("digest"), course_key("tenant", "course")):
        assert not pk.endswith("#H")
        assert "#P#" not in pk


def test_query_may_put_the_key_of_the_audit_log_and_no_other_row(production: Synthesised) -> None:
    (writing,) = [
        statement for statement in statements(production, "query") if "dynamodb:PutItem" in listed(statement["Action"])
    ]
    assert writing["Condition"] == {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [AUDIT_KEY[0]]}}
    assert table_grants(production, "query", "StorageTable") == {"dynamodb:Query", "dynamodb:BatchGetItem"}


def test_query_may_look_into_the_dead_letters_and_into_no_other_queue(production: Synthesised) -> None:
    dead = logical_id_of_queue(production, "DeadLetters")
    looks = [
        statement
        for statement in statements(production, "query")
        if "sqs:ReceiveMessage" in listed(statement["Action"])
    ]
    assert [statement["Resource"] for statement in looks] == [{"Fn::GetAtt": [dead, "Arn"]}]


def test_process_may_send_to_the_dead_letters_and_the_deliveries_and_to_no_other_queue(
    production: Synthesised,
) -> None:
    dead, deliveries = (logical_id_of_queue(production, name) for name in ("DeadLetters", "DeliverQueue"))
    sends = [
        statement for statement in statements(production, "process") if "sqs:SendMessage" in listed(statement["Action"])
    ]
    assert [statement["Resource"] for statement in sends] == [
        [{"Fn::GetAtt": [name, "Arn"]} for name in (dead, deliveries)]
    ]
    environment = production.functions()["process"]["Environment"]["Variables"]
    assert environment["DEAD_LETTERS_URL"] == {"Ref": dead}
