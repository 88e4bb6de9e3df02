"""A session as the API shows it and as a closed one is frozen into its row: one shape, from one fold.

`timeout` stores it when a session closes, `query` makes it anew for one that is open or was added to since.
"""

from dataclasses import replace
from typing import Any

from functions.core.numbers.runs import numbers
from functions.core.sessions.session import Session
from functions.core.sessions.session_fields import is_ours
from functions.core.times import format_time


def session_record(session: Session) -> dict[str, Any]:
    """The row of `GET /sessions` (its `app` is added by the reader): who, when, how it ended, and its numbers.

    Our own TimedOut is not among its events: it is emitted after the record was frozen, and must not change it.
    """
    theirs = [
        entry
        for entry in session.entries
        if not is_ours(entry, tenant=session.tenant, learner=session.learner, explicit=session.explicit)
    ]
    session = replace(session, entries=tuple(theirs))
    ended_us = session.ended_us if not session.idle_end else None
    return {
        "id": session.id,
        "actor": session.learner,
        "edApp": session.edapp,
        "kind": "explicit" if session.explicit else "auto",
        "state": "open" if session.awaits_timeout else "closed",
        "startedAtTime": format_time(session.started_us),
        "endedAtTime": None if ended_us is None else format_time(ended_us),
        "endedBy": None if session.awaits_timeout else session.ended_by,
        "lastActivityTime": format_time(session.last_activity_us),
        "requiresHeartbeat": session.requires_heartbeat,
        "processInsights": session.process_insights,
        "events": sum(entry.attribution.kind == "event" for entry in session.entries),
        "numbers": numbers(session),
    }
