"""Webhooks registered, replaced, switched and deleted."""

from copy import replace
from typing import Any

from functions.core.ids import content_digest, derived_uuid
from functions.core.times import MINUTE_US
from functions.core.webhooks.inputs import Fault, WebhookInput, read_webhook
from functions.core.webhooks.webhook import (
    FORMER_SECRET_US,
    MOST_WEBHOOKS,
    Webhook,
    masked,
    webhook_answer,
)
from functions.http.answers import Answer, answer
from functions.http.changes.bodies import refused
from functions.manage.change import ChangeRequest, Outcome
from functions.store.rows.webhooks.endpoints import Endpoint
from functions.store.webhooks.webhooks import Change, Registered, change_webhooks

REPEATED_US = 10 * MINUTE_US  # for so long a client's repeat of a create is known by its X-Request-ID


def create(request: ChangeRequest) -> Outcome:
    """201 with the new webhook, its secret in whole; with the same one if the client repeats its request."""
    read = _read(request, known=None)
    if not isinstance(read, WebhookInput):
        return Outcome(invalid(read))
    wanted_id = repeatable_id(request)

    def change(registered: Registered) -> tuple[Change, Outcome]:
        before = registered.webhooks.get(wanted_id)
        if before is not None and is_repeated(request, before.created_us, before.deleted_us):
            return [], Outcome(_created(before), before.id)
        if len(registered.present) >= MOST_WEBHOOKS:
            message = f"An app has at most {MOST_WEBHOOKS} webhooks: delete one first."
            return [], Outcome(refused(409, "too-many-webhooks", message))
        webhook = Webhook(
            id=request.dependencies.new_id() if before is not None else wanted_id,
            tenant=request.app.tenant,
            app_id=request.app.app_id,
            name=read.name,
            target_url=read.target_url,
            secret=read.secret,
            active=read.active,
            sensor=read.sensor,
            description=read.description,
            created_us=request.now_us,
            updated_us=request.now_us,
        )
        return [registered.placed(webhook)], Outcome(_created(webhook), webhook.id, rows=1)

    return change_webhooks(request.dependencies.registry_table, request.app.tenant, change)


def replace_whole(request: ChangeRequest) -> Outcome:
    """200 with the webhook as it is now."""

    def change(registered: Registered) -> tuple[Change, Outcome]:
        webhook = registered.webhook(request.path["webhookId"])
        if webhook is None:
            return [], unknown_webhook()
        read = _read(request, known=webhook)
        if not isinstance(read, WebhookInput):
            return [], Outcome(invalid(read), webhook.id)
        changed = replace(
            webhook,
            name=read.name,
            target_url=read.target_url,
            active=read.active,
            sensor=read.sensor,
            description=read.description,
            updated_us=request.now_us,
            disabled="" if read.active else webhook.disabled,
        )
        if read.secret != webhook.secret:
            former_until_us = request.now_us + FORMER_SECRET_US
            changed = replace(
                changed, secret=read.secret, former_secret=webhook.secret, former_until_us=former_until_us
            )
        return _put(registered, webhook, changed)

    return change_webhooks(request.dependencies.registry_table, request.app.tenant, change)


def activate(request: ChangeRequest) -> Outcome:
    """200 with the webhook, active; events that came meanwhile are sent again by days only."""
    return _switch(request, active=True)


def deactivate(request: ChangeRequest) -> Outcome:
    """200 with the webhook, not active."""
    return _switch(request, active=False)


def delete(request: ChangeRequest) -> Outcome:
    """200, also if it is deleted already; 404 if it never was."""

    def change(registered: Registered) -> tuple[Change, Outcome]:
        webhook = registered.webhooks.get(request.path["webhookId"])
        if webhook is None:
            return [], unknown_webhook()
        answered = answer(200, {"status": "success", "message": "The webhook is deleted, and its filters with it."})
        if webhook.deleted_us is not None:
            return [], Outcome(answered, webhook.id)
        deleted: Change = [
            replace(webhook, deleted_us=request.now_us),
            *(replace(stored, deleted_us=request.now_us) for stored in registered.filters_of(webhook.id)),
        ]
        return deleted, Outcome(answered, webhook.id, rows=len(deleted))

    return change_webhooks(request.dependencies.registry_table, request.app.tenant, change)


def unknown_webhook() -> Outcome:
    return Outcome(refused(404, "unknown-webhook", "This app has no webhook of that id: GET /webhooks lists them."))


def invalid(faults: list[Fault]) -> Answer:
    """400 with every fault; the message is the first one's."""
    return refused(400, "invalid-body", faults[0]["message"], errors=faults)


def repeatable_id(request: ChangeRequest) -> str:
    """The id of what this request creates: the same if the client repeats it."""
    if not request.request_id:
        return request.dependencies.new_id()
    named = derived_uuid("created", request.app.tenant, request.request_id, content_digest(request.body))
    return named.removeprefix("urn:uuid:")


def is_repeated(request: ChangeRequest, created_us: int, deleted_us: int | None) -> bool:
    """Whether what this request would create was created by its first sending."""
    return deleted_us is None and request.now_us - created_us < REPEATED_US


def _read(request: ChangeRequest, *, known: Webhook | None) -> WebhookInput | list[Fault]:
    """The body; a secret that comes back as its mask is the one that is known."""
    body: dict[str, Any] = dict(request.body)
    if known is not None and body.get("secret") == masked(known.secret):
        body["secret"] = known.secret
    return read_webhook(body, allow_loopback=request.dependencies.settings.allow_loopback)


def _switch(request: ChangeRequest, *, active: bool) -> Outcome:
    def change(registered: Registered) -> tuple[Change, Outcome]:
        webhook = registered.webhook(request.path["webhookId"])
        if webhook is None:
            return [], unknown_webhook()
        changed = replace(
            webhook, active=active, updated_us=request.now_us, disabled="" if active else webhook.disabled
        )
        return _put(registered, webhook, changed)

    return change_webhooks(request.dependencies.registry_table, request.app.tenant, change)


def _put(registered: Registered, webhook: Webhook, changed: Webhook) -> tuple[Change, Outcome]:
    """Put the changed webhook. One that is switched on, or sent elsewhere, begins without failures."""
    endpoint = registered.endpoint(webhook)
    afresh = changed.active and (not webhook.active or changed.target_url != webhook.target_url)
    anew = [Endpoint(tenant=endpoint.tenant, slot=endpoint.slot, webhook=webhook.id, version=endpoint.version)]
    forgotten = anew if afresh and endpoint.fails else []
    answered = answer(200, {"webhook": webhook_answer(changed)})
    return [changed, *forgotten], Outcome(answered, webhook.id, rows=1 + len(forgotten))


def _created(webhook: Webhook) -> Answer:
    return answer(201, {"webhook": webhook_answer(webhook, whole_secret=True)})
