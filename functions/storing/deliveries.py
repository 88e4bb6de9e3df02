"""What a batch has for webhooks: one message for each active webhook and archive object with events of its app."""

from collections.abc import Mapping, Sequence

from functions.core.messages import Message
from functions.core.webhooks.delivery import Delivery
from functions.store.archive import by_day
from functions.store.registrations import Registration


def deliveries_of(
    messages: Sequence[Message], keys: Sequence[str], registered: Mapping[str, Registration], *, now_us: int
) -> list[Delivery]:
    """Without a webhook none. `keys` are the objects that the archive made of `messages`, one a day."""
    if not keys or not any(registration.webhooks for registration in registered.values()):
        return []
    wanted: list[Delivery] = []
    for key, of_day in zip(keys, by_day(messages), strict=True):
        tenants = {message.tenant for message in of_day if any(item.kind == "event" for item in message.items)}
        wanted += [
            Delivery(tenant=tenant, webhook=webhook, key=key, since_us=now_us)
            for tenant in sorted(tenants)
            for webhook in registered[tenant].webhooks
        ]
    return wanted
