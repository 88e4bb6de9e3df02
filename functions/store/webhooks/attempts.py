"""The last attempts of a webhook's deliveries, newest first."""

from functions.store.dynamodb.table import Table
from functions.store.rows.webhooks.attempts import Attempt, attempt_of
from functions.store.webhooks import keys as webhook_keys

LISTED = 50
LOOKED_THROUGH = 500  # for one delivery that is to be tried again


def last_attempts(table: Table, tenant: str, webhook: str, *, most: int = LISTED) -> list[Attempt]:
    """At most `most` of them: one query."""
    page = table.query(webhook_keys.attempts_pk(tenant, webhook), descending=True, limit=most)
    return [attempt_of(row, tenant=tenant, webhook=webhook) for row in page.rows]


def newest_attempt(table: Table, tenant: str, webhook: str, message_id: str) -> Attempt | None:
    """The newest attempt of one delivery."""
    attempts = last_attempts(table, tenant, webhook, most=LOOKED_THROUGH)
    return next((attempt for attempt in attempts if attempt.message_id == message_id), None)
