"""One message of the queue of deliveries: who wants which events, whether its endpoint may be asked, and what follows.

Every endpoint has a breaker: while it fails, one message a minute asks it, and the others wait in the queue. What is
sent is at least once and in no order.
"""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec.structs

from functions.core.identity import SYSTEM_ID
from functions.core.webhooks.body import Part, parts_of, ping
from functions.core.webhooks.delivery import Delivery
from functions.core.webhooks.matching import matcher_of
from functions.core.webhooks.schedule import GIVEN_UP_US, next_attempt_us
from functions.core.webhooks.signing import signature
from functions.core.webhooks.webhook import Webhook
from functions.deliver.counts import Counts
from functions.deliver.dependencies import Dependencies
from functions.deliver.endpoint import Breaker
from functions.store.outbound.poster import Posted
from functions.store.rows.webhooks.attempts import Attempt, attempt_row
from functions.store.webhooks.webhooks import Registered, read_webhooks

USER_AGENT = "caliper-event-store"
OBJECTS_AT_ONCE = 200  # of days that are sent again: messages that one message queues before it goes on with the rest
GONE = 410


class Worker:
    """Delivers messages at one time, that of its invocation. May be used by threads at once."""

    def __init__(self, dependencies: Dependencies, *, now_us: int, time_left: Callable[[], bool]) -> None:
        self._dependencies = dependencies
        self._now_us = now_us
        self._time_left = time_left

    def deliver(self, delivery: Delivery) -> Counts:
        """Deliver what a message names, or put off what cannot be delivered now. A failing AWS call raises."""
        if delivery.due_us > self._now_us:
            return self._queue(delivery)
        registered = read_webhooks(self._dependencies.registry_table, delivery.tenant, consistent=False)
        webhook = registered.webhook(delivery.webhook)
        if webhook is None or not (webhook.active or delivery.kind == "ping"):
            return Counts(dropped=1)
        breaker = Breaker(
            self._dependencies.registry_table, registered.endpoint(webhook), self._dependencies.bus, self._now_us
        )
        if delivery.kind == "ping":
            return self._ping(webhook, breaker)
        if delivery.kind == "days":
            return self._days(delivery)
        if not delivery.since_us:  # sent again after it was given up
            delivery = _changed(delivery, since_us=self._now_us)
        if self._now_us - delivery.since_us > GIVEN_UP_US:
            return self._give_up(delivery)
        if not delivery.forced and breaker.waits:
            return self._wait(delivery, breaker)
        return self._events(delivery, webhook, registered, breaker)

    def _events(self, delivery: Delivery, webhook: Webhook, registered: Registered, breaker: Breaker) -> Counts:
        parts = parts_of(
            self._dependencies.archive.read(delivery.key, tenant=delivery.tenant),
            tenant=delivery.tenant,
            sensor=webhook.sensor,
            matches=matcher_of(registered.filters_of(webhook.id)),
            service=SYSTEM_ID,
            first=delivery.first,
            last=delivery.last,
        )
        counts, attempts, may_post = Counts(), delivery.attempts, delivery.forced
        for part in parts:
            if not self._time_left():
                rest = _changed(delivery, first=part.first, attempts=attempts)
                return counts + self._queue(rest)
            # Only now is there something to post: what has nothing for this webhook must not use up the probe.
            may_post = may_post or breaker.claim()
            if not may_post:
                return self._wait(delivery, breaker)
            posted = self._post(webhook, part)
            counts += Counts(posts=1, events=len(part.raws) if posted.succeeded else 0, failures=not posted.succeeded)
            if posted.succeeded:
                breaker.succeeded()
                self._note(webhook, part, posted, delivery, attempts + 1)
            else:
                counts += self._failed(delivery, webhook, breaker, part, posted, attempts + 1)
                following = next(parts, None)
                if following is not None and posted.status != GONE:
                    rest = _changed(delivery, first=following.first, attempts=0, due_us=breaker.probe_at_us)
                    counts += self._queue(rest)
                return counts
            attempts = 0
        return counts

    def _failed(
        self, delivery: Delivery, webhook: Webhook, breaker: Breaker, part: Part, posted: Posted, attempts: int
    ) -> Counts:
        """Put off the events of a part that was not delivered, or give them up."""
        if posted.status == GONE:
            self._note(webhook, part, posted, delivery, attempts)
            breaker.disable(webhook, "gone")
            return self._give_up(_changed(delivery, first=part.first))
        breaker.failed(webhook)
        due_us = next_attempt_us(
            attempts,
            now_us=self._now_us,
            retry_after_us=round(posted.retry_after_s * 1e6),
            random=self._dependencies.random,
        )
        self._note(webhook, part, posted, delivery, attempts, next_us=due_us)
        again = _changed(delivery, first=part.first, last=part.last, attempts=attempts, forced=False)
        if due_us is None:
            return self._give_up(again)
        return self._queue(_changed(again, due_us=due_us))

    def _ping(self, webhook: Webhook, breaker: Breaker) -> Counts:
        part = ping(service=SYSTEM_ID)
        posted = self._post(webhook, part)
        if posted.succeeded:
            breaker.succeeded()
        self._note(webhook, part, posted, None, 1)
        return Counts(posts=1, failures=not posted.succeeded)

    def _days(self, delivery: Delivery) -> Counts:
        """A message for each object of some days; for what is over OBJECTS_AT_ONCE, one that goes on from there."""
        keys = self._dependencies.archive.keys(from_day=str(delivery.first), to_day=str(delivery.last))
        wanted = [key for _, key in zip(range(OBJECTS_AT_ONCE + 1), _after(keys, delivery.key), strict=False)]
        messages = [
            Delivery(tenant=delivery.tenant, webhook=delivery.webhook, key=key, since_us=self._now_us)
            for key in wanted[:OBJECTS_AT_ONCE]
        ]
        if len(wanted) > OBJECTS_AT_ONCE:
            messages.append(_changed(delivery, key=wanted[OBJECTS_AT_ONCE - 1]))
        self._dependencies.deliveries.send(messages, now_us=self._now_us)
        return Counts()

    def _post(self, webhook: Webhook, part: Part) -> Posted:
        body = part.envelope(now_us=self._now_us)
        message_id, timestamp_s = part.message_id(webhook.id), self._now_us // 1_000_000
        headers = {
            "Content-Type": "application/json",
            "User-Agent": USER_AGENT,
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp_s),
            "webhook-signature": signature(webhook.secrets(self._now_us), message_id, timestamp_s, body),
        }
        return self._dependencies.poster.post(webhook.target_url, headers, body)

    def _note(
        self,
        webhook: Webhook,
        part: Part,
        posted: Posted,
        delivery: Delivery | None,
        number: int,
        next_us: int | None = None,
    ) -> None:
        attempt = Attempt(
            tenant=webhook.tenant,
            webhook=webhook.id,
            time_us=self._now_us,
            message_id=part.message_id(webhook.id),
            status=posted.status,
            error=posted.error,
            duration_ms=posted.duration_ms,
            events=len(part.raws),
            number=number,
            next_us=next_us,
            key="" if delivery is None else delivery.key,
            first=part.first,
            last=part.last,
        )
        self._dependencies.table.put_all([attempt_row(attempt)])

    def _wait(self, delivery: Delivery, breaker: Breaker) -> Counts:
        """Put off a message whose endpoint fails and that is not the probe."""
        return self._queue(_changed(delivery, due_us=breaker.next_look_us(self._dependencies.random)))

    def _queue(self, delivery: Delivery) -> Counts:
        self._dependencies.deliveries.send([delivery], now_us=self._now_us)
        return Counts(waiting=1)

    def _give_up(self, delivery: Delivery) -> Counts:
        self._dependencies.given_up.put(_changed(delivery, attempts=0, due_us=0))
        return Counts(given_up=1)


def _changed(delivery: Delivery, **changes: Any) -> Delivery:
    return msgspec.structs.replace(delivery, **changes)


def _after(keys: Iterator[str], key: str) -> Iterator[str]:
    """Those of ordered keys that come after `key`."""
    return (later for later in keys if later > key)
