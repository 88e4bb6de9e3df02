"""`query`: every read, health, the API's own description, and the answer to paths that are none."""

import aws_cdk as cdk
from aws_cdk import Acknowledgment, Validations
from constructs import Construct

from functions.query.settings import QuerySettings
from infra.audit import Audit
from infra.bucket import EXPORTS_PREFIX
from infra.config import Config
from infra.lambdas.function import FULL_CORE_MB, Function
from infra.packaging.package import Package
from infra.storage import Storage


class Query(Construct):
    def __init__(
        self, scope: Construct, construct_id: str, *, package: Package, storage: Storage, audit: Audit, config: Config
    ) -> None:
        super().__init__(scope, construct_id)
        self.function = Function(
            self,
            "Function",
            name="query",
            description="Answers what was sent, which sessions and runs it makes, and what became of a job",
            package=package,
            settings=QuerySettings(
                table_name=storage.table.table_name,
                registry_table_name=storage.registry_in_use.table_name,
                queue_url=storage.queue.queue_url,
                dead_letters_url=storage.dead_letters.queue_url,
                idle_minutes=config.idle_minutes,
                heartbeat_minutes=config.heartbeat_minutes,
                retention_days=config.retention_days,
                cors_origins=config.cors_origins,
                audit_group=audit.group.log_group_name,
                security_contact=config.security_contact,
                bucket_name=storage.bucket.bucket_name,
                **config.insight_thresholds(),
            ),
            memory_mb=FULL_CORE_MB,  # a person waits: folding and writing pages of events is CPU
            reserved_concurrency=config.query_reserved_concurrency,
            timeout=cdk.Duration.seconds(29),  # the gateway gives up after 30 s (HTTP API quota)
        )
        self.function.allow("dynamodb:Query", on=[storage.table.table_arn, storage.by_id_arn, storage.by_due_arn])
        self.function.allow("dynamodb:BatchGetItem", on=[storage.table.table_arn])
        # Which apps there are, for an admin's question over all of them; the lessons of a course.
        self.function.allow("dynamodb:BatchGetItem", on=[storage.registry_in_use.table_arn])
        self.function.allow("dynamodb:Query", on=[storage.registry_in_use.table_arn, storage.registry_by_id_arn])
        # For operators: how much waits, and why letters are dead. They are received and stay visible.
        self.function.allow("sqs:GetQueueAttributes", on=[storage.queue.queue_arn, storage.dead_letters.queue_arn])
        self.function.allow("sqs:ReceiveMessage", on=[storage.dead_letters.queue_arn])
        # A link to a copy for a person is good for what this function may fetch.
        self.function.allow("s3:GetObject", on=[storage.bucket.arn_for_objects(f"{EXPORTS_PREFIX}*")])
        archive = cdk.Stack.of(self).get_logical_id(storage.bucket.node.default_child)  # type: ignore[arg-type]
        Validations.of(self).acknowledge(
            Acknowledgment(
                id=f"AwsSolutions-IAM5[Resource::<{archive}.Arn>/{EXPORTS_PREFIX}*]",
                reason="Object names are made at run time; the grant ends at the prefix",
            )
        )
        audit.let_write(self.function)
