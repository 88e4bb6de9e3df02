"""The audit line of a change: when, by which credential of which app, by which route, on what, and how many rows.

What was changed is named by a digest: a log holds no ids of people.
"""

from typing import Any

from functions.core.ids import digest
from functions.core.times import format_time
from functions.http.gate import Principal

AUDIT = "audit"  # the message of the log line, by which it is found


def audit_fields(
    principal: Principal, *, now_us: int, route: str, subject: str, rows: int, status: int, app: str = ""
) -> dict[str, Any]:
    """The fields of the line. `app` is the id of the app that was changed, if not the credential's own."""
    return {
        "at": format_time(now_us),
        "credential": principal.credential,
        "app": app or principal.app.app_id,
        "route": route,
        "subject": digest(subject) if subject else "",
        "rows": rows,
        "status": status,
    }
