"""What an app registered of webhooks and filters, and how its deliveries went. 1 query each."""

from typing import TYPE_CHECKING

from functions.core.times import format_time
from functions.core.webhooks.webhook import filter_answer, webhook_answer
from functions.http import paths
from functions.http.answers import Answer, answer, error
from functions.query.paging import apps_asked
from functions.query.request import Request
from functions.store.rows.webhooks.attempts import Attempt
from functions.store.webhooks.attempts import last_attempts
from functions.store.webhooks.webhooks import Registered, read_webhooks

if TYPE_CHECKING:
    from functions.http.shapes.webhooks.webhooks import Attempt as AttemptShape
    from functions.http.shapes.webhooks.webhooks import Attempts


def get_webhooks(request: Request) -> Answer:
    """Those of the app, or with `sensor` those for that sensor."""
    registered = _registered(request)
    if isinstance(registered, dict):
        return registered
    sensor = request.text("sensor")
    wanted = [
        webhook
        for app_webhooks in registered
        for webhook in app_webhooks.present
        if sensor is None or webhook.sensor == sensor
    ]
    return answer(200, {"webhooks": [webhook_answer(webhook) for webhook in wanted]})


def get_webhook(request: Request) -> Answer:
    registered = _registered(request)
    if isinstance(registered, dict):
        return registered
    webhook = next(filter(None, (app_webhooks.webhook(request.path["webhookId"]) for app_webhooks in registered)), None)
    return _unknown("webhook") if webhook is None else answer(200, {"webhook": webhook_answer(webhook)})


def get_filters(request: Request) -> Answer:
    registered = _registered(request)
    if isinstance(registered, dict):
        return registered
    wanted = [
        stored
        for app_webhooks in registered
        for webhook in app_webhooks.present
        for stored in app_webhooks.filters_of(webhook.id)
    ]
    return answer(200, {"filters": [filter_answer(stored) for stored in wanted]})


def get_filters_of_webhook(request: Request) -> Answer:
    registered = _registered(request)
    if isinstance(registered, dict):
        return registered
    for app_webhooks in registered:
        webhook = app_webhooks.webhook(request.path["webhookId"])
        if webhook is not None:
            return answer(200, {"filters": [filter_answer(stored) for stored in app_webhooks.filters_of(webhook.id)]})
    return _unknown("webhook")


def get_filter(request: Request) -> Answer:
    registered = _registered(request)
    if isinstance(registered, dict):
        return registered
    stored = next(filter(None, (app_webhooks.filter(request.path["filterId"]) for app_webhooks in registered)), None)
    return _unknown("filter") if stored is None else answer(200, {"filter": filter_answer(stored)})


def get_attempts(request: Request) -> Answer:
    """The last attempts of a webhook, newest first. 1 query more."""
    registered = _registered(request)
    if isinstance(registered, dict):
        return registered
    for app_webhooks in registered:
        webhook = app_webhooks.webhook(request.path["webhookId"])
        if webhook is not None:
            endpoint = app_webhooks.endpoint(webhook)
            attempts = last_attempts(request.table, webhook.tenant, webhook.id)
            body: Attempts = {
                "webhookId": webhook.id,
                "failingSince": format_time(endpoint.failing_since_us) if endpoint.fails else None,
                "attempts": [_described(attempt) for attempt in attempts],
            }
            return answer(200, body)
    return _unknown("webhook")


def _described(attempt: Attempt) -> "AttemptShape":
    return {
        "messageId": attempt.message_id,
        "attemptedAt": format_time(attempt.time_us),
        "status": attempt.status or None,
        "error": attempt.error or None,
        "delivered": attempt.delivered,
        "durationMs": attempt.duration_ms,
        "events": attempt.events,
        "attempt": attempt.number,
        "nextAttemptAt": None if attempt.next_us is None else format_time(attempt.next_us),
    }


def _registered(request: Request) -> list[Registered] | Answer:
    """What the caller's own app registered, or the apps that an admin names."""
    apps = apps_asked(request)
    if not isinstance(apps, list):
        return apps
    return [read_webhooks(request.registry_table, app.tenant) for app in apps]


def _unknown(kind: str) -> Answer:
    path = paths.WEBHOOKS if kind == "webhook" else paths.FILTERS
    return error(404, f"unknown-{kind}", f"This app has no {kind} of that id: GET {path.template} lists them.")
