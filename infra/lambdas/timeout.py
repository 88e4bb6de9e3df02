"""`timeout`: each minute, closes the sessions that have been idle and sends their TimedOut events."""

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from constructs import Construct

from functions.settings import TimeoutSettings
from functions.store import keys
from infra.config import Config
from infra.lambdas.function import FULL_CORE_MB, Function
from infra.packaging.package import Package
from infra.storage import Storage

EVERY = cdk.Duration.minutes(1)
COUNTED_SECONDS = 60  # until SQS's counts have settled (GetQueueAttributes); the local queue's are exact


class Timeout(Construct):
    def __init__(
        self, scope: Construct, construct_id: str, *, package: Package, storage: Storage, config: Config
    ) -> None:
        super().__init__(scope, construct_id)
        self.function = Function(
            self,
            "Function",
            name="timeout",
            description="Closes idle sessions and emits TimedOut",
            package=package,
            settings=TimeoutSettings(
                table_name=storage.table.table_name,
                registry_table_name=storage.registry_in_use.table_name,
                queue_url=storage.queue.queue_url,
                bus_name=storage.bus.event_bus_name,
                plain_notices=config.plain_notices,
                idle_minutes=config.idle_minutes,
                heartbeat_minutes=config.heartbeat_minutes,
                **config.insight_thresholds(),
                retention_days=config.retention_days,
                margin_seconds=0 if config.local else COUNTED_SECONDS,
                sweep_invocations=config.sweep_invocations,
            ),
            memory_mb=FULL_CORE_MB,  # eight evaluations at a time: each waits for DynamoDB, together they use a core
            reserved_concurrency=config.timeout_reserved_concurrency,
            timeout=cdk.Duration.seconds(55),  # done before the next minute's sweep; what is left is still due then
        )
        # A sweep that failed or was throttled is not repeated: the next one finds the same rows due. EventBridge only
        # hands the call to Lambda's own queue, which by default repeats a failed one twice and keeps one for six hours.
        self.function.configure_async_invoke(retry_attempts=0, max_event_age=EVERY)
        events.Rule(
            self,
            "EachMinute",
            description="The sweep over idle sessions",
            schedule=events.Schedule.rate(EVERY),
            targets=[targets.LambdaFunction(self.function, retry_attempts=0, max_event_age=EVERY)],
        )
        # A policy of its own: the function's must be there before the function, whose ARN this one has.
        role = self.function.role
        assert role is not None
        iam.Policy(
            self,
            "InvokeItself",
            roles=[role],
            statements=[iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[self.function.function_arn])],
        )
        self.function.allow("dynamodb:Query", on=[storage.table.table_arn, storage.by_due_arn, storage.by_id_arn])
        self.function.allow("dynamodb:Scan", on=[storage.by_id_arn])  # the walk of the ids
        # Transactions of puts need PutItem and nothing else.
        self.function.allow(
            "dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:PutItem", on=[storage.table.table_arn]
        )
        # How sessions of an app end, and which edApps are the app itself. It may not write there.
        # And which apps have alarms of their own.
        self.function.allow("dynamodb:BatchGetItem", "dynamodb:Query", on=[storage.registry_in_use.table_arn])
        # The secret by which notices name learners, which it makes. It may write no other row there.
        self.function.allow(
            "dynamodb:PutItem",
            on=[storage.registry_in_use.table_arn],
            conditions={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [keys.LAKE]}},
        )
        self.function.allow("sqs:SendMessage", "sqs:GetQueueAttributes", on=[storage.queue.queue_arn])
        self.function.allow("events:PutEvents", on=[storage.bus.event_bus_arn])
