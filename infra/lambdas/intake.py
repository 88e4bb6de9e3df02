"""`intake`: takes Canvas' data streams from a queue that Canvas' own account may send to."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda_event_sources as event_sources
from constructs import Construct

from functions.intake.settings import IntakeSettings
from infra.lambdas.function import Function
from infra.packaging.package import Package
from infra.queue import queue
from infra.storage import MESSAGE_BYTES, Storage

# Canvas documentation, Live Events: setup, "SQS configuration": a standard queue whose name begins so, and the account.
QUEUE_NAME_PREFIX = "canvas-live-events"
CANVAS_ACCOUNT = "636161780776"
TIMEOUT_SECONDS = 30
WINDOW_SECONDS = 2
BATCH_MESSAGES = 100
MAX_RECEIVES = 200  # ten hours and more of retries: as long as it may take to register the app


class Intake(Construct):
    """`canvas_app`: the id of the app whose events Canvas sends."""

    def __init__(
        self, scope: Construct, construct_id: str, *, package: Package, storage: Storage, canvas_app: str
    ) -> None:
        super().__init__(scope, construct_id)
        self.dead_letters = queue(self, "DeadLetters", kept_days=14, most_bytes=MESSAGE_BYTES)
        self.queue = queue(
            self,
            "Queue",
            name=f"{QUEUE_NAME_PREFIX}-{cdk.Stack.of(self).stack_name}",
            kept_days=7,
            hidden_seconds=6 * TIMEOUT_SECONDS + WINDOW_SECONDS,
            most_bytes=MESSAGE_BYTES,
            gives_up_to=self.dead_letters,
            after_receives=MAX_RECEIVES,
        )
        # Canvas asks for every action on the queue. To send it needs these; to read or delete events it needs none.
        self.queue.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.AccountPrincipal(CANVAS_ACCOUNT)],
                actions=["sqs:SendMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"],
                resources=[self.queue.queue_arn],
            )
        )
        self.function = Function(
            self,
            "Function",
            name="intake",
            description="Judges what Canvas puts into its queue, and queues it",
            package=package,
            settings=IntakeSettings(
                registry_table_name=storage.registry_in_use.table_name,
                queue_url=storage.queue.queue_url,
                canvas_app=canvas_app,
            ),
            memory_mb=512,
            timeout=cdk.Duration.seconds(TIMEOUT_SECONDS),
        )
        self.function.add_event_source(
            event_sources.SqsEventSource(
                self.queue,
                batch_size=BATCH_MESSAGES,
                max_batching_window=cdk.Duration.seconds(WINDOW_SECONDS),
                report_batch_item_failures=True,
            )
        )
        self.function.allow("sqs:SendMessage", on=[storage.queue.queue_arn])
        self.function.allow("dynamodb:BatchGetItem", on=[storage.registry_in_use.table_arn])
