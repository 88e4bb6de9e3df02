"""A list that is answered in pages: bounded in rows and bytes, continued by cursor, over one app or (admin) all.

A reader adds items to the page until it is full and returns the position where it stopped; it knows neither cursors
nor other apps.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from functions.core.apps import App
from functions.core.ids import canonical_id
from functions.http.answers import Answer, answer, error
from functions.http.cursors import cursor
from functions.http.list_formats.text import CSV, OF_ROWS, rows_text
from functions.http.page import ANSWER_BYTES, PageBuilder
from functions.query.request import Request
from functions.store import keys
from functions.store.registry import Registry

APPS_PER_ANSWER = 25

type Reader = Callable[[Request, App, str, PageBuilder], str | None]


def paginate(request: Request, name: str, read: Reader, *, extra: Mapping[str, Any] | None = None) -> Answer:
    """`{name: [...], "cursor": null | "..."}`: the items that `read` adds, from the position of the request's cursor.

    `read(request, app, position, page)` returns the position to continue from, None at the end. `extra` are further
    members of the answer; the reader may fill them in.
    """
    apps = apps_asked(request)
    if not isinstance(apps, list):
        return apps
    page = page_for(request, request.limit)
    tenant, position = request.resume_at or ("", "")
    remaining = [app for app in apps if app.tenant >= tenant]
    next_cursor: str | None = None
    for number, app in enumerate(remaining):
        if page.full or number == APPS_PER_ANSWER:
            next_cursor = cursor(request.cursor_binding, app.tenant, "")
            break
        stopped_at = read(request, app, position if app.tenant == tenant else "", page)
        if stopped_at is not None:
            next_cursor = cursor(request.cursor_binding, app.tenant, stopped_at)
            break
    return list_answer(request, {name: page.items}, next_cursor, extra=extra)


def page_for(request: Request, rows: int) -> PageBuilder:
    """An empty page. As CSV a row may be twice as long: there every quote is doubled once more."""
    return PageBuilder(rows) if request.media_type != CSV else PageBuilder(rows, bytes_left=ANSWER_BYTES // 2)


def list_answer(
    request: Request,
    lists: Mapping[str, Sequence[bytes]],
    next_cursor: str | None,
    *,
    extra: Mapping[str, Any] | None = None,
) -> Answer:
    """Rows (each a JSON object) by list, in the media type that was asked for.

    CSV and NDJSON hold rows alone: a `Link` header (RFC 8288) leads to the next page, `extra` is left out.
    """
    if request.media_type in OF_ROWS:
        headers = {"Content-Type": request.media_type, "Vary": "Accept"}
        if next_cursor is not None:
            headers["Link"] = f'<{request.next_page(next_cursor)}>; rel="next"'
        return {"statusCode": 200, "headers": headers, "body": rows_text(request.media_type, lists)}
    items = {name: [orjson.Fragment(row) for row in rows] for name, rows in lists.items()}
    return answer(200, {**items, "cursor": next_cursor, **(extra or {})})


def apps_asked(request: Request) -> list[App] | Answer:
    """The apps to read, by tenant: the caller's own, or those that an admin names by `app`."""
    own, wanted = request.principal.app, request.text("app")
    if wanted is None or canonical_id(wanted) == canonical_id(own.app_id):
        return [own]
    if not request.principal.is_admin and keys.tenant_of(wanted) not in request.principal.other_tenants:
        if request.principal.kind == "person":
            return _unknown_app()
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
        return _unknown_app()
    return [app]


def _unknown_app() -> Answer:
    """The same for an app that is not registered and for one that a person may not read."""
    return error(404, "unknown-app", "No app is registered under the id in `app`: check it, or send `*` for all.")
