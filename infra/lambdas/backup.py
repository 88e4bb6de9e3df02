"""`backup`: each day, copies the registry into the bucket."""

import aws_cdk as cdk
from aws_cdk import Acknowledgment, Validations
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from functions.backup.settings import BackupSettings
from infra.bucket import COPIES_PREFIX
from infra.lambdas.function import Function
from infra.packaging.package import Package
from infra.storage import Storage

EVERY = cdk.Duration.days(1)


class Backup(Construct):
    def __init__(self, scope: Construct, construct_id: str, *, package: Package, storage: Storage) -> None:
        super().__init__(scope, construct_id)
        self.function = Function(
            self,
            "Function",
            name="backup",
            description="Copies the registry into the bucket",
            package=package,
            settings=BackupSettings(
                registry_table_name=storage.registry_in_use.table_name, bucket_name=storage.bucket.bucket_name
            ),
            memory_mb=512,
            timeout=cdk.Duration.minutes(1),
        )
        events.Rule(
            self,
            "EachDay",
            description="The daily copy of the registry",
            schedule=events.Schedule.rate(EVERY),
            targets=[targets.LambdaFunction(self.function)],
        )
        self.function.allow("dynamodb:Scan", on=[storage.registry_in_use.table_arn])
        self.function.allow("s3:PutObject", on=[storage.bucket.arn_for_objects(f"{COPIES_PREFIX}*")])
        archive = cdk.Stack.of(self).get_logical_id(storage.bucket.node.default_child)  # type: ignore[arg-type]
        Validations.of(self).acknowledge(
            Acknowledgment(
                id=f"AwsSolutions-IAM5[Resource::<{archive}.Arn>/{COPIES_PREFIX}*]",
                reason="Object names are made at run time; the grant ends at the prefix",
            )
        )
