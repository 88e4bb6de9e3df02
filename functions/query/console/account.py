"""`GET /account`: who is asking, and the apps that this credential reads. The console chooses from them."""

from typing import TYPE_CHECKING

from functions.core.apps import App
from functions.core.times import format_time
from functions.http.answers import Answer, answer
from functions.http.gate import CHANGE_ALIASES, MANAGE_PEOPLE, MANAGE_WEBHOOKS, Principal
from functions.query.request import Request
from functions.store.registry import Registry

if TYPE_CHECKING:
    from functions.http.shapes.console import Account, AccountApp, MayChange

APPS = 500


def get_account(request: Request) -> Answer:
    """The caller's own app first, then the others by name; an admin reads all of them."""
    principal = request.principal
    account: Account = {
        "kind": principal.kind,
        "admin": principal.is_admin,
        "changes": _changes(principal),
        "expiresAt": None if principal.expires_at is None else format_time(int(principal.expires_at * 1e6)),
        "idleMinutes": request.settings.idle_minutes,
        "retentionDays": request.settings.retention_days,
        "apps": [_described(app) for app in readable_apps(request)[:APPS]],
    }
    return answer(200, account)


def _changes(principal: Principal) -> "list[MayChange]":
    changes: list[MayChange] = []
    if not principal.scopes.isdisjoint(MANAGE_WEBHOOKS):
        changes.append("webhooks")
    if not principal.scopes.isdisjoint(MANAGE_PEOPLE):
        changes.append("people")
    if not principal.scopes.isdisjoint(CHANGE_ALIASES):  # who asks may read, or would not be here
        changes.append("aliases")
    return changes


def readable_apps(request: Request) -> list[App]:
    """Every app that the caller may read, its own first."""
    principal = request.principal
    if not (principal.is_admin or principal.other_tenants):
        return [principal.app]
    others = [
        app
        for app in Registry(request.registry_table).apps()
        if app.tenant != principal.app.tenant and (principal.is_admin or app.tenant in principal.other_tenants)
    ]
    return [principal.app, *sorted(others, key=lambda app: app.name)]


def _described(app: App) -> "AccountApp":
    return {"id": app.app_id, "name": app.name, "strict": app.strict, "house": app.house or None}
