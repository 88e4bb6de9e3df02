"""Where data is kept and how it travels: queue, dead letters, the tables of events and registry, archive, bus."""

import aws_cdk as cdk
from aws_cdk import Acknowledgment, Validations
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from functions.store import keys

PROCESS_SECONDS = 90
# Three hours of an outage: the backlog stays in the queue and is taken when it is over. One message does not need so
# many: what cannot be read `process` moves itself, and an event that cannot be stored it sets apart.
MAX_RECEIVES = 20
COPIES_PREFIX = "registry/"  # as in functions.store.copies.registry
COPIES_DAYS = 400  # how long a daily copy of the registry is kept
MESSAGE_BYTES = 1_048_576  # SQS limit; packed messages stay well below


class Storage(Construct):
    """Queue, dead letters, tables and bucket. `retained` keeps tables and bucket when the stack is deleted.

    `registry_moved`: the registry is read from its own table; if not, from the events table, where earlier versions
    kept it. `window_seconds`: for how long `process` gathers a batch.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, retained: bool, registry_moved: bool, window_seconds: int
    ) -> None:
        super().__init__(scope, construct_id)
        removal = cdk.RemovalPolicy.RETAIN if retained else cdk.RemovalPolicy.DESTROY
        self.dead_letters = sqs.Queue(
            self,
            "DeadLetters",
            # Counted from the first send, so it must outlast the queue's own retention.
            retention_period=cdk.Duration.days(14),
            max_message_size_bytes=MESSAGE_BYTES,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
        )
        self.queue = sqs.Queue(
            self,
            "Queue",
            # 6 × the consumer's timeout and its batching window (AWS's rule for SQS event sources)
            visibility_timeout=cdk.Duration.seconds(6 * PROCESS_SECONDS + window_seconds),
            retention_period=cdk.Duration.days(7),
            max_message_size_bytes=MESSAGE_BYTES,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead_letters, max_receive_count=MAX_RECEIVES),
        )
        self.table = _events_table(self, removal)
        self.registry = _registry_table(self, removal)
        self.registry_in_use = self.registry if registry_moved else self.table
        self.bucket = _bucket(self, removal)
        # Notices for subscribers; nothing in this stack subscribes.
        self.bus = events.EventBus(self, "Bus", description="Facts about Caliper sessions: started, ended")

    @property
    def by_id_arn(self) -> str:
        return f"{self.table.table_arn}/index/{keys.BY_ID}"

    @property
    def registry_by_id_arn(self) -> str:
        return f"{self.registry_in_use.table_arn}/index/{keys.BY_ID}"

    @property
    def by_due_arn(self) -> str:
        return f"{self.table.table_arn}/index/{keys.BY_DUE}"


def _events_table(scope: Construct, removal: cdk.RemovalPolicy) -> dynamodb.Table:
    """Events, sessions and all that follows from them; rows expire."""
    table = _table(scope, "Table", removal, time_to_live_attribute=keys.TTL)
    for index in keys.EVENTS_INDEXES:
        _add_index(table, index)
    return table


def _registry_table(scope: Construct, removal: cdk.RemovalPolicy) -> dynamodb.Table:
    """Apps, credentials, courses: in no archive, and not for `process` or `timeout` to write."""
    table = _table(scope, "Registry", removal)
    for index in keys.REGISTRY_INDEXES:
        _add_index(table, index)
    return table


def _table(
    scope: Construct, construct_id: str, removal: cdk.RemovalPolicy, *, time_to_live_attribute: str | None = None
) -> dynamodb.Table:
    """Keys as `functions.store.keys` says. `Table`, not `TableV2`: moto makes nothing of a GlobalTable."""
    pk, sk = keys.KEY_NAMES[""]
    return dynamodb.Table(
        scope,
        construct_id,
        partition_key=_text(pk),
        sort_key=_text(sk),
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=True
        ),
        time_to_live_attribute=time_to_live_attribute,
        removal_policy=removal,
        deletion_protection=removal is cdk.RemovalPolicy.RETAIN,
    )


def _add_index(table: dynamodb.Table, index: str) -> None:
    pk, sk = keys.KEY_NAMES[index]
    table.add_global_secondary_index(
        index_name=index,
        partition_key=_text(pk),
        sort_key=_text(sk) if sk else None,
        projection_type=dynamodb.ProjectionType.KEYS_ONLY,
    )


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)


def _bucket(scope: Construct, removal: cdk.RemovalPolicy) -> s3.Bucket:
    bucket = s3.Bucket(
        scope,
        "Archive",
        encryption=s3.BucketEncryption.S3_MANAGED,
        enforce_ssl=True,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        versioned=True,  # the archive is the record: nothing in it may be lost to an overwrite
        removal_policy=removal,
        lifecycle_rules=[
            s3.LifecycleRule(
                id="superseded",
                noncurrent_version_expiration=cdk.Duration.days(30),
                abort_incomplete_multipart_upload_after=cdk.Duration.days(1),
            ),
            s3.LifecycleRule(id="registry-copies", prefix=COPIES_PREFIX, expiration=cdk.Duration.days(COPIES_DAYS)),
            s3.LifecycleRule(
                id="archive-cools",
                prefix="archive/",
                transitions=[
                    s3.Transition(
                        storage_class=s3.StorageClass.GLACIER_INSTANT_RETRIEVAL,
                        transition_after=cdk.Duration.days(90),
                    )
                ],
            ),
        ],
    )
    Validations.of(bucket).acknowledge(
        Acknowledgment(
            id="AwsSolutions-S1",
            reason="Only `process` and `backup` may write to it; CloudTrail data events can log each access",
        )
    )
    return bucket
