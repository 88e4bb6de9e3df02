"""Each part of a stack as a command knows it: where it is read, and where it goes."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from functions.core.sessions.timeouts import Timeouts
from functions.operate.connection import CONNECTIONS, OPTIONAL_OUTPUTS, OUTPUTS, StackConnection
from functions.operate.errors import StackError
from functions.operate.operator import Operator
from functions.operate.progress import Progress
from tests.connections import connection_to

NUMBERS = {"retention_days": 30, "idle_minutes": 0.25, "heartbeat_minutes": 5.0}
NAMES = {**OUTPUTS, **OPTIONAL_OUTPUTS}
FIELDS = {
    "url": "ApiUrl",
    "token_url": "TokenUrl",
    "table": "TableName",
    "registry_table": "RegistryTableName",
    "bucket": "BucketName",
    "queue_url": "QueueUrl",
    "dlq_url": "DeadLetterQueueUrl",
    "user_pool_id": "UserPoolId",
    "retention_days": "RetentionDays",
    "idle_minutes": "IdleMinutes",
    "heartbeat_minutes": "HeartbeatMinutes",
    "bus": "BusName",
    "deliveries_url": "DeliverQueueUrl",
    "given_up_url": "DeliverDeadLetterQueueUrl",
    "audit_group": "AuditLogGroup",
    "registry_moves_to": "RegistryMovesTo",
    "sender_alarms_topic": "SenderAlarmsTopicArn",
    "customer_key_arn": "CustomerKeyArn",
    "lake_bucket": "LakeBucketName",
    "lake_queue_url": "LakeQueueUrl",
    "lake_database": "LakeDatabase",
    "lake_workgroup": "LakeWorkGroup",
    "lake_function": "LakeFunctionName",
}


class CloudFormation:
    """One stack, whose outputs are those of the test."""

    exceptions = type("exceptions", (), {"ClientError": ClientError})

    def __init__(self, outputs: dict[str, str], *, name: str = "Caliper") -> None:
        self.outputs, self.name = outputs, name

    def describe_stacks(self, *, StackName: str) -> Any:  # noqa: N803  boto3's names
        if StackName != self.name:
            raise ClientError({"Error": {"Code": "ValidationError", "Message": "does not exist"}}, "DescribeStacks")
        listed = [{"OutputKey": key, "OutputValue": value} for key, value in self.outputs.items()]
        return {"Stacks": [{"Outputs": listed} if listed else {}]}


def values(**changes: str | None) -> dict[str, str]:
    """A value of each part, by its field."""
    known = {name: f"the {name}" for name in FIELDS} | {name: str(number) for name, number in NUMBERS.items()}
    return {name: value for name, value in (known | changes).items() if value is not None}


def deployed(**changes: str | None) -> StackConnection:
    outputs = {FIELDS.get(name, name): value for name, value in values(**changes).items()}
    return StackConnection.deployed("Caliper", CloudFormation(outputs))


def local(folder: Path, **changes: str | None) -> StackConnection:
    held = {"aws_endpoint_url": "http://127.0.0.1:4599", "aws_key": "of this start", "region": "eu-west-2"}
    path = folder / "endpoint.json"
    path.write_text(json.dumps(values() | held | changes))
    return StackConnection.local(path)


def parts(connection: StackConnection) -> dict[str, Any]:
    return {name: getattr(connection, name) for name in FIELDS}


def test_each_part_has_its_output() -> None:
    assert NAMES == FIELDS
    connection = deployed()
    assert parts(connection) == values() | NUMBERS
    assert (connection.clients, connection.insights, connection.table_class) == ({}, {}, "STANDARD")
    assert not connection.is_local


def test_class_and_thresholds_of_a_deployed_stack_are_known() -> None:
    connection = deployed(TableClass="RARE", InsightThresholds='{"quiet_days": 3}')
    assert (connection.table_class, connection.insights) == ("RARE", {"quiet_days": 3})


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_a_part_that_is_missing_is_empty_or_named(name: str) -> None:
    if name in OPTIONAL_OUTPUTS:
        assert parts(deployed(**{name: None})) == values() | NUMBERS | {name: ""}
        return
    with pytest.raises(StackError, match=f"Stack Caliper has no output {FIELDS[name]}: deploy this version of it"):
        deployed(**{name: None})


def test_a_stack_without_outputs_lacks_every_one_and_one_that_is_not_there_is_said() -> None:
    with pytest.raises(StackError, match=r"has no output ApiUrl, BucketName, .*, UserPoolId: deploy"):
        StackConnection.deployed("Caliper", CloudFormation({}))
    with pytest.raises(StackError, match=r"No stack Other in this account and region: .*does not exist"):
        StackConnection.deployed("Other", CloudFormation({}))


def test_each_part_of_a_local_stack_is_in_its_file(tmp_path: Path) -> None:
    connection = local(tmp_path, insights='{"quiet_days": 3}')
    assert parts(connection) == values() | NUMBERS
    assert connection.insights == {"quiet_days": 3}
    assert connection.is_local
    assert connection.clients["aws_session_token"] == "of this start"
    assert connection.clients["aws_secret_access_key"] == "local"
    client = connection.client("sqs")
    assert (client.meta.config.max_pool_connections, client.meta.config.retries["total_max_attempts"]) == (64, 2)
    assert client.meta.config.retries["mode"] == "standard"


@pytest.mark.parametrize("name", ["bus", "lake_bucket", "audit_group", "insights"])
def test_a_file_of_an_earlier_start_may_lack_what_is_optional(tmp_path: Path, name: str) -> None:
    path = tmp_path / "endpoint.json"
    local(tmp_path)
    held = json.loads(path.read_text())
    held.pop(name, None)
    path.write_text(json.dumps(held))
    connection = StackConnection.local(path)
    assert getattr(connection, name) == ({} if name == "insights" else "")


@pytest.mark.parametrize("name", [*OUTPUTS, "aws_endpoint_url", "aws_key", "region"])
def test_a_file_that_lacks_a_part_is_refused_by_its_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / "endpoint.json"
    local(tmp_path)
    held = json.loads(path.read_text())
    del held[name]
    path.write_text(json.dumps(held))
    with pytest.raises(StackError, match=f"endpoint.json lacks {name}: run `make down`, then `make up`"):
        StackConnection.local(path)


def test_clients_of_a_deployed_stack_serve_many_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    lookups: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(boto3, "client", lambda service, **options: lookups.append((service, options)))
    deployed().client("sqs")
    ((service, options),) = lookups
    assert (service, list(options), options["config"].max_pool_connections) == ("sqs", ["config"], CONNECTIONS)


def test_a_replay_works_with_the_settings_of_the_deployment() -> None:
    connection = dataclasses.replace(deployed(), insights={"shopping_lessons": 77})
    process, timeout = connection.process_settings("twin"), connection.timeout_settings("twin")
    assert (process.table_name, process.bucket_name, process.retention_days) == ("twin", "the bucket", 30)
    assert (timeout.table_name, timeout.queue_url, timeout.retention_days) == ("twin", "the queue_url", 30)
    assert timeout.shopping_lessons == 77
    assert process.timeouts == timeout.timeouts == Timeouts.constant(idle_minutes=0.25, heartbeat_minutes=5.0)


@pytest.mark.parametrize("clients", [{}, {"endpoint_url": "http://127.0.0.1:1"}])
def test_an_error_of_a_stack_that_does_not_answer_is_told_by_where_it_is(clients: dict[str, str]) -> None:
    connection = connection_to(StackConnection, clients=clients)
    for error in (
        EndpointConnectionError(endpoint_url="https://x"),
        ReadTimeoutError(endpoint_url="https://x"),
    ):
        said = connection.describe_error(error)
        if clients:
            assert said == "The local stack does not answer at http://127.0.0.1:1. Start one with `make up`."
        else:
            assert said == f"The stack did not do it: {error}"
    assert connection.describe_error(ValueError("so")) == "The stack did not do it: so"


def operator(stack: str | None, connection: StackConnection | None = None) -> Operator:
    return Operator(stack=stack, clock=lambda: 0, progress=Progress(quiet=True), connection=connection)


def test_an_operator_looks_a_stack_up_once_and_only_when_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    lookups: list[str] = []
    connection = deployed()

    def look(name: str) -> StackConnection:
        lookups.append(name)
        return connection

    monkeypatch.setattr(StackConnection, "deployed", look)
    monkeypatch.setattr(StackConnection, "local", lambda: look("local"))
    named = operator("Caliper")
    assert (named.audit_group, lookups) == ("", [])
    assert named.describe_error(ValueError("so")) == "There is no account to ask: so"
    assert named.connection is named.connection is connection
    assert (named.audit_group, lookups) == ("the audit_group", ["Caliper"])
    assert named.describe_error(ValueError("so")) == "The stack did not do it: so"
    assert operator(None).connection is connection
    assert lookups == ["Caliper", "local"]
    assert (named.registry_table.name, named.events.name) == ("the registry_table", "the table")
    assert named.registry.table is named.registry_table


def test_a_command_is_told_as_it_is_typed_for_the_stack() -> None:
    assert operator("Caliper").command_line("dlq-delete ID=…") == "`make dlq-delete ID=… STACK=Caliper`"
    assert operator(None).command_line("dlq-delete ID=…") == "`make dlq-delete ID=…`"
