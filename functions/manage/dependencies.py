"""The dependencies of `manage`, handed to it by its handler or by a test."""

from collections.abc import Callable

from msgspec import Struct

from functions.manage.settings import ManageSettings
from functions.store.audit import AuditLog
from functions.store.dynamodb.table import Table
from functions.store.erasure.work import WorkQueue
from functions.store.webhooks.delivery_queue import DeliveryQueue


class Dependencies(Struct, frozen=True, kw_only=True):
    """What it changes, by which settings. `new_id` makes an id that nothing else has."""

    table: Table
    registry_table: Table
    deliveries: DeliveryQueue
    settings: ManageSettings
    new_id: Callable[[], str]
    audit: AuditLog | None = None
    person_requests: WorkQueue | None = None  # None on the double, which ends with all that it holds
