"""Where data is kept and how it travels: queues, dead letters, the tables of events and registry, archive, bus."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from constructs import Construct

from functions.store import keys
from infra.bucket import archive_bucket
from infra.queue import queue

PROCESS_SECONDS = 90
# Three hours of an outage: the backlog stays in the queue and is taken when it is over. One message does not need so
# many: what cannot be read `process` moves itself, and an event that cannot be stored it sets apart.
MAX_RECEIVES = 20
DELIVER_SECONDS = 60
PRIVACY_SECONDS = 900  # Lambda's longest
MESSAGE_BYTES = 1_048_576  # SQS limit; packed messages stay well below


class Storage(Construct):
    """Queue, dead letters, tables and bucket. `retained` keeps tables and bucket when the stack is deleted.

    `registry_moved`: the registry is read from its own table; if not, from the events table, where earlier versions
    kept it. `window_seconds`: for how long `process` gathers a batch. `table_class`: of the events
    table; the small registry is in the standard class. `key`: the customer's, of tables and bucket.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        retained: bool,
        registry_moved: bool,
        window_seconds: int,
        table_class: str,
        key: kms.IKey | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        removal = cdk.RemovalPolicy.RETAIN if retained else cdk.RemovalPolicy.DESTROY
        self.dead_letters = queue(self, "DeadLetters", kept_days=14, most_bytes=MESSAGE_BYTES)
        self.queue = queue(
            self,
            "Queue",
            kept_days=7,
            hidden_seconds=6 * PROCESS_SECONDS + window_seconds,
            most_bytes=MESSAGE_BYTES,
            gives_up_to=self.dead_letters,
            after_receives=MAX_RECEIVES,
        )
        self.given_up_deliveries = queue(self, "DeliverDeadLetters", kept_days=14, hidden_seconds=30)
        self.deliveries = queue(
            self,
            "DeliverQueue",
            kept_days=4,  # of one that is looked at: what waits is sent again each quarter hour
            hidden_seconds=6 * DELIVER_SECONDS,
            gives_up_to=self.given_up_deliveries,
            after_receives=MAX_RECEIVES,
        )
        # Each message names a person: days are enough.
        self.person_request_dead_letters = queue(self, "PersonRequestDeadLetters", kept_days=4, hidden_seconds=30)
        self.person_requests = queue(
            self,
            "PersonRequests",
            kept_days=2,
            hidden_seconds=PRIVACY_SECONDS + 60,  # one run at a time takes a request; Lambda asks for no less
            gives_up_to=self.person_request_dead_letters,
            after_receives=5,
        )
        self.table = _events_table(self, removal, dynamodb.TableClass[table_class], key)
        self.registry = _registry_table(self, removal, key)
        self.registry_in_use = self.registry if registry_moved else self.table
        self.bucket = archive_bucket(self, removal, key=key)
        # Session facts for whoever subscribes; nothing in this stack does.
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


def _events_table(
    scope: Construct, removal: cdk.RemovalPolicy, table_class: dynamodb.TableClass, key: kms.IKey | None
) -> dynamodb.Table:
    """Events, sessions and all that follows from them; rows expire."""
    table = _table(scope, "Table", removal, key, time_to_live_attribute=keys.TTL, table_class=table_class)
    for index in keys.EVENTS_INDEXES:
        _add_index(table, index)
    return table


def _registry_table(scope: Construct, removal: cdk.RemovalPolicy, key: kms.IKey | None) -> dynamodb.Table:
    """Apps, credentials, courses: in no archive, and not for `process` or `timeout` to write."""
    table = _table(scope, "Registry", removal, key)
    for index in keys.REGISTRY_INDEXES:
        _add_index(table, index)
    return table


def _table(
    scope: Construct,
    construct_id: str,
    removal: cdk.RemovalPolicy,
    key: kms.IKey | None,
    *,
    time_to_live_attribute: str | None = None,
    table_class: dynamodb.TableClass = dynamodb.TableClass.STANDARD,
) -> dynamodb.Table:
    """Keys as `functions.store.keys` says. `Table`, not `TableV2`: moto makes nothing of a GlobalTable."""
    pk, sk = keys.KEY_NAMES[""]
    return dynamodb.Table(
        scope,
        construct_id,
        partition_key=_text(pk),
        sort_key=_text(sk),
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        table_class=table_class,
        encryption=None if key is None else dynamodb.TableEncryption.CUSTOMER_MANAGED,
        encryption_key=key,
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
