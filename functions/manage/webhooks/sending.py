"""What is sent to a webhook on request: a test, one delivery again, the events of some days again.

Nothing is sent from here: `deliver` does, so only it reaches the internet.
"""

from collections.abc import Sequence

from functions.core.times import DAY_US, day_of, iso_day, parse_time
from functions.core.webhooks.delivery import Delivery
from functions.core.webhooks.webhook import Webhook
from functions.http.answers import Answer, answer
from functions.http.changes.bodies import refused
from functions.manage.change import ChangeRequest, Outcome
from functions.manage.webhooks.webhooks import invalid, unknown_webhook
from functions.store.webhooks.attempts import newest_attempt
from functions.store.webhooks.webhooks import read_webhooks

MOST_DAYS = 92


def test(request: ChangeRequest) -> Outcome:
    """202: an envelope without events is on its way."""
    webhook = _webhook(request)
    if webhook is None:
        return unknown_webhook()
    ping = Delivery(tenant=webhook.tenant, webhook=webhook.id, kind="ping", since_us=request.now_us)
    return _queued(request, webhook, [ping], "A test is on its way: its attempt tells what came of it.")


def retry(request: ChangeRequest) -> Outcome:
    """202: the events of one delivery are on their way again, though their target fails."""
    webhook = _webhook(request)
    if webhook is None:
        return unknown_webhook()
    message_id = request.body.get("messageId")
    if not isinstance(message_id, str) or not message_id:
        return Outcome(_invalid("messageId", "`messageId` must be the `webhook-id` of a delivery."), webhook.id)
    attempt = newest_attempt(request.dependencies.table, webhook.tenant, webhook.id, message_id)
    if attempt is None:
        message = "None of the last attempts has that `messageId`: GET /webhooks/{webhookId}/attempts lists them."
        return Outcome(refused(404, "unknown-delivery", message), webhook.id)
    if not attempt.key:
        return test(request)
    again = Delivery(
        tenant=webhook.tenant,
        webhook=webhook.id,
        key=attempt.key,
        first=attempt.first,
        last=attempt.last,
        since_us=request.now_us,
        forced=True,
    )
    return _queued(request, webhook, [again], "The delivery is on its way again: its attempt tells what came of it.")


def resend(request: ChangeRequest) -> Outcome:
    """202: the events that were received on these days are on their way again."""
    webhook = _webhook(request)
    if webhook is None:
        return unknown_webhook()
    days: list[int] = []
    for name in ("fromDay", "toDay"):
        day_us = _day_of(request.body.get(name))
        if day_us is None:
            return Outcome(_invalid(name, f"`{name}` must be a day, such as 2026-01-26 (UTC)."), webhook.id)
        days.append(day_us)
    first_us, last_us = days
    if not 0 <= last_us - first_us < MOST_DAYS * DAY_US:
        message = f"`toDay` must not be before `fromDay`, nor more than {MOST_DAYS} days later."
        return Outcome(_invalid("toDay", message), webhook.id)
    wanted = Delivery(
        tenant=webhook.tenant,
        webhook=webhook.id,
        kind="days",
        first=int(day_of(first_us)),
        last=int(day_of(last_us)),
        since_us=request.now_us,
    )
    span = f"{iso_day(day_of(first_us))} to {iso_day(day_of(last_us))}"
    return _queued(request, webhook, [wanted], f"What was received from {span} is on its way again.")


def _webhook(request: ChangeRequest) -> Webhook | None:
    registered = read_webhooks(request.dependencies.registry_table, request.app.tenant)
    return registered.webhook(request.path["webhookId"])


def _queued(request: ChangeRequest, webhook: Webhook, deliveries: Sequence[Delivery], message: str) -> Outcome:
    request.dependencies.deliveries.send(deliveries, now_us=request.now_us)
    answered = answer(202, {"status": "success", "message": message, "deliveries": len(deliveries)})
    return Outcome(answered, webhook.id, rows=len(deliveries))


def _day_of(value: object) -> int | None:
    """The first instant (µs) of a day, None of anything else."""
    return parse_time(f"{value}T00:00:00Z")


def _invalid(name: str, message: str) -> Answer:
    return invalid([{"code": "wrong-value", "pointer": f"/{name}", "message": message}])
