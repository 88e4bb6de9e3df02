"""Which stack an operator's command acts on: the local one, or one that CloudFormation deployed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import boto3
from botocore.config import Config
from botocore.exceptions import ConnectionError as NoConnection
from botocore.exceptions import HTTPClientError

from functions.operate.errors import StackError
from functions.settings import ProcessSettings, TimeoutSettings

ENDPOINT_FILE = Path(".local/endpoint.json")
CONNECTIONS = 64  # of one client at once: a command may work with many threads
OUTPUTS = {  # field of StackConnection → output of the stack
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
}
LAKE_OUTPUTS = {  # the same of the lake; none if it was left out
    "lake_bucket": "LakeBucketName",
    "lake_queue_url": "LakeQueueUrl",
    "lake_database": "LakeDatabase",
    "lake_workgroup": "LakeWorkGroup",
    "lake_function": "LakeFunctionName",
}

OPTIONAL_OUTPUTS = {
    "bus": "BusName",
    "deliveries_url": "DeliverQueueUrl",
    "given_up_url": "DeliverDeadLetterQueueUrl",
    "audit_group": "AuditLogGroup",
    "registry_moves_to": "RegistryMovesTo",
    "sender_alarms_topic": "SenderAlarmsTopicArn",
    "customer_key_arn": "CustomerKeyArn",
    **LAKE_OUTPUTS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StackConnection:
    """A running stack: its addresses and names, the settings of its deployment, and clients that reach it."""

    url: str
    token_url: str
    table: str  # events and sessions
    registry_table: str
    bucket: str
    queue_url: str
    dlq_url: str
    user_pool_id: str
    retention_days: int
    idle_minutes: float
    heartbeat_minutes: float
    bus: str = ""  # the name of the event bus; empty if the deployed version does not say it
    deliveries_url: str = ""  # this and the next: empty if the deployed version knows no webhooks
    given_up_url: str = ""
    audit_group: str = ""  # the log group of audit lines
    sender_alarms_topic: str = ""  # who gets e-mails of apps' alarms; empty on a laptop
    customer_key_arn: str = ""  # under which tables and buckets are kept; empty: AWS's own
    registry_moves_to: str = ""  # the registry's own table, while the stack still reads the events table for it
    table_class: str = "STANDARD"  # of the events table
    insights: Mapping[str, Any] = field(default_factory=dict)  # fields of InsightSettings, where they are not the usual
    lake_bucket: str = ""  # this and the next: empty if the stack has no lake
    lake_queue_url: str = ""
    lake_database: str = ""
    lake_workgroup: str = ""
    lake_function: str = ""
    clients: Mapping[str, Any] = field(default_factory=dict)  # arguments of boto3.client

    @classmethod
    def local(cls, endpoint_file: Path = ENDPOINT_FILE) -> Self:
        """The stack that `make up` started. Its clients' credentials are made up: none reaches AWS."""
        try:
            values = json.loads(endpoint_file.read_text())
        except FileNotFoundError as error:
            raise StackError(
                f"There is no local stack ({endpoint_file} is missing). Start one with `make up`, or name a deployed "
                "one with STACK=Caliper."
            ) from error
        missing = [name for name in (*OUTPUTS, "aws_endpoint_url", "aws_key", "region") if name not in values]
        if missing:
            raise StackError(f"{endpoint_file} lacks {', '.join(missing)}: run `make down`, then `make up`.")
        clients = {
            "endpoint_url": values["aws_endpoint_url"],
            "region_name": values["region"],
            "aws_access_key_id": "local",
            "aws_secret_access_key": "local",
            "aws_session_token": values["aws_key"],
            "config": Config(
                retries={"mode": "standard", "total_max_attempts": 2}, max_pool_connections=CONNECTIONS
            ),  # it is there, or it is not
        }
        insights = json.loads(values.get("insights", "{}"))
        optional = {name: values.get(name, "") for name in OPTIONAL_OUTPUTS}
        return cls._of({name: values[name] for name in OUTPUTS} | optional, clients, insights=insights)

    @classmethod
    def deployed(cls, stack_name: str, cloudformation: Any = None) -> Self:
        """The stack of that name in the account and region at hand."""
        cloudformation = cloudformation or boto3.client("cloudformation")
        try:
            (stack,) = cloudformation.describe_stacks(StackName=stack_name)["Stacks"]
        except cloudformation.exceptions.ClientError as error:
            raise StackError(
                f"No stack {stack_name} in this account and region: {error}. `aws cloudformation list-stacks` "
                "shows those that are there."
            ) from error
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
        missing = sorted(set(OUTPUTS.values()) - outputs.keys())
        if missing:
            raise StackError(f"Stack {stack_name} has no output {', '.join(missing)}: deploy this version of it.")
        optional = {name: outputs.get(output, "") for name, output in OPTIONAL_OUTPUTS.items()}
        return cls._of(
            {name: outputs[output] for name, output in OUTPUTS.items()}
            | optional
            | {"table_class": outputs.get("TableClass", "STANDARD")},
            insights=json.loads(outputs.get("InsightThresholds", "{}")),
        )

    @classmethod
    def _of(
        cls,
        values: Mapping[str, str],
        clients: Mapping[str, Any] | None = None,
        *,
        insights: Mapping[str, Any] | None = None,
    ) -> Self:
        numbers = {
            "retention_days": int(values["retention_days"]),
            "idle_minutes": float(values["idle_minutes"]),
            "heartbeat_minutes": float(values["heartbeat_minutes"]),
        }
        return cls(**{**values, **numbers}, clients=clients or {}, insights=insights or {})  # type: ignore[arg-type]  # the rest is text

    @property
    def is_local(self) -> bool:
        """Whether this is a stack on a laptop: the emulator keeps nothing when it ends."""
        return "endpoint_url" in self.clients

    def process_settings(self, table: str) -> ProcessSettings:
        """What this stack's `process` runs with, over `table` and without subscribers."""
        return ProcessSettings(
            table_name=table,
            bucket_name=self.bucket,
            retention_days=self.retention_days,
            idle_minutes=self.idle_minutes,
            heartbeat_minutes=self.heartbeat_minutes,
        )

    def timeout_settings(self, table: str) -> TimeoutSettings:
        """What this stack's `timeout` runs with, over `table` and without subscribers."""
        return TimeoutSettings(
            table_name=table,
            queue_url=self.queue_url,
            retention_days=self.retention_days,
            idle_minutes=self.idle_minutes,
            heartbeat_minutes=self.heartbeat_minutes,
            **self.insights,
        )

    def client(self, service: str) -> Any:
        """A boto3 client for this stack."""
        return boto3.client(service, **{"config": Config(max_pool_connections=CONNECTIONS), **self.clients})  # type: ignore[call-overload]  # the name is not a literal

    def describe_error(self, error: Exception) -> str:
        """What to tell a person whose command met this error of botocore."""
        local_url = self.clients.get("endpoint_url")
        if local_url is not None and isinstance(error, NoConnection | HTTPClientError):
            return f"The local stack does not answer at {local_url}. Start one with `make up`."
        return f"The stack did not do it: {error}"
