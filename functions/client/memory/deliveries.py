"""The queue of deliveries as a list: each message with the time from which on it is visible."""

from collections.abc import Sequence

from functions.core.webhooks.delivery import Delivery, pack
from functions.store.webhooks.delivery_queue import delay_s


class MemoryDeliveryQueue:
    """Keeps `functions.store.webhooks.delivery_queue.DeliveryQueue`, and its dead letters."""

    def __init__(self) -> None:
        self.waiting: list[tuple[int, str]] = []
        self.given_up: list[Delivery] = []

    def send(self, deliveries: Sequence[Delivery], *, now_us: int) -> None:
        """Take every delivery, and hold each back as long as SQS would."""
        self.waiting += [
            (now_us + delay_s(delivery, now_us=now_us) * 1_000_000, pack(delivery)) for delivery in deliveries
        ]

    def put(self, delivery: Delivery) -> None:
        """Keep what was given up."""
        self.given_up.append(delivery)

    def take(self, now_us: int) -> list[str]:
        """The bodies that are visible, in the order in which they became so."""
        taken = sorted(delivery for delivery in self.waiting if delivery[0] <= now_us)
        self.waiting = [delivery for delivery in self.waiting if delivery[0] > now_us]
        return [body for _, body in taken]

    def next_us(self) -> int | None:
        """When the next message is visible; None if none waits."""
        return min((visible_us for visible_us, _ in self.waiting), default=None)
