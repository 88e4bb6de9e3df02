"""What became of a request about a person. The requests themselves are routes of `manage`. 1 read."""

from typing import Any

from functions.core.times import format_time
from functions.http.answers import Answer, answer, error
from functions.query.paging import apps_asked
from functions.query.request import Request
from functions.store.erasure.requests import PersonRequest, RequestKind, read_request


def get_erasure(request: Request) -> Answer:
    """How far a count or an erasure is."""
    asked = _asked(request, "count", "erase")
    if not isinstance(asked, PersonRequest):
        return asked
    return answer(200, {"kind": asked.kind, **_said(asked), **({"code": asked.code} if asked.code else {})})


def get_person_export(request: Request) -> Answer:
    """How far a copy is; with a link to it if it is done."""
    asked = _asked(request, "export")
    if not isinstance(asked, PersonRequest):
        return asked
    link = {"url": request.dependencies.open_exports().link(asked.file)} if asked.file else {}
    return answer(200, _said(asked) | link)


def _asked(request: Request, *kinds: RequestKind) -> PersonRequest | Answer:
    apps = apps_asked(request)
    if not isinstance(apps, list):
        return apps
    wanted = request.text("id") or ""
    found = (read_request(request.table, app.tenant, wanted) for app in apps)
    asked = next((one for one in found if one is not None and one.kind in kinds), None)
    if asked is None:
        message = "No request of that `id` is kept for this app: they are for 30 days. POST makes a new one."
        return error(404, "unknown-request", message)
    return asked


def _said(asked: PersonRequest) -> dict[str, Any]:
    return {
        "id": asked.id,
        "state": asked.state,
        "askedAt": format_time(asked.asked_us),
        "changedAt": format_time(asked.changed_us),
        "counts": dict(asked.counts),
        **({"reason": asked.reason} if asked.reason else {}),
    }
