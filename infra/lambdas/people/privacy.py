"""`privacy`: counts, erases and copies what is kept of a person, as routes of `manage` ask through a queue of its own.

It may do what an operator's erasure does: change events and archive objects for good. Nothing calls it but the queue.
"""

import aws_cdk as cdk
from aws_cdk import Acknowledgment, Validations
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda_event_sources as event_sources
from constructs import Construct

from functions.privacy.settings import PrivacySettings
from functions.store import keys
from functions.store.erasure.keys import ERASURES
from functions.store.people import keys as people_keys
from infra.bucket import ANSWERED_PREFIX, DROPPED_PREFIX, ERASURES_PREFIX, EXPORTS_PREFIX
from infra.config import Config
from infra.lake import Lake
from infra.lambdas.function import Function
from infra.packaging.package import Package
from infra.storage import PRIVACY_SECONDS, Storage


class Privacy(Construct):
    """The function, from the lake's package. `lake` is None if the stack has none."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        package: Package,
        storage: Storage,
        lake: Lake | None,
        config: Config,
    ) -> None:
        super().__init__(scope, construct_id)
        self.function = Function(
            self,
            "Function",
            name="privacy",
            description="Erases people, and copies what is kept of them",
            package=package,
            settings=PrivacySettings(
                table_name=storage.table.table_name,
                registry_table_name=storage.registry_in_use.table_name,
                bucket_name=storage.bucket.bucket_name,
                bus_name=storage.bus.event_bus_name,
                dead_letters_url=storage.dead_letters.queue_url,
                requests_url=storage.person_requests.queue_url,
                idle_minutes=config.idle_minutes,
                heartbeat_minutes=config.heartbeat_minutes,
                retention_days=config.retention_days,
                lake_bucket=lake.bucket.bucket_name if lake else "",
                lake_queue_url=lake.queue.queue_url if lake else "",
                database=lake.database_name if lake else "",
            ),
            memory_mb=3008,  # a copy is made in memory; DuckDB takes 1.2 GB
            timeout=cdk.Duration.seconds(PRIVACY_SECONDS),
            scratch_mb=4096,
        )
        # One request after the other: two walks at once would rewrite the same objects.
        self.function.add_event_source(
            event_sources.SqsEventSource(storage.person_requests, batch_size=1, max_concurrency=2)
        )
        events.Rule(
            self,
            "Expire",
            description="What apps sent so long ago that it is not to be kept",
            schedule=events.Schedule.cron(hour="2", minute="41"),
            targets=[
                targets.LambdaFunction(
                    self.function, event=events.RuleTargetInput.from_object({"task": "expire"}), retry_attempts=0
                )
            ],
        )
        self._allow_storage(storage)
        if lake:
            self._allow_lake(lake)

    def _allow_storage(self, storage: Storage) -> None:
        function, bucket = self.function, storage.bucket
        function.allow(
            *("dynamodb:Query", "dynamodb:BatchGetItem", "dynamodb:BatchWriteItem"),
            *("dynamodb:PutItem", "dynamodb:UpdateItem"),
            on=[storage.table.table_arn],
        )
        function.allow("dynamodb:Query", on=[storage.by_id_arn])
        registry = [storage.registry_in_use.table_arn]
        erasures, secret = f"{ERASURES}*", keys.LAKE
        for actions, partitions in (
            (("dynamodb:BatchGetItem",), [keys.APPS, secret, erasures, people_keys.PARTITIONS]),
            (("dynamodb:Query",), [erasures, keys.APPS, people_keys.PARTITIONS]),
            (("dynamodb:BatchWriteItem",), [erasures, people_keys.PARTITIONS, people_keys.COURSES]),
            (("dynamodb:PutItem",), [secret, erasures, people_keys.PARTITIONS]),
        ):
            conditions = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": partitions}}
            function.allow(*actions, on=registry, conditions=conditions)
        function.allow("s3:ListBucketVersions", "s3:ListBucket", on=[bucket.bucket_arn])
        function.allow(
            *("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObjectVersion"),
            on=[bucket.arn_for_objects("archive/*")],
        )
        function.allow("s3:GetObject", "s3:PutObject", on=[bucket.arn_for_objects(f"{ERASURES_PREFIX}*")])
        function.allow("s3:PutObject", "s3:DeleteObjectVersion", on=[bucket.arn_for_objects(f"{EXPORTS_PREFIX}*")])
        function.allow(
            *("s3:GetObject", "s3:GetObjectVersion", "s3:DeleteObjectVersion"),
            on=[bucket.arn_for_objects(f"{DROPPED_PREFIX}*"), bucket.arn_for_objects(f"{ANSWERED_PREFIX}*")],
        )
        function.allow("s3:PutObject", on=[bucket.arn_for_objects(f"{ANSWERED_PREFIX}*")])
        function.allow(
            *("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:SendMessage"),
            on=[storage.dead_letters.queue_arn],
        )
        function.allow("sqs:SendMessage", on=[storage.person_requests.queue_arn])
        function.allow("events:PutEvents", on=[storage.bus.event_bus_arn])
        archive = cdk.Stack.of(self).get_logical_id(bucket.node.default_child)  # type: ignore[arg-type]
        for prefix in ("archive/", ERASURES_PREFIX, EXPORTS_PREFIX, DROPPED_PREFIX, ANSWERED_PREFIX):
            self._acknowledge(f"Resource::<{archive}.Arn>/{prefix}*", "Object names are made at run time")

    def _allow_lake(self, lake: Lake) -> None:
        function, stack = self.function, cdk.Stack.of(self)
        function.allow("s3:GetObject", "s3:PutObject", "s3:DeleteObject", on=[lake.bucket.arn_for_objects("*")])
        function.allow("s3:ListBucket", on=[lake.bucket.bucket_arn])
        function.allow("sqs:SendMessage", on=[lake.queue.queue_arn])
        glue = f"arn:{stack.partition}:glue:{stack.region}:{stack.account}"
        function.allow(
            *("glue:GetTable", "glue:UpdateTable"),
            on=[
                f"{glue}:catalog",
                f"{glue}:database/{lake.database_name}",
                f"{glue}:table/{lake.database_name}/*",
            ],
        )
        tables = stack.get_logical_id(lake.bucket.node.default_child)  # type: ignore[arg-type]
        self._acknowledge(f"Resource::<{tables}.Arn>/*", "Everything in the bucket of the lake may name people")
        self._acknowledge(
            f"Resource::arn:<AWS::Partition>:glue:<AWS::Region>:<AWS::AccountId>:table/{lake.database_name}/*",
            "It changes the tables of the lake's own database",
        )

    def _acknowledge(self, resource: str, reason: str) -> None:
        Validations.of(self).acknowledge(Acknowledgment(id=f"AwsSolutions-IAM5[{resource}]", reason=reason))
