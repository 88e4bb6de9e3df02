"""`POST /events/1.0/heartbeat`: keeps a session open that asked for heartbeats when it was opened.

A heartbeat is a logged fact like an event: it goes through the queue, is archived and counts as activity.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from functions.core.apps import App
from functions.core.ids import canonical_id
from functions.core.jobs import job_key
from functions.core.messages import Item, Message, pack
from functions.core.timeline.entry import FUTURE_TOLERANCE_US
from functions.core.times import MINUTE_US, format_time, parse_time
from functions.http.answers import Answer, answer, error
from functions.store import keys
from functions.store.dynamodb.table import Key, Row, Table, rows
from functions.store.queue import Queue
from functions.store.rows.events import UNREADABLE
from functions.store.rows.logins import Login, login_key, login_of
from functions.store.rows.sessions import explicit_key, session_of
from functions.store.rows.timers import timer_key, timer_of
from functions.validate.ingest import unavailable

SHAPE = 'Send {"sessionId": "<id of an open session>", "eventTime": "<ISO 8601>", "edApp": "<its app, optional>"}.'


def heartbeat(
    body: bytes, *, app: App, queue: Queue, table: Table, now_us: int, nonce: bytes, credential: str = ""
) -> Answer:
    """202 if the session is extended, 404 if it is unknown or closed, 409 if it did not ask for heartbeats.

    One dated too far ahead extends nothing, so it is a 400. One dated before the LoggedIn extends nothing either, but
    may come late to a sitting before that; the answer says so.
    """
    beat = _read(body, app=app, now_us=now_us)
    if not isinstance(beat, Heartbeat):
        return beat
    session, time_us = beat
    login = open_session(table, app.tenant, session)
    if login is None:
        return error(
            404,
            "no-open-session",
            "No open session has this id: open one with a SessionEvent LoggedIn.",
            pointer="/sessionId",
        )
    if not isinstance(login, Login):
        return error(
            409,
            "heartbeat-not-asked-for",
            "This session did not ask for heartbeats: set session.extensions.requiresHeartbeat to true in LoggedIn.",
            pointer="/sessionId",
        )
    fact: dict[str, Any] = {"type": "Heartbeat", "sessionId": session, "eventTime": format_time(time_us)}
    fact["edApp"] = login.edapp
    if login.learner is not None:
        fact["learner"] = login.learner
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
    return answer(202, {"status": "success", "message": _accepted(time_us, login), "sessionId": session})


class Heartbeat(NamedTuple):
    """The session that is to be kept open, and when its learner was present."""

    session: str
    time_us: int


def _read(body: bytes, *, app: App, now_us: int) -> Heartbeat | Answer:
    """The heartbeat in a body, or the refusal that says what is wrong with it."""
    try:
        parsed: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        return error(400, "not-json", f"The body is not JSON. {SHAPE}", pointer="")
    if not isinstance(parsed, dict):
        return error(400, "not-an-object", f"The body is not a JSON object. {SHAPE}", pointer="")
    session, edapp = parsed.get("sessionId"), parsed.get("edApp")
    if not isinstance(session, str) or not session:
        return error(400, "missing-session-id", f"sessionId is missing or not a string. {SHAPE}", pointer="/sessionId")
    if edapp is not None and not isinstance(edapp, str):
        return error(400, "wrong-edapp", f"edApp is not an IRI string. {SHAPE}", pointer="/edApp")
    if edapp is not None and not app.speaks_for(edapp):
        return error(403, "foreign-edapp", "This credential may not speak for that edApp.", pointer="/edApp")
    stated = parsed.get("eventTime")
    time_us = now_us if stated is None else parse_time(stated)
    if time_us is None:
        return error(400, "wrong-event-time", f"eventTime is not an ISO 8601 time. {SHAPE}", pointer="/eventTime")
    if time_us > now_us + FUTURE_TOLERANCE_US:
        ahead = f"eventTime is over {FUTURE_TOLERANCE_US // MINUTE_US} minutes ahead, so it would extend nothing."
        return error(400, "event-time-ahead", f"{ahead} Send the time of now, or none.", pointer="/eventTime")
    return Heartbeat(canonical_id(session), time_us)


def _accepted(time_us: int, login: Login) -> str:
    if time_us >= login.time_us:
        return "heartbeat accepted"
    begun = format_time(login.time_us)
    return (
        f"heartbeat accepted; it is dated before the session was opened at {begun}, so it does not extend that sitting"
    )


class NoHeartbeats:
    """A session may be open, and did not ask for heartbeats."""


def open_session(table: Table, tenant: str, session: str) -> Login | NoHeartbeats | None:
    """The login of a session that may be open; None if no session of that id is. One query, one BatchGet.

    Between two sweeps it is unknown whether it has ended: a heartbeat that extends nothing does no harm.
    """
    index_rows = rows(table, keys.event_index_ref(tenant, session), index=keys.BY_ID)
    partitions = list(dict.fromkeys(str(row[keys.PK]) for row in index_rows))
    wanted = [key for pk in partitions for key in (timer_key(pk), explicit_key(pk, session), login_key(pk, session))]
    row_by_key = table.get_all(wanted) if wanted else {}
    without: NoHeartbeats | None = None
    for pk in partitions:
        login = row_by_key.get(login_key(pk, session))
        if not _may_be_open(row_by_key, pk, session, since_us=None if login is None else login_of(login).time_us):
            continue
        if login is not None:
            return login_of(login)
        without = NoHeartbeats()
    return without


def _may_be_open(row_by_key: Mapping[Key, Row], pk: str, session: str, *, since_us: int | None) -> bool:
    """False if nothing is open in the timeline, or the sweep has stored an end after the login."""
    timer, ended = row_by_key.get(timer_key(pk)), row_by_key.get(explicit_key(pk, session))
    if timer is None or timer_of(timer).timer.state == "idle":
        return False
    if ended is None or since_us is None:
        return True
    try:
        records = session_of(ended).all
    except UNREADABLE:
        return True
    return not records or int(records[-1]["start"]) < since_us
