"""Webhooks and their filters as rows of the registry: one query reads all of an app.

The secret is in the row as it was sent, because deliveries are signed with it: the table is encrypted at rest, and
answers show a mask.
"""

from typing import cast

from functions.core.webhooks.webhook import Disabled, Filter, FilterType, Operator, Webhook
from functions.store import keys
from functions.store.dynamodb.attributes import number, text, texts
from functions.store.dynamodb.row import Key, Row
from functions.store.dynamodb.table import VERSION
from functions.store.webhooks import keys as webhook_keys


def active_key(tenant: str) -> Key:
    """Where the ids of an app's active webhooks lie: what `process` reads beside the registration."""
    return webhook_keys.webhooks_pk(tenant), webhook_keys.ACTIVE_WEBHOOKS


def active_row(tenant: str, webhooks: list[str], *, version: int) -> Row:
    """The ids of the active webhooks. Each change of an app's webhooks raises `version`, so changes are one by one."""
    pk, sk = active_key(tenant)
    return {keys.PK: pk, keys.SK: sk, "webhooks": sorted(webhooks), VERSION: version}


def active_of(row: Row | None) -> tuple[str, ...]:
    """The ids that `active_row` wrote; none if there is no row."""
    return () if row is None else texts(row, "webhooks")


def webhook_key(tenant: str, slot: int) -> Key:
    """Where a webhook lies."""
    return webhook_keys.webhooks_pk(tenant), f"{webhook_keys.WEBHOOK}{slot:03d}"


def webhook_row(webhook: Webhook) -> Row:
    """`webhook` as it is written."""
    pk, sk = webhook_key(webhook.tenant, webhook.slot)
    row: Row = {
        keys.PK: pk,
        keys.SK: sk,
        "id": webhook.id,
        "app": webhook.app_id,
        "name": webhook.name,
        "url": webhook.target_url,
        "secret": webhook.secret,
        "active": webhook.active,
        "created_us": webhook.created_us,
        "updated_us": webhook.updated_us,
        VERSION: webhook.version,
    }
    optional = {
        "sensor": webhook.sensor,
        "description": webhook.description,
        "deleted_us": webhook.deleted_us,
        "disabled": webhook.disabled or None,
    }
    row |= {name: value for name, value in optional.items() if value is not None}
    if webhook.former_secret:
        row |= {"former_secret": webhook.former_secret, "former_until_us": webhook.former_until_us}
    return row


def webhook_of(row: Row) -> Webhook:
    """The webhook that `webhook_row` wrote."""
    return Webhook(
        id=text(row, "id"),
        tenant=keys.tenant_in(text(row, keys.PK)),
        app_id=text(row, "app"),
        name=text(row, "name"),
        target_url=text(row, "url"),
        secret=text(row, "secret"),
        active=row["active"] is True,
        sensor=_optional(row, "sensor"),
        description=_optional(row, "description"),
        created_us=number(row, "created_us"),
        updated_us=number(row, "updated_us"),
        deleted_us=number(row, "deleted_us") if "deleted_us" in row else None,
        disabled=cast(Disabled, row.get("disabled", "")),
        former_secret=_optional(row, "former_secret") or "",
        former_until_us=number(row, "former_until_us") if "former_until_us" in row else 0,
        slot=_slot(row, webhook_keys.WEBHOOK),
        version=number(row, VERSION),
    )


def filter_key(tenant: str, slot: int) -> Key:
    """Where a filter lies."""
    return webhook_keys.webhooks_pk(tenant), f"{webhook_keys.FILTER}{slot:03d}"


def filter_row(stored: Filter, *, tenant: str) -> Row:
    """A filter as it is written."""
    pk, sk = filter_key(tenant, stored.slot)
    row: Row = {
        keys.PK: pk,
        keys.SK: sk,
        "id": stored.id,
        "webhook": stored.webhook,
        "key": stored.key,
        "value": stored.value,
        "type": stored.type,
        "operator": stored.operator,
        "active": stored.active,
        "created_us": stored.created_us,
        "updated_us": stored.updated_us,
        VERSION: stored.version,
    }
    return row if stored.deleted_us is None else row | {"deleted_us": stored.deleted_us}


def filter_of(row: Row) -> Filter:
    """The filter that `filter_row` wrote."""
    return Filter(
        id=text(row, "id"),
        webhook=text(row, "webhook"),
        key=text(row, "key"),
        value=text(row, "value"),
        type=cast(FilterType, row["type"]),
        operator=cast(Operator, row["operator"]),
        active=row["active"] is True,
        created_us=number(row, "created_us"),
        updated_us=number(row, "updated_us"),
        deleted_us=number(row, "deleted_us") if "deleted_us" in row else None,
        slot=_slot(row, webhook_keys.FILTER),
        version=number(row, VERSION),
    )


def _optional(row: Row, name: str) -> str | None:
    return text(row, name) if name in row else None


def _slot(row: Row, prefix: str) -> int:
    return int(text(row, keys.SK).removeprefix(prefix))
