"""`validate`: takes an envelope, answers with a verdict per item, sends what is accepted to the queue."""

import aws_cdk as cdk
from constructs import Construct

from functions.validate.settings import ValidateSettings
from infra.lambdas.function import FULL_CORE_MB, Function
from infra.packaging.package import Package
from infra.storage import Storage


class Validate(Construct):
    def __init__(self, scope: Construct, construct_id: str, *, package: Package, storage: Storage) -> None:
        super().__init__(scope, construct_id)
        self.function = Function(
            self,
            "Function",
            name="validate",
            description="Judges each item of an envelope and queues it",
            package=package,
            settings=ValidateSettings(
                table_name=storage.table.table_name,
                queue_url=storage.queue.queue_url,
            ),
            memory_mb=FULL_CORE_MB,  # judging is pure CPU on one thread: a share of a core only makes clients wait
            timeout=cdk.Duration.seconds(29),  # the gateway gives up after 30 s (HTTP API quota)
        )
        self.function.allow("sqs:SendMessage", on=[storage.queue.queue_arn])
        # A heartbeat finds its session's row by the session's id.
        self.function.allow("dynamodb:Query", on=[storage.by_id_arn])
        # What each app uses is added up every few seconds.
        self.function.allow("dynamodb:BatchGetItem", "dynamodb:UpdateItem", on=[storage.table.table_arn])
