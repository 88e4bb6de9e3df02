"""A list that is answered in parts: bounded in rows and bytes, continued by cursor, over one app or (admin) all.

A reader adds items to the room until it is full and says where it stopped; it does not know of cursors, or of
other apps.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from functions.core.apps import App
from functions.core.ids import canonical_id
from functions.http.answers import Answer, answer, error
from functions.http.cursors import cursor
from functions.http.request import Request
from functions.store import keys
from functions.store.registry import Registry

# Lambda answers with at most 6 MB, and the body travels as a JSON string: quotes and backslashes count twice.
ANSWER_BYTES = 4_000_000
APPS_PER_ANSWER = 25

type Reader = Callable[[Request, App, str, "Room"], str | None]


@dataclass(slots=True)
class Room:
    """What still fits into an answer, and what is in it."""

    rows: int
    bytes_left: int = ANSWER_BYTES
    items: list[bytes] = field(default_factory=list)

    def add(self, item: bytes) -> bool:
        """Take `item`, or say that it no longer fits. One item fits whatever its size."""
        size = len(item) + item.count(b'"') + item.count(b"\\")
        if self.full or (self.items and size > self.bytes_left):
            return False
        self.items.append(item)
        self.rows -= 1
        self.bytes_left -= size
        return True

    @property
    def full(self) -> bool:
        return self.rows <= 0


def paged(request: Request, name: str, read: Reader, *, beside: Mapping[str, Any] | None = None) -> Answer:
    """`{name: [...], "cursor": null | "..."}`: the items that `read` finds, from where the request's cursor stands.

    `read(request, app, position, room)` returns the position to continue from, None at the end. `beside` is what
    else the answer holds; the reader may fill it in.
    """
    apps = apps_asked(request)
    if not isinstance(apps, list):
        return apps
    room = Room(request.limit)
    tenant, position = request.continues or ("", "")
    waiting = [app for app in apps if app.tenant >= tenant]
    goes_on: str | None = None
    for number, app in enumerate(waiting):
        if room.full or number == APPS_PER_ANSWER:
            goes_on = cursor(request.bound_to, app.tenant, "")
            break
        at = read(request, app, position if app.tenant == tenant else "", room)
        if at is not None:
            goes_on = cursor(request.bound_to, app.tenant, at)
            break
    items = [orjson.Fragment(item) for item in room.items]
    return answer(200, {name: items, "cursor": goes_on, **(beside or {})})


def apps_asked(request: Request) -> list[App] | Answer:
    """The apps whose items may and shall be read, by tenant: the caller's own, or what an admin names by `app`."""
    own, wanted = request.principal.app, request.text("app")
    if wanted is None or canonical_id(wanted) == canonical_id(own.app_id):
        return [own]
    if not request.principal.is_admin:
        return error(
            403,
            "foreign-app",
            "This credential reads only what its own app sent: leave `app` out, or use one with the admin scope.",
        )
    registry = Registry(request.registry_table)
    if wanted == "*":
        return sorted(registry.apps(), key=lambda app: app.tenant)
    app = registry.app(keys.tenant_of(wanted))
    if app is None:
        return error(404, "unknown-app", "No app is registered under the id in `app`.")
    return [app]
