"""The breaker of an endpoint: while it fails, one message a minute may ask it.

An endpoint that answers costs no write. Each change is over the version that was read, so of many workers one is the
probe; who comes second leaves it to that one.
"""

from copy import replace
from typing import Any

from aws_lambda_powertools import Logger

from functions.core.times import format_time
from functions.core.webhooks.schedule import DISABLED_US, PROBE_US, Random, probe_us, waiting_until_us
from functions.core.webhooks.webhook import Disabled, Webhook
from functions.store.bus import Bus, webhook_disabled
from functions.store.dynamodb.table import Table
from functions.store.rows.webhooks.endpoints import Endpoint, endpoint_row
from functions.store.webhooks.webhooks import Change, Registered, change_webhooks

logger = Logger(service="deliver")


class Breaker:
    """One endpoint at one time."""

    def __init__(self, table: Table, endpoint: Endpoint, bus: Bus | None, now_us: int) -> None:
        self._table, self._bus, self._now_us = table, bus, now_us
        self._endpoint = endpoint

    @property
    def probe_at_us(self) -> int:
        """When one message may ask an endpoint that fails; a time that is over if it does not."""
        return self._endpoint.probe_at_us

    @property
    def waits(self) -> bool:
        """Whether no message may ask the endpoint now, because it fails and was asked less than a minute ago."""
        return self._endpoint.fails and self._endpoint.probe_at_us > self._now_us

    def next_look_us(self, random: Random) -> int:
        """When a message that may not ask the endpoint is looked at again."""
        return waiting_until_us(
            self._endpoint.probe_at_us,
            now_us=self._now_us,
            failing_us=self._now_us - self._endpoint.failing_since_us,
            random=random,
        )

    def claim(self) -> bool:
        """Whether this message may ask the endpoint: it does not fail, or this is its probe."""
        if not self._endpoint.fails:
            return True
        if self.waits:
            return False
        return self._put(probe_at_us=self._now_us + PROBE_US)

    def succeeded(self) -> None:
        """The endpoint answers: all that waits may come."""
        if self._endpoint.fails:
            self._put(failing_since_us=0, failures=0, probe_at_us=0)

    def failed(self, webhook: Webhook) -> None:
        """The endpoint failed once more. After five days without a success its webhook is disabled."""
        failures = self._endpoint.failures + 1
        self._put(
            failing_since_us=self._endpoint.failing_since_us or self._now_us,
            failures=failures,
            probe_at_us=probe_us(failures, now_us=self._now_us),
        )
        if self._now_us - self._endpoint.failing_since_us >= DISABLED_US:
            self.disable(webhook, "failing")

    def disable(self, webhook: Webhook, reason: Disabled) -> None:
        """Deactivate the webhook, and say so: first the notice, so that none is lost (one may come twice)."""
        if self._bus is not None:
            since_us = self._endpoint.failing_since_us or self._now_us
            self._bus.publish([webhook_disabled(webhook, reason=reason, failing_since=format_time(since_us))])

        def change(registered: Registered) -> tuple[Change, None]:
            current = registered.webhook(webhook.id)
            if current is None or not current.active:
                return [], None
            return [replace(current, active=False, disabled=reason, updated_us=self._now_us)], None

        change_webhooks(self._table, webhook.tenant, change)
        logger.error("webhook disabled", extra={"app": webhook.app_id, "webhook": webhook.id, "reason": reason})

    def _put(self, **changes: Any) -> bool:
        """Put the endpoint with these changes over the version that was read; False if another worker was first."""
        version = self._endpoint.version
        changed = replace(self._endpoint, version=version + 1, **changes)
        stored = self._table.put_if(endpoint_row(changed), version or None)
        self._endpoint = changed
        return stored
