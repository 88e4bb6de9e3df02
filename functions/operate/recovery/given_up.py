"""Deliveries that were given up: the dead letters of the queue of deliveries. `dead_letters` walks over them.

They hold no event: a delivery names lines of an archive object. One that is sent again is as new, so it is tried for
three days more.
"""

from collections.abc import Mapping
from typing import Any

import msgspec.structs

from functions.core.times import format_time
from functions.core.webhooks.delivery import UnreadableDelivery, pack, unpack
from functions.operate.recovery.dead_letters import DeadLetter
from functions.store.dynamodb.table import Table
from functions.store.webhooks.webhooks import Registered, read_webhooks

DISABLED = {"gone": "its target answered 410", "failing": "its target failed for five days"}


class GivenUpDeliveries:
    """What an operator sees of them. The webhooks of an app are read once, from the registry's table."""

    def __init__(self, registry_table: Table) -> None:
        self._table = registry_table
        self._known: dict[str, Registered] = {}

    def inspect(self, message: Mapping[str, Any]) -> DeadLetter:
        """Which webhook a delivery was for, and whether to send it again can help."""
        letter_id = message["MessageId"]
        try:
            delivery = unpack(message["Body"])
        except UnreadableDelivery as error:
            reason = f"It cannot be read: {error}. Delete it: `make dlq-delete QUEUE=deliveries ID={letter_id}`."
            return DeadLetter(id=letter_id, reason=reason, redrivable=False)
        webhook = self._webhooks_of(delivery.tenant).webhook(delivery.webhook)
        app_id = "" if webhook is None else webhook.app_id
        received_at = format_time(delivery.since_us) if delivery.since_us else ""
        if webhook is None:
            reason = (
                f"Its webhook {delivery.webhook} was deleted. Delete it too: `make dlq-delete QUEUE=deliveries ID=…`."
            )
        elif not webhook.active:
            why = f", because {DISABLED[webhook.disabled]}" if webhook.disabled else ""
            reason = (
                f"Its webhook “{webhook.name}” is deactivated{why}. Mend the target, activate the webhook "
                f"(PUT /webhooks/{webhook.id}/activate), then `make redrive QUEUE=deliveries`."
            )
        else:
            reason = (
                f"It could not be delivered to the webhook “{webhook.name}”, which is active. Once its target answers: "
                "`make redrive QUEUE=deliveries`."
            )
        return DeadLetter(
            id=letter_id,
            received_at=received_at,
            app_id=app_id,
            items={"delivery": 1},
            reason=reason,
            redrivable=webhook is not None and webhook.active,
        )

    def items(self, message: Mapping[str, Any]) -> list[dict[str, str]]:
        """A delivery holds none."""
        del message
        return []

    def renewed(self, body: str) -> str:
        """The body as it is sent again: its attempts and its three days begin anew."""
        return pack(msgspec.structs.replace(unpack(body), attempts=0, since_us=0, due_us=0))

    def _webhooks_of(self, tenant: str) -> Registered:
        if tenant not in self._known:
            self._known[tenant] = read_webhooks(self._table, tenant)
        return self._known[tenant]
