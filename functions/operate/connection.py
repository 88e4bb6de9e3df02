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

from functions.settings import ProcessSettings

ENDPOINT_FILE = Path(".local/endpoint.json")
OUTPUTS = {  # what the commands need → the stack's output of that name
    "url": "ApiUrl",
    "token_url": "TokenUrl",
    "table": "TableName",
    "bucket": "BucketName",
    "queue_url": "QueueUrl",
    "dlq_url": "DeadLetterQueueUrl",
    "user_pool_id": "UserPoolId",
    "retention_days": "RetentionDays",
    "idle_minutes": "IdleMinutes",
    "heartbeat_minutes": "HeartbeatMinutes",
}


class TargetError(Exception):
    """There is no such stack, or not what is needed of it; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A running stack: its addresses and names, what it was deployed with, and clients that reach it."""

    url: str
    token_url: str
    table: str
    bucket: str
    queue_url: str
    dlq_url: str
    user_pool_id: str
    retention_days: int
    idle_minutes: float
    heartbeat_minutes: float
    clients: Mapping[str, Any] = field(default_factory=dict)  # arguments of boto3.client

    @classmethod
    def local(cls, endpoint_file: Path = ENDPOINT_FILE) -> Self:
        """The stack that `make up` started. Its clients' credentials are made up: none reaches AWS."""
        try:
            found = json.loads(endpoint_file.read_text())
        except FileNotFoundError as error:
            raise TargetError(f"No local stack: {endpoint_file} is missing. Start one with `make up`.") from error
        missing = [name for name in (*OUTPUTS, "aws_endpoint_url", "region") if name not in found]
        if missing:
            raise TargetError(f"{endpoint_file} lacks {', '.join(missing)}: run `make down`, then `make up`.")
        clients = {
            "endpoint_url": found["aws_endpoint_url"],
            "region_name": found["region"],
            "aws_access_key_id": "local",
            "aws_secret_access_key": "local",
            "config": Config(retries={"mode": "standard", "total_max_attempts": 2}),  # it is there, or it is not
        }
        return cls._of({name: found[name] for name in OUTPUTS}, clients)

    @classmethod
    def deployed(cls, stack_name: str, cloudformation: Any = None) -> Self:
        """The stack of that name in the account and region at hand."""
        cloudformation = cloudformation or boto3.client("cloudformation")
        try:
            (stack,) = cloudformation.describe_stacks(StackName=stack_name)["Stacks"]
        except cloudformation.exceptions.ClientError as error:
            raise TargetError(f"No stack {stack_name} in this account and region: {error}") from error
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
        missing = sorted(set(OUTPUTS.values()) - outputs.keys())
        if missing:
            raise TargetError(f"Stack {stack_name} has no output {', '.join(missing)}: deploy this version of it.")
        return cls._of({name: outputs[output] for name, output in OUTPUTS.items()})

    @classmethod
    def _of(cls, found: Mapping[str, str], clients: Mapping[str, Any] | None = None) -> Self:
        numbers = {
            "retention_days": int(found["retention_days"]),
            "idle_minutes": float(found["idle_minutes"]),
            "heartbeat_minutes": float(found["heartbeat_minutes"]),
        }
        return cls(**{**found, **numbers}, clients=clients or {})  # type: ignore[arg-type]  # the rest is text

    def process_settings(self, table: str) -> ProcessSettings:
        """What this stack's `process` runs with, over `table` and without subscribers."""
        return ProcessSettings(
            table_name=table,
            bucket_name=self.bucket,
            retention_days=self.retention_days,
            idle_minutes=self.idle_minutes,
            heartbeat_minutes=self.heartbeat_minutes,
        )

    def client(self, service: str) -> Any:
        """A boto3 client for this stack."""
        return boto3.client(service, **self.clients)  # type: ignore[call-overload]  # the name is not a literal

    def said(self, error: Exception) -> str:
        """What to tell an operator whose command met this error of botocore."""
        local_url = self.clients.get("endpoint_url")
        if local_url is not None and isinstance(error, NoConnection | HTTPClientError):
            return f"The local stack does not answer at {local_url}. Start one with `make up`."
        return f"The stack did not do it: {error}"
