"""Builds timelines of one learner for tests of sittings: short ways to write a stored fact, and a sweep."""

import copy
from collections.abc import Iterable
from typing import Any

from functions.core.ids import AUTO_ATTACH, canonical_id, content_digest, derived_uuid
from functions.core.sessions.facts import edapp_of
from functions.core.sessions.fold import Scope, fold
from functions.core.sessions.sitting import Sitting, due
from functions.core.sessions.timed_out import event as timed_out_event
from functions.core.sessions.timeouts import Timeouts
from functions.core.timeline.attribution import Attribution, attribute
from functions.core.timeline.entry import Entry
from functions.core.times import MINUTE_US, format_time, parse_time

TENANT = "tenant"
LEARNER = "urn:uuid:11111111-1111-4111-8111-111111111111"
TEACHER = "urn:uuid:99999999-9999-4999-8999-999999999999"
EDAPP = "urn:uuid:22222222-2222-4222-8222-222222222222"
SECOND_EDAPP = "urn:uuid:88888888-8888-4888-8888-888888888888"  # of the same registration, by its exact id
OTHER_APP = "urn:uuid:33333333-3333-4333-8333-333333333333"  # only a pattern of the registration allows it
X = "urn:uuid:44444444-4444-4444-8444-444444444444"
Y = "urn:uuid:55555555-5555-4555-8555-555555555555"
RUN = "urn:uuid:66666666-6666-4666-8666-666666666666"
SYSTEM = "urn:uuid:77777777-7777-4777-8777-777777777777"
IDLE_MINUTES = 30
TIMEOUTS = Timeouts.constant(idle_minutes=IDLE_MINUTES, heartbeat_minutes=5)
SCOPE = Scope(tenant=TENANT, learner=LEARNER, timeouts=TIMEOUTS)
HEARTBEATS = {"requiresHeartbeat": True}


def clock_us(clock: str, day: str = "2026-01-27") -> int:
    """`clock_us("9:00")` or `clock_us("9:00:15")`, as µs."""
    hours, minutes, *seconds = clock.split(":")
    time_us = parse_time(f"{day}T{int(hours):02d}:{minutes}:{seconds[0] if seconds else '00'}Z")
    assert time_us is not None
    return time_us


def instant(clock: str | int) -> int:
    return clock_us(clock) if isinstance(clock, str) else clock


def stored(
    event: dict[str, Any], *, received: str | int | None = None, system: bool = False, auto_attach: bool = False
) -> Entry:
    """The entry of an event; it arrived when it happened unless `received` says otherwise."""
    event = dict(event)
    event.setdefault("id", derived_uuid("test", content_digest(event)))
    attribution = attribute(event, auto_attach=auto_attach)
    return Entry(
        time_us=attribution.time_us,
        received_us=attribution.time_us if received is None else instant(received),
        id=attribution.id,
        content=content_digest(event),
        attribution=attribution,
        event=event,
        system=system,
        wildcard=edapp_of(attribution) == OTHER_APP,
    )


def happened(clock: str | int, *, received: str | int | None = None, **fields: Any) -> Entry:
    """Any event; a ViewEvent that asks for auto-attach if nothing else is said. A field given as None is left out."""
    event: dict[str, Any] = {
        "type": "ViewEvent",
        "action": "Viewed",
        "actor": LEARNER,
        "object": "https://app.example/pages/1",
        "eventTime": format_time(instant(clock)),
        "edApp": EDAPP,
        "session": AUTO_ATTACH,
    } | fields
    return stored({name: value for name, value in event.items() if value is not None}, received=received)


def described(
    session: str | None, *, started: str | int | None = None, ended: str | int | None = None, flags: Any = None
) -> dict[str, Any]:
    """A Session object that states what is given."""
    node: dict[str, Any] = {"id": session, "type": "Session"}
    if started is not None:
        node["startedAtTime"] = format_time(instant(started))
    if ended is not None:
        node["endedAtTime"] = format_time(instant(ended))
    if flags:
        node["extensions"] = flags
    return node


def viewed(
    clock: str | int, session: str = X, *, started: str | int | None = None, flags: Any = None, **more: Any
) -> Entry:
    return happened(clock, **{"session": described(session, started=started, flags=flags)} | more)


def logged_in(
    clock: str | int, session: str = X, *, started: str | int | None = None, flags: Any = None, **more: Any
) -> Entry:
    fields = {
        "type": "SessionEvent",
        "action": "LoggedIn",
        "actor": {"id": LEARNER, "type": "Person"},
        "object": {"id": EDAPP, "type": "SoftwareApplication"},
        "session": described(session, started=started, flags=flags),
    }
    return happened(clock, **fields | more)


def logged_out(clock: str | int, session: str | None = X, *, ended: str | int | None = None, **more: Any) -> Entry:
    """Without a session where None is given."""
    fields = {
        "type": "SessionEvent",
        "action": "LoggedOut",
        "actor": {"id": LEARNER, "type": "Person"},
        "object": EDAPP,
        "session": session if session in (None, AUTO_ATTACH) else described(session, ended=ended),
    }
    return happened(clock, **fields | more)


def client_timed_out(
    clock: str | int, session: str = X, *, ended: str | int | None = None, learner: str | None = LEARNER, **more: Any
) -> Entry:
    """A client's own TimedOut; seed 000 sends it without a learner."""
    node = described(session, ended=ended) | ({} if learner is None else {"user": learner})
    fields = {
        "type": "SessionEvent",
        "action": "TimedOut",
        "actor": {"id": EDAPP, "type": "SoftwareApplication"},
        "object": node,
        "session": None,
    }
    return happened(clock, **fields | more)


def heartbeat(clock: str | int, session: str = X, *, received: str | int | None = None) -> Entry:
    time_us = instant(clock)
    event = {"sessionId": session, "eventTime": format_time(time_us), "learner": LEARNER, "edApp": EDAPP}
    attribution = Attribution(
        id=content_digest(event),
        kind="heartbeat",
        type="Heartbeat",
        action="",
        time_us=time_us,
        learner=LEARNER,
        session=canonical_id(session),
        auto=False,
        run=None,
        edapp=EDAPP,
    )
    received_us = time_us if received is None else instant(received)
    return Entry(time_us, received_us, attribution.id, attribution.id, attribution, event)


def graded(clock: str | int, session: str | None = X, **more: Any) -> Entry:
    """What a teacher does to the learner's work: of the learner, but not the learner's activity."""
    fields = {
        "type": "GradeEvent",
        "action": "Graded",
        "actor": {"id": EDAPP, "type": "SoftwareApplication"},
        "object": {"id": "https://app.example/attempts/1", "type": "Attempt", "assignee": LEARNER},
        "session": AUTO_ATTACH if session is None else session,
    }
    return happened(clock, **fields | more)


def sittings(*entries: Entry, scope: Scope = SCOPE) -> list[Sitting]:
    return list(fold(entries, scope).sittings)


def only(*entries: Entry, scope: Scope = SCOPE) -> Sitting:
    (sitting,) = fold(entries, scope).sittings
    return sitting


def of(session: str, *entries: Entry) -> list[Sitting]:
    """The sittings of one session."""
    return [sitting for sitting in sittings(*entries) if sitting.session == session]


def emitted(sitting: Sitting, *, received: str | int, scope: Scope = SCOPE) -> Entry:
    """The TimedOut that this service publishes for a sitting, as it is stored."""
    event = timed_out_event(sitting, tenant=scope.tenant, learner=scope.learner, system_id=SYSTEM)
    return stored(event, received=received, system=True)


def swept(entries: Iterable[Entry], *, now: str | int, lag_us: int = 0, scope: Scope = SCOPE) -> list[Entry]:
    """The timeline after one run of the sweep: a TimedOut more for each sitting that was due."""
    entries = list(entries)
    over = [sitting for sitting in fold(entries, scope).sittings if due(sitting, now_us=instant(now), lag_us=lag_us)]
    return entries + [emitted(sitting, received=now, scope=scope) for sitting in over]


def resent(entry: Entry, **changes: Any) -> Entry:
    """The same id with other content."""
    return stored({**entry.event, **changes}, received=entry.received_us)


def arrived(entry: Entry, received: str | int) -> Entry:
    return copy.replace(entry, received_us=instant(received))


def ids(sitting: Sitting) -> list[str]:
    return [member.id for member in sitting.members]


def minutes(count: int) -> int:
    return count * MINUTE_US


def span(sitting: Sitting) -> tuple[str, str | None, str | None]:
    """Start, end and reason, as a reader writes them: `("9:00", "9:20", "logged_out")`."""
    return clock(sitting.started_us), None if sitting.ended_us is None else clock(sitting.ended_us), sitting.end_reason


def clock(time_us: int) -> str:
    text = format_time(time_us)[11:16]
    return text.removeprefix("0")
