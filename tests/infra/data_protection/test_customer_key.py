"""A customer's own key: over tables and buckets, and for every function that may read or write them."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from infra.config import Config
from infra.data_protection.customer_key import READS, TO_READ, TO_WRITE, WRITES, customer_key
from tests.infra.conftest import Synthesised, synthesise
from tests.infra.test_permissions import ALLOWED, listed

ARN = "arn:aws:kms:us-east-1:123456789012:key/0f3b6a52-9d1c-4c7e-8a55-6f1e2d3c4b5a"
# Of tables and buckets, and no content of theirs is read or written by it.
WITHOUT_CONTENT = {"s3:ListBucket", "s3:ListBucketVersions", "s3:DeleteObject", "s3:DeleteObjectVersion"}


@pytest.fixture(scope="module")
def keyed() -> Iterator[Synthesised]:
    """With everything that may be left out."""
    with tempfile.TemporaryDirectory() as directory, pytest.MonkeyPatch.context() as patch:
        patch.setenv("CDK_VALIDATION", "false")
        yield synthesise(Path(directory), customer_key="new", canary="true", canvas_app="https://canvas.example.edu")


def all_of(keyed: Synthesised, kind: str) -> dict[str, dict[str, Any]]:
    return keyed.resources(kind) | keyed.of_lake().resources(kind)


def key_of(keyed: Synthesised) -> dict[str, Any]:
    (name,) = all_of(keyed, "AWS::KMS::Key")
    return {"Fn::GetAtt": [name, "Arn"]}


def test_the_key_is_new_rotates_and_outlives_the_stack(keyed: Synthesised) -> None:
    (key,) = all_of(keyed, "AWS::KMS::Key").values()
    assert key["Properties"]["EnableKeyRotation"] is True
    assert key["Properties"]["PendingWindowInDays"] == 30
    assert (key["DeletionPolicy"], key["UpdateReplacePolicy"]) == ("Retain", "Retain")
    (statement,) = key["Properties"]["KeyPolicy"]["Statement"]
    assert str(statement["Principal"]).count(":root") == 1  # IAM of the account says who may use it
    assert keyed.template["Outputs"]["CustomerKeyArn"]["Value"] == key_of(keyed)


def test_tables_buckets_and_answers_of_athena_are_under_the_key(keyed: Synthesised) -> None:
    key = key_of(keyed)
    tables = all_of(keyed, "AWS::DynamoDB::Table").values()
    assert [table["Properties"]["SSESpecification"] for table in tables] == [
        {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
    ] * 2
    buckets = all_of(keyed, "AWS::S3::Bucket").values()
    rule = {
        "BucketKeyEnabled": True,
        "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key},
    }
    assert [bucket["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"] for bucket in buckets] == [
        [rule]
    ] * 2
    (workgroup,) = all_of(keyed, "AWS::Athena::WorkGroup").values()
    encryption = workgroup["Properties"]["WorkGroupConfiguration"]["ResultConfiguration"]["EncryptionConfiguration"]
    assert encryption == {"EncryptionOption": "SSE_KMS", "KmsKey": key}


def test_every_role_that_may_read_or_write_tables_or_buckets_may_use_the_key_for_that_alone(
    keyed: Synthesised,
) -> None:
    key, users = key_of(keyed), set()
    for policy in all_of(keyed, "AWS::IAM::Policy").values():
        statements = policy["Properties"]["PolicyDocument"]["Statement"]
        actions = {action for statement in statements for action in listed(statement["Action"])}
        of_key = [statement for statement in statements if listed(statement["Action"])[0].startswith("kms:")]
        services = {action.partition(":")[0] for action in actions - WITHOUT_CONTENT} & {"dynamodb", "s3"}
        if not services:
            assert of_key == []
            continue
        (statement,) = of_key
        writes = any(action.partition(":")[2].startswith(("Put", "Batch", "Update")) for action in actions & WRITES)
        assert set(listed(statement["Action"])) == set(TO_WRITE if writes else TO_READ)
        assert (statement["Effect"], statement["Resource"]) == ("Allow", key)
        via = listed(statement["Condition"]["StringEquals"]["kms:ViaService"])
        assert {host["Fn::Join"][1][0].rstrip(".") for host in via} == services
        users |= {role["Ref"] for role in policy["Properties"]["Roles"]}
    functions = {**keyed.functions(), **keyed.of_lake().functions()}
    assert {name for name, function in functions.items() if function["Role"]["Fn::GetAtt"][0] in users} == {
        *ALLOWED,
        "intake",
        "lake",
    }


def test_queues_stay_under_the_key_of_sqs(keyed: Synthesised) -> None:
    queues = all_of(keyed, "AWS::SQS::Queue").values()
    assert queues
    assert all(queue["Properties"]["SqsManagedSseEnabled"] is True for queue in queues)


def test_every_action_on_tables_and_buckets_is_known_to_need_the_key_or_not() -> None:
    used = {action for actions in ALLOWED.values() for action in actions if action.startswith(("dynamodb:", "s3:"))}
    assert used <= READS | WRITES | WITHOUT_CONTENT


def test_without_the_setting_nothing_is_under_a_key(production: Synthesised) -> None:
    assert all_of(production, "AWS::KMS::Key") == {}
    assert "kms" not in str(production.template).lower()


def test_a_key_of_ones_own_is_used_as_it_is() -> None:
    stack = cdk.Stack(cdk.App(), "Keyed", env=cdk.Environment(region="us-east-1", account="123456789012"))
    key = customer_key(stack, Config(customer_key=ARN))
    assert key is not None
    assert key.key_arn == ARN
    assert [part for part in stack.node.find_all() if isinstance(part, cdk.CfnResource)] == []
    assert customer_key(stack, Config(customer_key=ARN, stage="local")) is None


@pytest.mark.parametrize("wrong", ["yes", "alias/mine", ARN.replace("key/", "alias/"), f"{ARN} x", ARN[:-40]])
def test_what_is_no_key_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="is neither `new` nor the ARN of a key"):
        Config(customer_key=wrong)


def test_a_key_of_another_region_is_refused() -> None:
    chosen = Config(customer_key=ARN)
    chosen.check_key_region("us-east-1")
    chosen.check_key_region(None)
    Config(customer_key="new").check_key_region("eu-central-1")
    with pytest.raises(ValueError, match="customer_key is in us-east-1 and must be in eu-central-1"):
        chosen.check_key_region("eu-central-1")
