"""Filters of webhooks added, replaced and deleted."""

from copy import replace

from functions.core.webhooks.inputs import FilterInput, read_filter
from functions.core.webhooks.webhook import MOST_FILTERS, Filter, filter_answer
from functions.http.answers import answer
from functions.http.changes.bodies import refused
from functions.manage.change import ChangeRequest, Outcome
from functions.manage.webhooks.webhooks import invalid, is_repeated, repeatable_id
from functions.store.webhooks.webhooks import Change, Registered, change_webhooks


def create(request: ChangeRequest) -> Outcome:
    """201 with the new filter; with the same one if the client repeats its request."""
    read = read_filter(request.body)
    if not isinstance(read, FilterInput):
        return Outcome(invalid(read))
    wanted_id = repeatable_id(request)

    def change(registered: Registered) -> tuple[Change, Outcome]:
        before = registered.filters.get(wanted_id)
        if before is not None and is_repeated(request, before.created_us, before.deleted_us):
            return [], Outcome(answer(201, {"filter": filter_answer(before)}), before.id)
        refusal = _refusal(registered, read.webhook)
        if refusal is not None:
            return [], refusal
        stored = Filter(
            id=request.dependencies.new_id() if before is not None else wanted_id,
            webhook=read.webhook,
            key=read.key,
            value=read.value,
            type=read.type,
            operator=read.operator,
            active=read.active,
            created_us=request.now_us,
            updated_us=request.now_us,
        )
        return [registered.placed_filter(stored)], Outcome(
            answer(201, {"filter": filter_answer(stored)}), stored.id, rows=1
        )

    return change_webhooks(request.dependencies.registry_table, request.app.tenant, change)


def replace_whole(request: ChangeRequest) -> Outcome:
    """200 with the filter as it is now. It may move to another webhook of the app."""
    read = read_filter(request.body)
    if not isinstance(read, FilterInput):
        return Outcome(invalid(read))

    def change(registered: Registered) -> tuple[Change, Outcome]:
        stored = registered.filter(request.path["filterId"])
        if stored is None:
            return [], _unknown()
        refusal = _refusal(registered, read.webhook) if read.webhook != stored.webhook else None
        if refusal is not None:
            return [], refusal
        changed = replace(
            stored,
            webhook=read.webhook,
            key=read.key,
            value=read.value,
            type=read.type,
            operator=read.operator,
            active=read.active,
            updated_us=request.now_us,
        )
        return [changed], Outcome(answer(200, {"filter": filter_answer(changed)}), stored.id, rows=1)

    return change_webhooks(request.dependencies.registry_table, request.app.tenant, change)


def delete(request: ChangeRequest) -> Outcome:
    """200, also if it is deleted already; 404 if it never was."""

    def change(registered: Registered) -> tuple[Change, Outcome]:
        stored = registered.filters.get(request.path["filterId"])
        if stored is None:
            return [], _unknown()
        answered = answer(200, {"status": "success", "message": "The filter is deleted."})
        if stored.deleted_us is not None:
            return [], Outcome(answered, stored.id)
        deleted = replace(stored, deleted_us=request.now_us)
        return [deleted], Outcome(answered, stored.id, rows=1)

    return change_webhooks(request.dependencies.registry_table, request.app.tenant, change)


def _refusal(registered: Registered, webhook_id: str) -> Outcome | None:
    """Why no filter may be added to a webhook."""
    if registered.webhook(webhook_id) is None:
        message = "`webhookId` names no webhook of this app: GET /webhooks lists them."
        return Outcome(refused(404, "unknown-webhook", message, pointer="/webhookId"))
    if len(registered.filters_of(webhook_id)) >= MOST_FILTERS:
        message = f"A webhook has at most {MOST_FILTERS} filters: delete one first, or list values with `in`."
        return Outcome(refused(409, "too-many-filters", message))
    return None


def _unknown() -> Outcome:
    message = "This app has no filter of that id: GET /webhook-filters lists them."
    return Outcome(refused(404, "unknown-filter", message))
