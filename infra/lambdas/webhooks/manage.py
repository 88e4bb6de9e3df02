"""`manage`: every route that changes something other than events."""

import aws_cdk as cdk
from constructs import Construct

from functions.manage.settings import ManageSettings
from functions.store.erasure.keys import REQUESTS
from functions.store.people import keys as people_keys
from functions.store.sender_alarms.keys import ALARMS
from functions.store.webhooks import keys as webhook_keys
from infra.audit import Audit
from infra.config import Config
from infra.lambdas.function import Function
from infra.packaging.package import Package
from infra.storage import Storage


class Manage(Construct):
    def __init__(
        self, scope: Construct, construct_id: str, *, package: Package, storage: Storage, audit: Audit, config: Config
    ) -> None:
        super().__init__(scope, construct_id)
        self.function = Function(
            self,
            "Function",
            name="manage",
            description="Registers webhooks and aliases, has deliveries sent again, takes requests about people",
            package=package,
            settings=ManageSettings(
                table_name=storage.table.table_name,
                registry_table_name=storage.registry_in_use.table_name,
                deliveries_url=storage.deliveries.queue_url,
                person_requests_url=storage.person_requests.queue_url,
                audit_group=audit.group.log_group_name,
                allow_loopback=config.local,
            ),
            memory_mb=1024,  # called seldom, so nearly always cold: imports speed up with memory
            timeout=cdk.Duration.seconds(29),  # the gateway gives up after 30 s (HTTP API quota)
        )
        self.function.allow("dynamodb:Query", on=[storage.registry_in_use.table_arn, storage.table.table_arn])
        # The app that an admin names.
        self.function.allow("dynamodb:BatchGetItem", on=[storage.registry_in_use.table_arn])
        allow_writing(self.function, storage, webhook_keys.PARTITIONS, people_keys.PARTITIONS)
        allow_writing(self.function, storage, ALARMS, action="dynamodb:BatchWriteItem")
        self.function.allow("sqs:SendMessage", on=[storage.deliveries.queue_arn, storage.person_requests.queue_arn])
        # How far a request about a person is: no other row of the events table.
        self.function.allow(
            "dynamodb:PutItem",
            on=[storage.table.table_arn],
            conditions={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [REQUESTS]}},
        )
        audit.let_write(self.function)


def allow_writing(function: Function, storage: Storage, *partitions: str, action: str = "dynamodb:PutItem") -> None:
    """Let a function put rows of these partitions into the registry, and no other: it can let no one in."""
    function.allow(
        action,
        on=[storage.registry_in_use.table_arn],
        conditions={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(partitions)}},
    )
