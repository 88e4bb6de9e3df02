"""Endpoints that fail, as rows of the registry: since when, how often, and when one message may ask again.

An endpoint that answers costs no write. The row lies in its webhook's slot; that of a webhook before it tells nothing.
"""

from msgspec import Struct

from functions.store import keys
from functions.store.dynamodb.attributes import number, text
from functions.store.dynamodb.row import Row
from functions.store.dynamodb.table import VERSION
from functions.store.webhooks import keys as webhook_keys


class Endpoint(Struct, frozen=True, kw_only=True):
    """How a webhook's endpoint is. `failing_since_us` 0: its last answer was a success."""

    tenant: str
    slot: int
    webhook: str
    failing_since_us: int = 0
    failures: int = 0
    probe_at_us: int = 0
    version: int = 0

    @property
    def fails(self) -> bool:
        return self.failing_since_us > 0


def endpoint_row(endpoint: Endpoint) -> Row:
    """`endpoint` as it is written."""
    return {
        keys.PK: webhook_keys.webhooks_pk(endpoint.tenant),
        keys.SK: f"{webhook_keys.ENDPOINT}{endpoint.slot:03d}",
        "webhook": endpoint.webhook,
        "failing_since_us": endpoint.failing_since_us,
        "failures": endpoint.failures,
        "probe_at_us": endpoint.probe_at_us,
        VERSION: endpoint.version,
    }


def endpoint_of(row: Row) -> Endpoint:
    """The endpoint that `endpoint_row` wrote."""
    return Endpoint(
        tenant=keys.tenant_in(text(row, keys.PK)),
        slot=int(text(row, keys.SK).removeprefix(webhook_keys.ENDPOINT)),
        webhook=text(row, "webhook"),
        failing_since_us=number(row, "failing_since_us"),
        failures=number(row, "failures"),
        probe_at_us=number(row, "probe_at_us"),
        version=number(row, VERSION),
    )
