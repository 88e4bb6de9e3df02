"""`process`: takes batches from the queue, archives them, then writes the table."""

import aws_cdk as cdk
from aws_cdk import Acknowledgment, Validations
from aws_cdk import aws_lambda_event_sources as event_sources
from constructs import Construct

from functions.settings import ProcessSettings
from functions.store.erasure.keys import ERASURES
from infra.config import Config
from infra.lambdas.function import FULL_CORE_MB, Function
from infra.packaging.package import Package
from infra.storage import PROCESS_SECONDS, Storage

BATCH_MESSAGES = 500


class Process(Construct):
    def __init__(
        self, scope: Construct, construct_id: str, *, package: Package, storage: Storage, config: Config
    ) -> None:
        super().__init__(scope, construct_id)
        self.function = Function(
            self,
            "Function",
            name="process",
            description="Archives queued events, attributes them and stores them",
            package=package,
            settings=ProcessSettings(
                table_name=storage.table.table_name,
                registry_table_name=storage.registry_in_use.table_name,
                bucket_name=storage.bucket.bucket_name,
                bus_name=storage.bus.event_bus_name,
                plain_notices=config.plain_notices,
                queue_url=storage.queue.queue_url,
                dead_letters_url=storage.dead_letters.queue_url,
                idle_minutes=config.idle_minutes,
                heartbeat_minutes=config.heartbeat_minutes,
                deliveries_url=storage.deliveries.queue_url,
                retention_days=config.retention_days,
            ),
            memory_mb=FULL_CORE_MB,  # unpacking and attributing is CPU; the writes overlap on threads
            reserved_concurrency=config.process_reserved_concurrency,
            # a full batch with throttled writes; the queue waits six times as long
            timeout=cdk.Duration.seconds(PROCESS_SECONDS),
        )
        self.function.add_event_source(
            event_sources.SqsEventSource(
                storage.queue,
                batch_size=BATCH_MESSAGES,
                max_batching_window=cdk.Duration.seconds(config.batching_window_seconds),
                report_batch_item_failures=True,
                # Calls above what is set aside would be refused, and their messages delivered late.
                max_concurrency=config.queue_maximum_concurrency or config.process_reserved_concurrency or None,
            )
        )
        self.function.allow(
            "dynamodb:BatchWriteItem",
            "dynamodb:PutItem",
            "dynamodb:BatchGetItem",
            "dynamodb:UpdateItem",
            on=[storage.table.table_arn],
        )
        # How sessions of an app end, and which edApps are the app itself. It may not write there.
        self.function.allow("dynamodb:BatchGetItem", on=[storage.registry_in_use.table_arn])
        # Who was erased, asked only for what was received before.
        self.function.allow(
            "dynamodb:Query",
            on=[storage.registry_in_use.table_arn],
            conditions={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [f"{ERASURES}*"]}},
        )
        # Whose session it is, where an event names a session and no learner.
        self.function.allow("dynamodb:Query", on=[storage.by_id_arn])
        # Read only if the same batch was archived before.
        self.function.allow("s3:PutObject", "s3:GetObject", on=[storage.bucket.arn_for_objects("archive/*")])
        # What there is no time for is given back.
        self.function.allow("sqs:ChangeMessageVisibility", on=[storage.queue.queue_arn])
        # What cannot be read is moved there; back into its own queue it may send nothing. What webhooks want goes on.
        self.function.allow("sqs:SendMessage", on=[storage.dead_letters.queue_arn, storage.deliveries.queue_arn])
        self.function.allow("events:PutEvents", on=[storage.bus.event_bus_arn])
        archive = cdk.Stack.of(self).get_logical_id(storage.bucket.node.default_child)  # type: ignore[arg-type]
        Validations.of(self).acknowledge(
            Acknowledgment(
                id=f"AwsSolutions-IAM5[Resource::<{archive}.Arn>/archive/*]",
                reason="Object names are made at run time; the grant ends at the prefix",
            )
        )
