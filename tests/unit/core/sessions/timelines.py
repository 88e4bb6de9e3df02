"""Builds timelines of one learner for tests of the folds: short ways to write a stored fact."""

import copy
from collections.abc import Container, Iterable
from typing import Any

from functions.core.ids import AUTO_ATTACH, canonical_id, content_digest, derived_uuid
from functions.core.sessions import fold as sessions
from functions.core.sessions import session_fields, timed_out
from functions.core.sessions.fold import Session
from functions.core.timeline.attribution import Attribution, attribute
from functions.core.timeline.entry import Entry
from functions.core.times import MINUTE_US, format_time, parse_time

TENANT = "tenant"
LEARNER = "urn:uuid:11111111-1111-4111-8111-111111111111"
EDAPP = "urn:uuid:22222222-2222-4222-8222-222222222222"
OTHER_EDAPP = "urn:uuid:33333333-3333-4333-8333-333333333333"
X = "urn:uuid:44444444-4444-4444-8444-444444444444"
Y = "urn:uuid:55555555-5555-4555-8555-555555555555"
RUN = "urn:uuid:66666666-6666-4666-8666-666666666666"
SYSTEM = "urn:uuid:77777777-7777-4777-8777-777777777777"
IDLE_US = 30 * MINUTE_US
HEARTBEAT_IDLE_US = 5 * MINUTE_US


def at(clock: str, day: str = "2026-01-27") -> int:
    """`at("9:00")` or `at("9:00:15")`, as µs."""
    hours, minutes, *seconds = clock.split(":")
    time_us = parse_time(f"{day}T{int(hours):02d}:{minutes}:{seconds[0] if seconds else '00'}Z")
    assert time_us is not None
    return time_us


def stored(event: dict[str, Any], *, received: str | int | None = None, auto_attach: bool = False) -> Entry:
    """The entry of an event; it arrived when it happened unless `received` says otherwise."""
    event = dict(event)
    event.setdefault("id", derived_uuid("test", content_digest(event)))
    found = attribute(event, auto_attach=auto_attach)
    received_us = at(received) if isinstance(received, str) else received
    return Entry(
        time_us=found.time_us,
        received_us=found.time_us if received_us is None else received_us,
        id=found.id,
        content=content_digest(event),
        attribution=found,
        event=event,
    )


def happened(clock: str | int, *, received: str | int | None = None, **fields: Any) -> Entry:
    """Any event; a ViewEvent that asks for auto-attach where nothing else is said. A field given as None is
    left out.
    """
    time_us = at(clock) if isinstance(clock, str) else clock
    event: dict[str, Any] = {
        "type": "ViewEvent",
        "action": "Viewed",
        "actor": LEARNER,
        "object": "https://app.example/pages/1",
        "eventTime": format_time(time_us),
        "edApp": EDAPP,
        "session": AUTO_ATTACH,
    } | fields
    return stored({name: value for name, value in event.items() if value is not None}, received=received)


def logged_in(clock: str, session: str = X, *, flags: dict[str, bool] | None = None, **fields: Any) -> Entry:
    started = fields.pop("started", clock)
    described: dict[str, Any] = {"id": session, "type": "Session"}
    if started is not None:
        described["startedAtTime"] = format_time(at(started))
    if flags:
        described["extensions"] = flags
    return happened(
        clock,
        **{
            "type": "SessionEvent",
            "action": "LoggedIn",
            "actor": {"id": LEARNER, "type": "Person"},
            "object": {"id": EDAPP, "type": "SoftwareApplication"},
            "session": described,
        }
        | fields,
    )


def logged_out(clock: str, session: str = X, *, ended: str | None = None, **fields: Any) -> Entry:
    described: dict[str, Any] = {"id": session, "type": "Session"}
    if ended is not None:
        described["endedAtTime"] = format_time(at(ended))
    return happened(
        clock,
        **{
            "type": "SessionEvent",
            "action": "LoggedOut",
            "actor": {"id": LEARNER, "type": "Person"},
            "object": EDAPP,
            "session": described,
        }
        | fields,
    )


def client_timed_out(clock: str, session: str = X, *, ended: str | None = None) -> Entry:
    described: dict[str, Any] = {"id": session, "type": "Session", "user": LEARNER}
    if ended is not None:
        described["endedAtTime"] = format_time(at(ended))
    return happened(
        clock,
        type="SessionEvent",
        action="TimedOut",
        actor={"id": EDAPP, "type": "SoftwareApplication"},
        object=described,
        session=None,
    )


def heartbeat(clock: str, session: str = X) -> Entry:
    time_us = at(clock)
    event = {
        "sessionId": session.removeprefix("urn:uuid:"),
        "eventTime": format_time(time_us),
        "edApp": EDAPP,
    }
    found = Attribution(
        id=derived_uuid("heartbeat", session, clock),
        kind="heartbeat",
        type="",
        action="",
        time_us=time_us,
        learner=LEARNER,
        session=canonical_id(session),
        auto=False,
        run=None,
        edapp=EDAPP,
    )
    return Entry(time_us, time_us, found.id, content_digest(event), found, event)


def fold(*entries: Entry, learner: str | None = LEARNER, earlier: Container[str] = ()) -> list[Session]:
    return sessions.fold(
        entries,
        tenant=TENANT,
        learner=learner,
        idle_us=IDLE_US,
        heartbeat_idle_us=HEARTBEAT_IDLE_US,
        earlier=earlier,
    )


def only(*entries: Entry) -> Session:
    (session,) = fold(*entries)
    return session


def emitted(session: Session, *, received: str | int) -> Entry:
    """The TimedOut that this system emits for a session, as it is stored."""
    return stored(timed_out.event(session, system_id=SYSTEM), received=received)


def swept(entries: Iterable[Entry], *, now_us: int, lag_us: int = 0) -> list[Entry]:
    """The timeline after one run of the sweep: a TimedOut more for each session that was due."""
    entries = list(entries)
    return entries + [
        emitted(session, received=now_us) for session in fold(*entries) if sessions.due(session, now_us, lag_us)
    ]


def resent(entry: Entry, **changes: Any) -> Entry:
    """The same id with other content."""
    event = {**entry.event, **changes}
    return stored(event, received=entry.received_us)


def arrived(entry: Entry, received: str | int) -> Entry:
    return copy.replace(entry, received_us=at(received) if isinstance(received, str) else received)


def ids(session: Session) -> list[str]:
    """The members that were sent to us, in order: what this system emitted is left out."""
    return [
        member.id
        for member in session.entries
        if not any(
            session_fields.is_ours(member, tenant=session.tenant, learner=session.learner, explicit=explicit)
            for explicit in (True, False)
        )
    ]
