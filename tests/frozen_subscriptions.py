"""The webhooks and alarms of an app with every field set, as `tests.frozen_formats` freezes them."""

from functions.core.sender_alarms.alarms import NEW_CODE, SILENT, Change, Rings, SenderAlarms
from functions.core.times import DAY_US, MINUTE_US
from functions.core.webhooks.webhook import Filter, Webhook
from functions.store.dynamodb.table import Table
from functions.store.rows.webhooks.attempts import Attempt, attempt_row
from functions.store.rows.webhooks.endpoints import Endpoint
from functions.store.sender_alarms.rows import rings_row, set_alarms
from functions.store.webhooks.webhooks import change_webhooks
from tests.world import NINE_US

MESSAGE = "msg_00000000000000000000000001"
URN = "urn:uuid:00000000-0000-4000-8000-0000000000"
OBJECT = "events/frozen/part-0.ndjson.gz"


def webhook(tenant: str, app_id: str) -> Webhook:
    return Webhook(
        id=f"{URN}e1",
        tenant=tenant,
        app_id=app_id,
        name="Webhook",
        target_url="https://app.example.org/hook",
        secret="whsec_a-secret-of-the-fixture",
        active=True,
        sensor="https://app.example.org/sensor",
        description="What it is for",
        created_us=NINE_US,
        updated_us=NINE_US + MINUTE_US,
        former_secret="whsec_the-one-before",
        former_until_us=NINE_US + DAY_US,
    )


FILTER = Filter(
    id=f"{URN}f1",
    webhook=f"{URN}e1",
    key="type",
    value="ViewEvent",
    type="string",
    operator="eq",
    active=True,
    created_us=NINE_US,
    updated_us=NINE_US + MINUTE_US,
)


def endpoint(tenant: str) -> Endpoint:
    """It fails, and is asked again later."""
    return Endpoint(
        tenant=tenant,
        slot=0,
        webhook=f"{URN}e1",
        failing_since_us=NINE_US + 2 * MINUTE_US,
        failures=3,
        probe_at_us=NINE_US + 9 * MINUTE_US,
    )


def attempt(tenant: str) -> Attempt:
    return Attempt(
        tenant=tenant,
        webhook=f"{URN}e1",
        time_us=NINE_US + 3 * MINUTE_US,
        message_id=MESSAGE,
        status=0,
        error="no answer within 20 s",
        duration_ms=20_000,
        events=12,
        number=2,
        next_us=NINE_US + 9 * MINUTE_US,
        key=OBJECT,
        first=3,
        last=15,
    )


def alarms(tenant: str, app_id: str) -> SenderAlarms:
    return SenderAlarms(
        tenant=tenant,
        app_id=app_id,
        silent_hours=3,
        hours="Mon-Fri 08:00-15:00 UTC",
        rejects_percent=5,
        warnings_percent=20,
        new_codes=True,
        clock=True,
        since_us=NINE_US,
    )


RINGS = Rings(
    ringing={SILENT: (NINE_US, "Nothing was received for 3 hours of school.")},
    known=frozenset({"id-conflict"}),
    untold=(
        Change(alarm=NEW_CODE, state="cleared", text="No code is new.", since_us=NINE_US, decided_us=NINE_US + DAY_US),
    ),
    version=1,
)


def put_subscriptions(table: Table, tenant: str, app_id: str) -> None:
    """All of them, beside what else is of the app."""
    change_webhooks(table, tenant, lambda _: ((webhook(tenant, app_id), FILTER, endpoint(tenant)), None))
    set_alarms(table, alarms(tenant, app_id))
    table.put_all([
        attempt_row(attempt(tenant)),
        rings_row(tenant, RINGS, expires_s=(NINE_US + 400 * DAY_US) // 1_000_000),
    ])  # fmt: skip
