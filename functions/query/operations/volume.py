"""`GET /volume`: how many items of an app were stored and rejected on each day, and by which codes.

Counted when batches are stored, so an answer costs 2 queries however much an app sends; for admins the app's
credentials with them, 1 query and 2 BatchGets.
"""

from collections import defaultdict
from typing import TYPE_CHECKING

from functions.core.apps import App
from functions.core.times import day_of, format_time, iso_day
from functions.http.answers import Answer, answer, error
from functions.query.paging import apps_asked
from functions.query.request import Request
from functions.store import keys
from functions.store.dynamodb.attributes import number
from functions.store.dynamodb.table import COUNT, rows
from functions.store.quarantine.counts import EVERY_CODE, code_and_day
from functions.store.registry import Registry
from functions.store.sent.days import received_by_day

if TYPE_CHECKING:
    from functions.http.shapes.console import KnownCredential, Volume, VolumeOfDay


def get_volume(request: Request) -> Answer:
    if request.text("app") == "*":
        return error(
            400, "one-app", "The volume is that of one app: name its id in `app`, or leave it out for your own."
        )
    apps = apps_asked(request)
    if not isinstance(apps, list):
        return apps
    (app,) = apps
    accepted = received_by_day(request.table, app.tenant)
    rejected = _rejected(request, app)
    days: list[VolumeOfDay] = []
    for day in sorted(accepted.keys() | rejected.keys(), reverse=True):
        if _is_asked_for(request, day):
            codes = dict(rejected.get(day, {}))
            every = codes.pop(EVERY_CODE, 0)
            days.append({"day": iso_day(day), "accepted": accepted.get(day, 0), "rejected": every, "codes": codes})
    body: Volume = {"app": app.app_id, "days": days, "credentials": _credentials(request, app)}
    return answer(200, body)


def _rejected(request: Request, app: App) -> dict[str, dict[str, int]]:
    """Day → code → how many items."""
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for row in rows(request.table, keys.rejected_pk(app.tenant), descending=True):
        code, day = code_and_day(row)
        counts[day][code] = number(row, COUNT)
    return counts


def _is_asked_for(request: Request, day: str) -> bool:
    return (request.from_us is None or day >= day_of(request.from_us)) and (
        request.to_us is None or day <= day_of(request.to_us - 1)
    )


def _credentials(request: Request, app: App) -> "list[KnownCredential]":
    if not request.principal.is_admin:
        return []
    registry = Registry(request.registry_table)
    held = registry.credentials(app)
    used = registry.days_of_use(held) if held else {}
    return [
        {
            "id": credential.id,
            "kind": credential.kind,
            "label": credential.label,
            "lastUsedOn": iso_day(used[credential.id]) if credential.id in used else None,
            "createdAt": format_time(credential.created_us),
            "endsAt": _time(credential.not_after_us),
            "revokedAt": _time(credential.revoked_us),
        }
        for credential in held
    ]


def _time(time_us: int | None) -> str | None:
    return None if time_us is None else format_time(time_us)
