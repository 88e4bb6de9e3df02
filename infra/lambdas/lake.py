"""`lake`: each hour, loads what the archive got into the tables; each night, looks after the tables."""

import aws_cdk as cdk
from aws_cdk import Acknowledgment, Validations
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from functions.lake.settings import LakeSettings
from functions.store import keys
from functions.store.erasure.keys import ERASURES
from functions.store.people import keys as people_keys
from functions.store.webhooks import keys as webhook_keys
from infra.config import Config
from infra.lake import LAKE_SECONDS, Lake
from infra.lambdas.function import Function
from infra.packaging.package import Package
from infra.storage import Storage

SCRATCH_MB = 4096


class LakeLambda(Construct):
    def __init__(
        self, scope: Construct, construct_id: str, *, package: Package, storage: Storage, lake: Lake, config: Config
    ) -> None:
        super().__init__(scope, construct_id)
        self.function = Function(
            self,
            "Function",
            name="lake",
            description="Loads the archive into the tables of the lake",
            package=package,
            settings=LakeSettings(
                table_name=storage.table.table_name,
                registry_table_name=storage.registry_in_use.table_name,
                archive_bucket=storage.bucket.bucket_name,
                lake_bucket=lake.bucket.bucket_name,
                lake_queue_url=lake.queue.queue_url,
                database=lake.database_name,
                idle_minutes=config.idle_minutes,
                heartbeat_minutes=config.heartbeat_minutes,
            ),
            memory_mb=3008,  # DuckDB sorts in 1.2 GB beside the lines of a round; it uses the second core
            timeout=cdk.Duration.seconds(LAKE_SECONDS),
            scratch_mb=SCRATCH_MB,
        )
        # What a run leaves, the next one takes: nothing is gained by repeating a failed one at once.
        self.function.configure_async_invoke(retry_attempts=0, max_event_age=cdk.Duration.minutes(5))
        self._schedule("Feed", events.Schedule.rate(cdk.Duration.minutes(config.lake_minutes)), "feed")
        self._schedule("Maintain", events.Schedule.cron(hour="3", minute="17"), "maintain")
        self._grants(storage, lake)

    def _schedule(self, name: str, schedule: events.Schedule, task: str) -> None:
        events.Rule(
            self,
            name,
            description=f"The lake: {task}",
            schedule=schedule,
            targets=[
                targets.LambdaFunction(
                    self.function, event=events.RuleTargetInput.from_object({"task": task}), retry_attempts=0
                )
            ],
        )

    def _grants(self, storage: Storage, lake: Lake) -> None:
        function, stack = self.function, cdk.Stack.of(self)
        function.allow("s3:GetObject", on=[storage.bucket.arn_for_objects("archive/*")])
        function.allow("s3:GetObject", "s3:PutObject", "s3:DeleteObject", on=[lake.bucket.arn_for_objects("*")])
        function.allow("s3:ListBucket", on=[lake.bucket.bucket_arn])
        function.allow("sqs:ReceiveMessage", "sqs:DeleteMessage", on=[lake.queue.queue_arn])
        glue = f"arn:{stack.partition}:glue:{stack.region}:{stack.account}"
        function.allow(
            *("glue:GetTable", "glue:CreateTable", "glue:UpdateTable"),
            on=[
                f"{glue}:catalog",
                f"{glue}:database/{lake.database_name}",
                f"{glue}:table/{lake.database_name}/*",
            ],
        )
        function.allow("dynamodb:Query", on=[storage.by_id_arn, storage.registry_by_id_arn])
        registry = [storage.registry_in_use.table_arn]
        # Of the registry: apps with their webhooks as everyone reads them, who was erased, which ids are one person,
        # and the row of the lake's secret, which it makes.
        read = [keys.APPS, keys.LAKE, webhook_keys.PARTITIONS, people_keys.PARTITIONS, f"{ERASURES}*"]
        for action, partitions in (
            ("dynamodb:BatchGetItem", read),
            ("dynamodb:Query", [f"{ERASURES}*"]),
            ("dynamodb:PutItem", [keys.LAKE]),
        ):
            function.allow(
                action, on=registry, conditions={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": partitions}}
            )
        archive, tables = (
            stack.get_logical_id(bucket.node.default_child)  # type: ignore[arg-type]
            for bucket in (storage.bucket, lake.bucket)
        )
        for id_, reason in (
            (f"Resource::<{archive}.Arn>/archive/*", "Object names are made at run time; the grant ends at the prefix"),
            (f"Resource::<{tables}.Arn>/*", "The bucket holds nothing but the tables that this function writes"),
            (
                f"Resource::arn:<AWS::Partition>:glue:<AWS::Region>:<AWS::AccountId>:table/{lake.database_name}/*",
                "It makes the tables of its own database",
            ),
        ):
            Validations.of(self).acknowledge(Acknowledgment(id=f"AwsSolutions-IAM5[{id_}]", reason=reason))
