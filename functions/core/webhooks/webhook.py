"""Webhooks and their filters: what an app registers so that its stored events are sent on.

The fields are those of TimeBack's webhooks client (timeback-webhooks 0.4.0). `manage` writes them, `query` shows them,
`deliver` obeys them.
"""

from typing import Any, Literal

from msgspec import Struct

from functions.core.times import DAY_US, format_time

MOST_WEBHOOKS = 20  # of one app
MOST_FILTERS = 20  # of one webhook
# Rows of an app, so that one query reads them however much is created and deleted: what was deleted stays known until
# its slot is needed.
WEBHOOK_SLOTS = 2 * MOST_WEBHOOKS
FILTER_SLOTS = MOST_WEBHOOKS * MOST_FILTERS + 2 * MOST_FILTERS
FORMER_SECRET_US = DAY_US  # so long bodies are signed with the secret before a change too
MASK = "whsec_…"
_SHOWN_CHARS, _LEAST_SHOWN = 4, 16

type FilterType = Literal["string", "number", "boolean"]
type Operator = Literal[
    "eq", "neq", "gt", "gte", "lt", "lte", "contains", "notContains", "in", "notIn", "startsWith", "endsWith", "regexp"
]
type Disabled = Literal["", "gone", "failing"]


class Webhook(Struct, frozen=True, kw_only=True):
    """Where the events of an app go. `sensor` None: those of every sensor. `version` counts its changes.

    `disabled` says why the service deactivated it: it answered 410, or nothing but failures for days.
    """

    id: str
    tenant: str
    app_id: str
    name: str
    target_url: str
    secret: str
    active: bool
    sensor: str | None = None
    description: str | None = None
    created_us: int
    updated_us: int
    deleted_us: int | None = None
    disabled: Disabled = ""
    former_secret: str = ""
    former_until_us: int = 0
    slot: int = 0
    version: int = 0

    def __repr__(self) -> str:
        return f"Webhook(id={self.id!r}, version={self.version})"  # without the secrets

    def secrets(self, now_us: int) -> list[str]:
        """Those to sign with, the current one first."""
        return [self.secret, self.former_secret] if now_us < self.former_until_us else [self.secret]


class Filter(Struct, frozen=True, kw_only=True):
    """A condition on the events of a webhook. All active ones of a webhook must hold."""

    id: str
    webhook: str
    key: str
    value: str
    type: FilterType
    operator: Operator
    active: bool
    created_us: int
    updated_us: int
    deleted_us: int | None = None
    slot: int = 0
    version: int = 0


def masked(secret: str) -> str:
    """What is shown of a secret: its last characters, and none of a short one."""
    return MASK + (secret[-_SHOWN_CHARS:] if len(secret) >= _LEAST_SHOWN else "")


def webhook_answer(webhook: Webhook, *, whole_secret: bool = False) -> dict[str, Any]:
    """A webhook as it is answered. The secret is masked, except to the request that created it."""
    return {
        "id": webhook.id,
        "name": webhook.name,
        "targetUrl": webhook.target_url,
        "secret": webhook.secret if whole_secret else masked(webhook.secret),
        "active": webhook.active,
        "sensor": webhook.sensor,
        "description": webhook.description,
        "disabled": webhook.disabled or None,
        "app": webhook.app_id,
        **_stamps(webhook),
    }


def filter_answer(stored: Filter) -> dict[str, Any]:
    """A filter as it is answered, with the operator under both names that clients know."""
    return {
        "id": stored.id,
        "webhookId": stored.webhook,
        "filterKey": stored.key,
        "filterValue": stored.value,
        "filterType": stored.type,
        "filterOperator": stored.operator,
        "filterOperation": stored.operator,
        "active": stored.active,
        **_stamps(stored),
    }


def _stamps(stored: Webhook | Filter) -> dict[str, str | None]:
    return {
        "created_at": format_time(stored.created_us),
        "updated_at": format_time(stored.updated_us),
        "deleted_at": None if stored.deleted_us is None else format_time(stored.deleted_us),
    }
