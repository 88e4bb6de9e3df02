"""Which credential an operation needs, as OpenAPI describes it."""

from collections.abc import Sequence
from typing import Any

from functions.http.gate import MANAGE_PEOPLE, MANAGE_WEBHOOKS, READ, READ_ALL_APPS, READ_WEBHOOKS, SCOPES
from functions.http.paths import TOKEN, Path

type Json = dict[str, Any]

_NAMED_SCOPES = {
    MANAGE_PEOPLE: "people.write",
    READ: "events.readonly",
    READ_ALL_APPS: "admin",
    READ_WEBHOOKS: "webhook.readonly",
    MANAGE_WEBHOOKS: "webhook.create",
}
_OF_TOKENS_ONLY = ("admin", "people.write", "webhook.readonly", "webhook.create")


def security(scope: frozenset[str] | None, path: Path) -> Sequence[Json]:
    """One of these is needed. A sensor key is enough if it has the scope; one in the path needs no header."""
    if scope is None or path.credential == "path":
        return []
    wanted = _NAMED_SCOPES.get(scope, "event.create")
    if wanted in _OF_TOKENS_ONLY:
        return [{"token": sorted(name for name in scope if name.endswith(wanted))}]
    return [{"token": sorted(name for name in scope if name.endswith(wanted))}, {"key": []}, {"basic": []}]


def security_schemes() -> Json:
    flow = {"tokenUrl": TOKEN.template, "scopes": {scope: scope.rpartition("/")[2] for scope in sorted(SCOPES)}}
    return {
        "token": {"type": "oauth2", "flows": {"clientCredentials": flow}},
        "key": {"type": "http", "scheme": "bearer", "description": "A token or a sensor key; the bare key is enough."},
        "basic": {"type": "http", "scheme": "basic", "description": "A sensor key as user name or password."},
    }
