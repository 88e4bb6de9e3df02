"""`POST /events/1.0/heartbeat`: keeps a session open that asked for heartbeats when it was opened.

A heartbeat is a logged fact like an event: it goes through the queue, is archived and counts as activity.
"""

from typing import Any

import orjson

from functions.core.apps import App
from functions.core.ids import canonical_id
from functions.core.jobs import job_key
from functions.core.messages import Item, Message, pack
from functions.core.sessions.watches import Watch
from functions.core.timeline.entry import FUTURE_TOLERANCE_US
from functions.core.times import MINUTE_US, format_time, parse_time
from functions.http.answers import Answer, answer, error
from functions.store import keys
from functions.store.dynamodb.table import Table, rows
from functions.store.queue import Queue
from functions.store.rows.watches import watch_of
from functions.validate.ingest import unavailable

SHAPE = 'Send {"sessionId": "<id of an open session>", "eventTime": "<ISO 8601>", "edApp": "<its app, optional>"}.'


def heartbeat(
    body: bytes, *, app: App, queue: Queue, table: Table, now_us: int, nonce: bytes, credential: str = ""
) -> Answer:
    """202 where the session is extended; 404 for one unknown or closed, 409 for one that did not ask for heartbeats.

    One dated too far ahead extends nothing, so it is a 400.
    """
    try:
        parsed: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        return error(400, "not-json", f"The body is not JSON. {SHAPE}", pointer="")
    if not isinstance(parsed, dict):
        return error(400, "not-an-object", f"The body is not a JSON object. {SHAPE}", pointer="")
    session, edapp = parsed.get("sessionId"), parsed.get("edApp")
    if not isinstance(session, str) or not session:
        return error(400, "missing-session-id", f"sessionId is missing or no string. {SHAPE}", pointer="/sessionId")
    if edapp is not None and not isinstance(edapp, str):
        return error(400, "wrong-edapp", f"edApp is not an IRI string. {SHAPE}", pointer="/edApp")
    if edapp is not None and not app.speaks_for(edapp):
        return error(403, "foreign-edapp", "This credential may not speak for that edApp.", pointer="/edApp")
    at = parsed.get("eventTime")
    time_us = now_us if at is None else parse_time(at)
    if time_us is None:
        return error(400, "wrong-event-time", f"eventTime is no ISO 8601 time. {SHAPE}", pointer="/eventTime")
    if time_us > now_us + FUTURE_TOLERANCE_US:
        ahead = f"eventTime is over {FUTURE_TOLERANCE_US // MINUTE_US} minutes ahead, so it would extend nothing."
        return error(400, "event-time-ahead", f"{ahead} Send the time of now, or none.", pointer="/eventTime")
    session = canonical_id(session)
    watch = open_watch(table, app.tenant, session)
    if watch is None:
        return error(
            404,
            "no-open-session",
            "No open session has this id: open one with a SessionEvent LoggedIn.",
            pointer="/sessionId",
        )
    if not watch.requires_heartbeat:
        return error(
            409,
            "heartbeat-not-asked-for",
            "This session did not ask for heartbeats: set session.extensions.requiresHeartbeat to true in LoggedIn.",
            pointer="/sessionId",
        )
    fact = {
        "type": "Heartbeat",
        "sessionId": session,
        "eventTime": format_time(time_us),
        "edApp": watch.edapp,
    }
    if watch.learner is not None:
        fact["learner"] = watch.learner
    message = Message(
        tenant=app.tenant,
        app_id=app.app_id,
        job=job_key(now_us, nonce),
        received_us=now_us,
        credential=credential,
        items=[Item("heartbeat", orjson.dumps(fact))],
    )
    if queue.send([pack(message)], group=app.tenant):
        return unavailable("the heartbeat could not be queued")
    return answer(202, {"status": "success", "message": "heartbeat accepted", "sessionId": session})


def open_watch(table: Table, tenant: str, session: str) -> Watch | None:
    """The watch of an explicit session that is still open, or None."""
    found = rows(table, keys.session_ref(tenant, session), index=keys.BY_ID)
    there = table.get_all((str(row[keys.PK]), str(row[keys.SK])) for row in found)
    watches = (watch_of(row) for row in there.values() if str(row[keys.SK]).startswith(keys.SESSION))
    return next((watch for watch in watches if not watch.closed and not watch.ended), None)
