"""How every Lambda is made: the one package, its own role, its own log group, and nothing it does not use."""

from collections.abc import Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import Acknowledgment, Validations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from functions.metrics import NAMESPACE_VARIABLE
from functions.settings import Settings
from infra.packaging.package import Package

FULL_CORE_MB = 1769  # from here on a function has one whole vCPU (Lambda's documented proportion)


def namespace_of(scope: Construct) -> str:
    """The CloudWatch namespace of the service's own metrics: the stack's name, because an account may have several."""
    return cdk.Stack.of(scope).stack_name


class Function(lambda_.Function):
    """The Lambda of the folder `functions/<name>`: Python 3.13 on arm64, run by `functions.<name>.handler.handler`."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        package: Package,
        settings: Settings,
        memory_mb: int,
        reserved_concurrency: int = 0,
        timeout: cdk.Duration,
        description: str,
        scratch_mb: int = 512,  # of /tmp; that much is free
    ) -> None:
        self.allowed: set[str] = set()  # actions, by `allow`
        log_group = logs.LogGroup(
            scope,
            f"{construct_id}Log",
            retention=logs.RetentionDays.ONE_MONTH,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        role = iam.Role(scope, f"{construct_id}Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        # Not the managed policy: it may make any log group of the account.
        log_group.grant_write(role)
        super().__init__(
            scope,
            construct_id,
            description=description,
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            code=lambda_.Code.from_asset(
                str(package.path), asset_hash=package.digest, asset_hash_type=cdk.AssetHashType.CUSTOM
            ),
            handler=f"functions.{name}.handler.handler",
            memory_size=memory_mb,
            reserved_concurrent_executions=reserved_concurrency or None,
            timeout=timeout,
            ephemeral_storage_size=cdk.Size.mebibytes(scratch_mb) if scratch_mb > 512 else None,
            role=role,
            environment={
                "POWERTOOLS_SERVICE_NAME": name,
                "POWERTOOLS_LOG_LEVEL": "INFO",
                NAMESPACE_VARIABLE: namespace_of(scope),
                **settings.environment(),
            },
            log_group=log_group,
            # START, END and REPORT of every call cost more than the calls' own lines and say less than the metrics.
            logging_format=lambda_.LoggingFormat.JSON,
            system_log_level_v2=lambda_.SystemLogLevel.WARN,
        )
        Validations.of(self).acknowledge(
            Acknowledgment(
                id="AwsSolutions-L1",
                reason="Python 3.13 is what the package is compiled for and what every test runs on",
            )
        )

    def allow(self, *actions: str, on: Sequence[str], conditions: Mapping[str, Any] | None = None) -> None:
        """Let the function call `actions` on exactly the ARNs `on`, under `conditions` if there are any."""
        self.allowed |= set(actions)
        self.add_to_role_policy(iam.PolicyStatement(actions=list(actions), resources=list(on), conditions=conditions))
