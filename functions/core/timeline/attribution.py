"""Whose event it is: learner, session, run, app and time (and the course, where it is asked for), read off it alone.

Called by `process` on every item that `validate` accepted, and by a rebuild from the archive; so it is a pure function
that takes whatever was accepted and never raises. Rules: DESIGN §5. All ids come out in their one spelling.
"""

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct

from functions.core.caliper.terms import derived_event_id, is_event, is_timeback, term, text
from functions.core.identity import child, identity, own_identity, written_id
from functions.core.ids import AUTO_ATTACH
from functions.core.timeline.course import course_of
from functions.core.timeline.masquerade import is_masquerade
from functions.core.times import parse_time

_NO_PERSON = frozenset({"SoftwareApplication", "Organization", "CourseOffering", "CourseSection", "Group"})
_SESSION_TYPES = frozenset({"Session", "LtiSession"})


class Attribution(Struct, frozen=True, kw_only=True):
    """What an item belongs to. `session` is the one named explicitly; `auto` says that one is to be found for it.

    `event` is what the course is read off; nothing if there is none.
    """

    id: str
    kind: Literal["event", "entity", "heartbeat"]
    type: str
    action: str
    time_us: int
    learner: str | None
    session: str | None
    auto: bool
    run: str | None
    edapp: str | None
    event: Mapping[str, Any] = {}
    masqueraded: bool = False  # another person acted in the learner's name: in no session and no number

    @property
    def ends_session(self) -> bool:
        """LoggedOut and TimedOut end a session; they are never activity in it."""
        return self.type == "SessionEvent" and self.action in {"LoggedOut", "TimedOut"}

    @property
    def course(self) -> str | None:
        """Found anew each time: what is stored does not depend on it, and finding it costs as much as all the rest."""
        return course_of(self.event)


def attribute(
    event: Mapping[str, Any], *, auto_attach: bool, received_us: int = 0, sent_us: int | None = None
) -> Attribution:
    """The attribution of a parsed item that was accepted; of nothing but the item, so the same wherever it runs.

    `auto_attach` is the app's wish that events without a session join the learner's. An entity describe is timed by its
    `dateModified`, else by the envelope's `sendTime` (`sent_us`), so that a resend lands on itself. Where that is not
    known its `dateCreated` counts, and last the time at which it arrived.
    """
    kind_of = term(text(event, "type"))
    identifier = written_id(event)
    if not is_event(event):
        time_us = parse_time(event.get("dateModified"))
        if time_us is None:
            time_us = sent_us
        if time_us is None:
            time_us = parse_time(event.get("dateCreated"))
        return Attribution(
            id=identifier or "",
            kind="entity",
            type=kind_of,
            action="",
            time_us=received_us if time_us is None else time_us,
            learner=None,
            session=None,
            auto=False,
            run=None,
            edapp=None,
        )
    time_us = parse_time(event.get("eventTime"))
    edapp = identity(event.get("edApp"))
    session, wants_auto = _session(event, kind_of, edapp)
    return Attribution(
        id=identifier or derived_event_id(event),
        kind="event",
        type=kind_of,
        action=term(text(event, "action")),
        time_us=received_us if time_us is None else time_us,
        learner=_learner(event, edapp),
        session=session,
        auto=wants_auto or (session is None and auto_attach),
        run=_run(event, kind_of, session),
        edapp=edapp,
        event=event,
        masqueraded=is_masquerade(event),
    )


def _learner(event: Mapping[str, Any], edapp: str | None) -> str | None:
    """DESIGN §5: a person actor; an actor IRI that is not the app, unless an assignee is named; the session's user."""
    actor = event.get("actor")
    if isinstance(actor, dict):
        if term(text(actor, "type")) not in _NO_PERSON:
            person = own_identity(actor)
            if person is not None and person != edapp:
                return person
        return _assignee(event) or _session_user(event)
    assignee = _assignee(event)
    if assignee is not None:
        return assignee
    person = own_identity(actor)
    if person is not None and person != edapp:
        return person
    return _session_user(event)


def _assignee(event: Mapping[str, Any]) -> str | None:
    for slot in ("object", "generated"):
        node = event.get(slot)
        if isinstance(node, dict):
            assignee = _of(node, "assignee") or _of(node.get("attempt"), "assignee")
            if assignee is not None:
                return assignee
    return None


def _of(node: object, key: str) -> str | None:
    """Somebody whom a property of `node` names; nearly always there is none."""
    named = child(node, key)
    return own_identity(named) if named else None


def _session_user(event: Mapping[str, Any]) -> str | None:
    for slot in ("object", "session", "federatedSession"):
        node = event.get(slot)
        if slot == "object" and term(text(node, "type") if isinstance(node, dict) else "") not in _SESSION_TYPES:
            continue
        for key in ("user", "actor"):  # `actor`: deprecated in 1.1
            user = _of(node, key)
            if user is not None:
                return user
    return None


def _session(event: Mapping[str, Any], kind_of: str, edapp: str | None) -> tuple[str | None, bool]:
    """The session named, and whether the event asks for one to be found (`urn:tag:auto-attach`)."""
    named = [event.get("session"), event.get("federatedSession")]  # Blackboard gives the latter alone
    if kind_of == "SessionEvent":
        target = event.get("object")
        is_session = isinstance(target, dict) and term(text(target, "type")) in _SESSION_TYPES
        if term(text(event, "action")) == "TimedOut":
            if is_session or (isinstance(target, str) and identity(target) != edapp):
                named.insert(0, target)
        elif is_session:
            named.append(target)
    for node in named:
        identifier = identity(node)
        if identifier == AUTO_ATTACH:
            return None, True
        if identifier is not None:
            return identifier, False
    return None, False


def _run(event: Mapping[str, Any], kind_of: str, session: str | None) -> str | None:
    run = identity(child(event.get("extensions"), "runId"))
    if run is not None and run != AUTO_ATTACH:
        return run
    if session is None or not session.startswith("urn:uuid:"):
        return None
    return session if is_timeback(kind_of, text(event, "profile")) else None
