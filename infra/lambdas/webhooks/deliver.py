"""`deliver`: sends stored events on to webhooks, from its own queue."""

import aws_cdk as cdk
from aws_cdk import Acknowledgment, Validations
from aws_cdk import aws_lambda_event_sources as event_sources
from constructs import Construct

from functions.deliver.settings import DeliverSettings
from functions.store.webhooks import keys as webhook_keys
from infra.config import Config
from infra.lambdas.function import Function
from infra.lambdas.webhooks.manage import allow_writing
from infra.packaging.package import Package
from infra.storage import DELIVER_SECONDS, Storage

BATCH_MESSAGES = 10  # one thread each: an endpoint that does not answer holds up no other
AT_ONCE = 10  # functions; what else is due waits in the queue, one group (webhook) after the other


class Deliver(Construct):
    def __init__(
        self, scope: Construct, construct_id: str, *, package: Package, storage: Storage, config: Config
    ) -> None:
        super().__init__(scope, construct_id)
        self.function = Function(
            self,
            "Function",
            name="deliver",
            description="Sends stored events on to webhooks",
            package=package,
            settings=DeliverSettings(
                table_name=storage.table.table_name,
                registry_table_name=storage.registry_in_use.table_name,
                bucket_name=storage.bucket.bucket_name,
                deliveries_url=storage.deliveries.queue_url,
                given_up_url=storage.given_up_deliveries.queue_url,
                bus_name=storage.bus.event_bus_name,
                allow_loopback=config.local,
            ),
            memory_mb=512,  # it mostly waits for others
            timeout=cdk.Duration.seconds(DELIVER_SECONDS),
        )
        self.function.add_event_source(
            event_sources.SqsEventSource(
                storage.deliveries,
                batch_size=BATCH_MESSAGES,
                max_concurrency=AT_ONCE,
                report_batch_item_failures=True,
            )
        )
        # Webhooks, filters, and endpoints that fail.
        self.function.allow("dynamodb:Query", on=[storage.registry_in_use.table_arn])
        allow_writing(self.function, storage, webhook_keys.PARTITIONS)
        # Attempts.
        self.function.allow("dynamodb:BatchWriteItem", on=[storage.table.table_arn])
        # The events themselves, and which objects some days have.
        self.function.allow("s3:GetObject", on=[storage.bucket.arn_for_objects("archive/*")])
        self.function.allow("s3:ListBucket", on=[storage.bucket.bucket_arn])
        self.function.allow("sqs:SendMessage", on=[storage.deliveries.queue_arn, storage.given_up_deliveries.queue_arn])
        self.function.allow("events:PutEvents", on=[storage.bus.event_bus_arn])
        archive = cdk.Stack.of(self).get_logical_id(storage.bucket.node.default_child)  # type: ignore[arg-type]
        Validations.of(self).acknowledge(
            Acknowledgment(
                id=f"AwsSolutions-IAM5[Resource::<{archive}.Arn>/archive/*]",
                reason="Object names are made at run time; the grant ends at the prefix",
            )
        )
