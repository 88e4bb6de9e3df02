"""What became of a request about a person. The requests themselves are routes of `manage`. 1 read."""

from typing import Any

from functions.core.times import format_time
from functions.http.answers import Answer, answer, error
from functions.query.paging import apps_asked
from functions.query.request import Request
from functions.store.erasure.exports import KEPT_US
from functions.store.erasure.requests import PersonRequest, RequestKind, read_request


def get_erasure(request: Request) -> Answer:
    """How far a count or an erasure is."""
    person_request = _asked(request, "count", "erase")
    if not isinstance(person_request, PersonRequest):
        return person_request
    return answer(
        200,
        {
            "kind": person_request.kind,
            **_said(person_request),
            **({"code": person_request.code} if person_request.code else {}),
        },
    )


def get_person_export(request: Request) -> Answer:
    """How far a copy is; with a link to it if it is done."""
    person_request = _asked(request, "export")
    if not isinstance(person_request, PersonRequest):
        return person_request
    is_kept = person_request.file and request.now_us < person_request.changed_us + KEPT_US
    link = {"url": request.dependencies.open_exports().link(person_request.file)} if is_kept else {}
    return answer(200, _said(person_request) | link)


def _asked(request: Request, *kinds: RequestKind) -> PersonRequest | Answer:
    apps = apps_asked(request)
    if not isinstance(apps, list):
        return apps
    wanted = request.text("id") or ""
    candidates = (read_request(request.table, app.tenant, wanted) for app in apps)
    person_request = next(
        (candidate for candidate in candidates if candidate is not None and candidate.kind in kinds), None
    )
    if person_request is None:
        message = "No request of that `id` is kept for this app: they are for 30 days. POST makes a new one."
        return error(404, "unknown-request", message)
    return person_request


def _said(person_request: PersonRequest) -> dict[str, Any]:
    return {
        "id": person_request.id,
        "state": person_request.state,
        "askedAt": format_time(person_request.asked_us),
        "changedAt": format_time(person_request.changed_us),
        "counts": dict(person_request.counts),
        **({"reason": person_request.reason} if person_request.reason else {}),
    }
