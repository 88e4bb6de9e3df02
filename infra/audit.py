"""The audit log: who read what about people, and who administered what. A log group of its own, kept for a year."""

import aws_cdk as cdk
from aws_cdk import aws_logs as logs
from constructs import Construct

from functions.store import keys
from infra.lambdas.function import Function
from infra.storage import Storage


class Audit(Construct):
    """The group, and the key of the digests in its lines, which lies in the registry."""

    def __init__(self, scope: Construct, construct_id: str, *, storage: Storage, retained: bool) -> None:
        super().__init__(scope, construct_id)
        self._registry_arn = storage.registry_in_use.table_arn
        self.group = logs.LogGroup(
            self,
            "Log",
            retention=logs.RetentionDays.ONE_YEAR,
            removal_policy=cdk.RemovalPolicy.RETAIN if retained else cdk.RemovalPolicy.DESTROY,
        )

    def let_write(self, function: Function) -> None:
        """Let a function write lines, which it can neither read nor change, and make the key if there is none."""
        function.allow("logs:CreateLogStream", "logs:PutLogEvents", on=[f"{self.group.log_group_arn}"])
        function.allow("dynamodb:BatchGetItem", on=[self._registry_arn])
        function.allow(
            "dynamodb:PutItem",
            on=[self._registry_arn],
            conditions={"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [keys.AUDIT]}},
        )
