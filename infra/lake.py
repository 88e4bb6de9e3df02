"""The lake: a queue that hears of new objects of the archive, a bucket of tables, their catalogue, and Athena over it.

All of it can be left out (`lake=false`), and built anew from the archive at any time.
"""

import aws_cdk as cdk
from aws_cdk import Acknowledgment, Validations
from aws_cdk import aws_athena as athena
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_glue as glue
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.bucket import encryption_of
from infra.config import Config
from infra.notifications import notify
from infra.queue import queue
from infra.storage import Storage

LAKE_SECONDS = 840  # of a run: Lambda's longest is 900
RECEIVES = 5  # of a message, one a run: then it is a dead letter
RESULT_DAYS = 7  # how long Athena's answers are kept
HOUR = cdk.Duration.hours(1)


class Lake(Construct):
    """Queue, bucket, catalogue and workgroup. `retained` keeps the bucket when the stack is deleted."""

    def __init__(
        self, scope: Construct, construct_id: str, *, storage: Storage, config: Config, key: kms.IKey | None
    ) -> None:
        super().__init__(scope, construct_id)
        self.dead_letters = queue(self, "DeadLetters", kept_days=14)
        self.queue = queue(
            self,
            "Queue",
            kept_days=14,
            hidden_seconds=LAKE_SECONDS + 60,  # a run holds what it has taken until it has committed
            gives_up_to=self.dead_letters,
            after_receives=RECEIVES,
        )
        self.bucket = _bucket(self, retained=not config.local, key=key)
        self.database = glue.CfnDatabase(
            self,
            "Database",
            catalog_id=cdk.Stack.of(self).account,
            database_input=glue.CfnDatabase.DatabaseInputProperty(
                name=database_name(config.stack_name), description="Caliper events as flat tables (docs/lake.md)"
            ),
        )
        self.workgroup = _workgroup(self, config, self.bucket, key)
        notify(storage.bucket, self.queue, prefix="archive/")

    @property
    def database_name(self) -> str:
        return database_name(cdk.Stack.of(self).stack_name)

    def alarm(self, topic: sns.Topic, function: lambda_.Function) -> None:
        """Alarms on what keeps the tables from being right."""
        for name, metric, threshold, description in (
            (
                "DeadLettersAlarm",
                self.dead_letters.metric_approximate_number_of_messages_visible(period=HOUR, statistic="Maximum"),
                1,
                (
                    f"The lake failed {RECEIVES} times to load an object: its log says why. Mend that, then load the "
                    "day again: `make lake FROM=… TO=…`."
                ),
            ),
            (
                "OldestAlarm",
                self.queue.metric_approximate_age_of_oldest_message(period=HOUR, statistic="Maximum"),
                6 * 3600,
                "The tables of the lake are hours behind: look at the log of lake, or let it run more often.",
            ),
            (
                "ErrorsAlarm",
                function.metric_errors(period=HOUR, statistic="Sum"),
                1,
                (
                    "lake raised or ran out of time: its log group has the exception. What it had taken comes again; "
                    "if the next run is well, nothing is to be done."
                ),
            ),
        ):
            cloudwatch.Alarm(
                self,
                name,
                metric=metric,
                threshold=threshold,
                evaluation_periods=1,
                comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
                treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
                alarm_description=description,
            ).add_alarm_action(actions.SnsAction(topic))


def database_name(stack_name: str) -> str:
    """Glue takes lower case, digits and underscores."""
    return stack_name.lower().replace("-", "_")


def _bucket(scope: Construct, *, retained: bool, key: kms.IKey | None) -> s3.Bucket:
    bucket = s3.Bucket(
        scope,
        "Bucket",
        **encryption_of(key),
        enforce_ssl=True,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        removal_policy=cdk.RemovalPolicy.RETAIN if retained else cdk.RemovalPolicy.DESTROY,
        lifecycle_rules=[
            s3.LifecycleRule(id="answers", prefix="athena/", expiration=cdk.Duration.days(RESULT_DAYS)),
            s3.LifecycleRule(id="parts", abort_incomplete_multipart_upload_after=cdk.Duration.days(1)),
        ],
    )
    Validations.of(bucket).acknowledge(
        Acknowledgment(
            id="AwsSolutions-S1",
            reason="Only `lake` and Athena write to it; who needs each access logged turns on CloudTrail data events",
        )
    )
    return bucket


def _workgroup(scope: Construct, config: Config, bucket: s3.Bucket, key: kms.IKey | None) -> athena.CfnWorkGroup:
    """Athena's answers are encrypted as the tables are: who asks needs the key as well."""
    return athena.CfnWorkGroup(
        scope,
        "WorkGroup",
        name=f"{config.stack_name}-lake",
        description="Questions to the tables of Caliper events",
        recursive_delete_option=True,
        work_group_configuration=athena.CfnWorkGroup.WorkGroupConfigurationProperty(
            enforce_work_group_configuration=True,
            publish_cloud_watch_metrics_enabled=True,
            bytes_scanned_cutoff_per_query=config.lake_query_gigabytes * 1_000_000_000,
            engine_version=athena.CfnWorkGroup.EngineVersionProperty(selected_engine_version="Athena engine version 3"),
            result_configuration=athena.CfnWorkGroup.ResultConfigurationProperty(
                output_location=f"s3://{bucket.bucket_name}/athena/",
                encryption_configuration=athena.CfnWorkGroup.EncryptionConfigurationProperty(
                    encryption_option="SSE_S3" if key is None else "SSE_KMS",
                    kms_key=None if key is None else key.key_arn,
                ),
            ),
        ),
    )
