"""`importer`: imports files that are dropped into the bucket."""

import aws_cdk as cdk
from aws_cdk import Acknowledgment, Validations
from aws_cdk import aws_lambda_event_sources as event_sources
from constructs import Construct

from functions.importer.settings import ImporterSettings
from infra.bucket import ANSWERED_PREFIX, DROPPED_PREFIX
from infra.config import Config
from infra.lambdas.function import FULL_CORE_MB, Function
from infra.notifications import notify
from infra.packaging.package import Package
from infra.queue import queue
from infra.storage import Storage

TIMEOUT_SECONDS = 900  # Lambda's longest; a file that takes longer goes on in the next run
MAX_RECEIVES = 5
AT_ONCE = 2  # files: SQS's least for an event source. Each waits while the queue is full.
SCRATCH_MB = 1024  # a file, and what is rejected of it


class Importer(Construct):
    def __init__(
        self, scope: Construct, construct_id: str, *, package: Package, storage: Storage, config: Config
    ) -> None:
        super().__init__(scope, construct_id)
        self.dead_letters = queue(self, "DeadLetters", kept_days=14)
        self.queue = queue(
            self,
            "Queue",
            kept_days=7,
            hidden_seconds=TIMEOUT_SECONDS,  # one run at a time takes a file; Lambda asks for no less
            gives_up_to=self.dead_letters,
            after_receives=MAX_RECEIVES,
        )
        notify(storage.bucket, self.queue, prefix=DROPPED_PREFIX)
        self.function = Function(
            self,
            "Function",
            name="importer",
            description="Imports files that are dropped into the bucket",
            package=package,
            settings=ImporterSettings(
                table_name=storage.table.table_name,
                registry_table_name=storage.registry_in_use.table_name,
                queue_url=storage.queue.queue_url,
                notifications_url=self.queue.queue_url,
                bucket_name=storage.bucket.bucket_name,
                retention_days=config.retention_days,
            ),
            memory_mb=FULL_CORE_MB,  # judging is CPU on one thread
            timeout=cdk.Duration.seconds(TIMEOUT_SECONDS),
            scratch_mb=SCRATCH_MB,
        )
        self.function.add_event_source(event_sources.SqsEventSource(self.queue, batch_size=1, max_concurrency=AT_ONCE))
        bucket = storage.bucket
        self.function.allow("s3:GetObject", on=[bucket.arn_for_objects(f"{DROPPED_PREFIX}*")])
        self.function.allow("s3:GetObject", "s3:PutObject", on=[bucket.arn_for_objects(f"{ANSWERED_PREFIX}*")])
        # Otherwise an object that is not there looks like one that may not be read.
        self.function.allow("s3:ListBucket", on=[bucket.bucket_arn])
        # What is older than the table's retention goes to the archive alone.
        self.function.allow("s3:PutObject", "s3:GetObject", on=[bucket.arn_for_objects("archive/*")])
        self.function.allow("sqs:SendMessage", on=[storage.queue.queue_arn, self.queue.queue_arn])
        # How much waits, and for how long: an import stands behind live events.
        self.function.allow("sqs:GetQueueAttributes", on=[storage.queue.queue_arn])
        self.function.allow("dynamodb:BatchGetItem", on=[storage.table.table_arn])
        self.function.allow("dynamodb:Query", on=[storage.registry_in_use.table_arn])
        archive = cdk.Stack.of(self).get_logical_id(bucket.node.default_child)  # type: ignore[arg-type]
        for prefix in (DROPPED_PREFIX, ANSWERED_PREFIX, "archive/"):
            Validations.of(self).acknowledge(
                Acknowledgment(
                    id=f"AwsSolutions-IAM5[Resource::<{archive}.Arn>/{prefix}*]",
                    reason="Object names are made at run time; the grant ends at the prefix",
                )
            )
