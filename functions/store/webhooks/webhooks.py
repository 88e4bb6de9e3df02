"""The webhooks of an app in the registry: read together, changed one at a time.

Every change is made over the version of the row that lists the app's active webhooks, so limits are exact and the list
is always right. Who changes at the same moment tries again.
"""

from collections.abc import Callable, Collection, Sequence
from copy import replace

from msgspec import Struct

from functions.core.errors import TransientError
from functions.core.webhooks.webhook import FILTER_SLOTS, WEBHOOK_SLOTS, Filter, Webhook
from functions.store import keys
from functions.store.dynamodb.attributes import number
from functions.store.dynamodb.row import Row
from functions.store.dynamodb.table import VERSION, Table, rows
from functions.store.rows.webhooks.endpoints import Endpoint, endpoint_of, endpoint_row
from functions.store.rows.webhooks.webhooks import active_row, filter_of, filter_row, webhook_of, webhook_row
from functions.store.webhooks import keys as webhook_keys

TRIES = 8


class ChangedMeanwhile(TransientError):
    """Others changed the webhooks of this app each time that a change was tried."""


class Registered(Struct, frozen=True):
    """All webhooks and filters of an app, deleted ones too, and its endpoints that fail."""

    tenant: str
    webhooks: dict[str, Webhook]
    filters: dict[str, Filter]
    endpoints: dict[int, Endpoint]  # by the webhook's slot
    version: int  # 0: the app never had one

    @property
    def present(self) -> list[Webhook]:
        """Those that are not deleted, in the order in which they were created."""
        kept = [webhook for webhook in self.webhooks.values() if webhook.deleted_us is None]
        return sorted(kept, key=lambda webhook: (webhook.created_us, webhook.id))

    def webhook(self, webhook_id: str) -> Webhook | None:
        """One that is not deleted."""
        webhook = self.webhooks.get(webhook_id)
        return None if webhook is None or webhook.deleted_us is not None else webhook

    def filter(self, filter_id: str) -> Filter | None:
        """One that is not deleted, and whose webhook is not."""
        stored = self.filters.get(filter_id)
        return None if stored is None or stored.deleted_us is not None or not self.webhook(stored.webhook) else stored

    def filters_of(self, webhook_id: str) -> list[Filter]:
        """Those of a webhook that are not deleted, in the order in which they were created."""
        kept = [stored for stored in self.filters.values() if stored.webhook == webhook_id and self.filter(stored.id)]
        return sorted(kept, key=lambda stored: (stored.created_us, stored.id))

    def endpoint(self, webhook: Webhook) -> Endpoint:
        """How a webhook's endpoint is."""
        held = self.endpoints.get(webhook.slot)
        if held is not None and held.webhook == webhook.id:
            return held
        version = 0 if held is None else held.version
        return Endpoint(tenant=self.tenant, slot=webhook.slot, webhook=webhook.id, version=version)

    def placed(self, webhook: Webhook) -> Webhook:
        """A new webhook in a slot that was never used, else in that of what was deleted first."""
        slot, version = _free_slot(self.webhooks.values(), WEBHOOK_SLOTS)
        return replace(webhook, slot=slot, version=version)

    def placed_filter(self, stored: Filter) -> Filter:
        """The same for a new filter."""
        slot, version = _free_slot(self.filters.values(), FILTER_SLOTS)
        return replace(stored, slot=slot, version=version)


type Change = Sequence[Webhook | Filter | Endpoint]  # as they are to be


def read_webhooks(table: Table, tenant: str, *, consistent: bool = True) -> Registered:
    """Everything of an app: one query."""
    registered = Registered(tenant, {}, {}, {}, 0)
    version = 0
    for row in rows(table, webhook_keys.webhooks_pk(tenant), consistent=consistent):
        sk = str(row[keys.SK])
        if sk.startswith(webhook_keys.WEBHOOK):
            webhook = webhook_of(row)
            registered.webhooks[webhook.id] = webhook
        elif sk.startswith(webhook_keys.FILTER):
            stored = filter_of(row)
            registered.filters[stored.id] = stored
        elif sk.startswith(webhook_keys.ENDPOINT):
            endpoint = endpoint_of(row)
            registered.endpoints[endpoint.slot] = endpoint
        elif sk == webhook_keys.ACTIVE_WEBHOOKS:
            version = number(row, VERSION)
    return replace(registered, version=version)


def change_webhooks[T](table: Table, tenant: str, change: Callable[[Registered], tuple[Change, T]]) -> T:
    """Put what `change` makes of the app's webhooks, and return what it returns beside it.

    It is called again if another change came between. Raises ChangedMeanwhile if that happens TRIES times.
    """
    for _ in range(TRIES):
        registered = read_webhooks(table, tenant)
        changed, outcome = change(registered)
        if not changed or table.put_all_if(_rows(registered, changed)):
            return outcome
    raise ChangedMeanwhile(f"the webhooks of an app were being changed {TRIES} times")


def _rows(registered: Registered, changed: Change) -> list[tuple[Row, int | None]]:
    """The rows to put with the version that each has now (None: it has none)."""
    put: list[tuple[Row, int | None]] = []
    webhooks = dict(registered.webhooks)
    for stored in changed:
        version = stored.version or None
        if isinstance(stored, Webhook):
            webhooks[stored.id] = stored
            put.append((webhook_row(replace(stored, version=stored.version + 1)), version))
        elif isinstance(stored, Filter):
            put.append((filter_row(replace(stored, version=stored.version + 1), tenant=registered.tenant), version))
        else:
            put.append((endpoint_row(replace(stored, version=stored.version + 1)), version))
    active = [webhook.id for webhook in webhooks.values() if webhook.active and webhook.deleted_us is None]
    put.append((active_row(registered.tenant, active, version=registered.version + 1), registered.version or None))
    return put


def _free_slot(known: Collection[Webhook | Filter], slots: int) -> tuple[int, int]:
    """A slot that may be written, and the version of the row in it."""
    used = {stored.slot for stored in known}
    unused = next((slot for slot in range(slots) if slot not in used), None)
    if unused is not None:
        return unused, 0
    before = min(
        (stored for stored in known if stored.deleted_us is not None), key=lambda stored: stored.deleted_us or 0
    )
    return before.slot, before.version
