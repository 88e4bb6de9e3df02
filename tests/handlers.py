"""Dependencies of the handlers over what is in memory, for tests that call a handler itself."""

import uuid

from functions.manage.dependencies import Dependencies as ManageDependencies
from functions.manage.settings import ManageSettings
from functions.process.handler import Dependencies as ProcessDependencies
from functions.settings import ProcessSettings, TimeoutSettings
from functions.store.audit import AuditLog
from functions.store.dynamodb.table import Table
from functions.store.erasure.work import WorkQueue
from functions.store.queue import Queue
from functions.store.registrations import Registrations
from functions.store.signers.signing_keys import KeySet
from functions.store.webhooks.delivery_queue import DeliveryQueue
from functions.timeout.handler import Dependencies as TimeoutDependencies
from functions.validate.handler import Dependencies as ValidateDependencies
from tests.fakes import MemoryArchive, MemoryTable


def process_dependencies(table: Table, settings: ProcessSettings) -> ProcessDependencies:
    """Those of a worker that remembers nothing, with an archive of its own."""
    return ProcessDependencies(
        table=table,
        archive=MemoryArchive(),
        settings=settings,
        registrations=Registrations(table, settings.timeouts),
    )


def validate_dependencies(queue: Queue, table: Table | None = None) -> ValidateDependencies:
    """Those of `validate` with this queue, and an empty table if none is given."""
    return ValidateDependencies(queue=queue, table=table or MemoryTable(), key_set_of=KeySet)


def manage_dependencies(
    table: Table,
    deliveries: DeliveryQueue,
    audit: AuditLog | None = None,
    person_requests: WorkQueue | None = None,
) -> ManageDependencies:
    """Those of `manage` as on AWS: no target on this machine."""
    return ManageDependencies(
        table=table,
        registry_table=table,
        deliveries=deliveries,
        settings=ManageSettings(table_name="t", deliveries_url="d"),
        new_id=lambda: str(uuid.uuid4()),
        audit=audit,
        person_requests=person_requests,
    )


def timeout_dependencies(table: Table, queue: Queue, settings: TimeoutSettings) -> TimeoutDependencies:
    """Those of a sweep without subscribers."""
    return TimeoutDependencies(
        table=table, queue=queue, settings=settings, registrations=Registrations(table, settings.timeouts)
    )
