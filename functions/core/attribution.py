"""Whose event it is: learner, session, run, course, app and time, read off the event alone.

Called by `process` on every item that `validate` accepted, and by a rebuild from the archive; so it is a pure function
that takes whatever was accepted and never raises. Rules: DESIGN §5. All ids come out in their one spelling.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from msgspec import Struct

from functions.core.caliper.terms import derived_event_id, is_event, is_timeback, term, text
from functions.core.ids import AUTO_ATTACH, canonical_id
from functions.core.times import parse_time

_NO_PERSON = frozenset({"SoftwareApplication", "Organization", "CourseOffering", "CourseSection", "Group"})
_SESSION_TYPES = frozenset({"Session", "LtiSession"})
_COURSE_TYPES = frozenset({"CourseOffering", "CourseSection"})
_ANONYMOUS = "http://purl.imsglobal.org/caliper/"  # 1.2: an entity whose id is its type's IRI has no identity
# Ids that many people share: as keys they would be hot, and their learners nobody.
_NOBODY = frozenset({AUTO_ATTACH, "urn:instructure:canvas:user:0", "urn:unidentified-user"})
_LINKS_MAX = 32  # of an isPartOf chain


class Attribution(Struct, frozen=True, kw_only=True):
    """What an item belongs to. `session` is the one named explicitly; `auto` says that one is to be found for it."""

    id: str
    kind: Literal["event", "entity", "heartbeat"]
    type: str
    action: str
    time_us: int
    learner: str | None
    session: str | None
    auto: bool
    run: str | None
    course: str | None
    edapp: str | None


def attribute(event: Mapping[str, Any], *, auto_attach: bool, received_us: int = 0) -> Attribution:
    """The attribution of a parsed item that was accepted; of nothing but the item, so the same wherever it runs.

    `auto_attach` is the app's wish that events without a session join the learner's. `received_us` is the time of an
    entity describe that carries none.
    """
    kind_of = term(text(event, "type"))
    identifier = _identity(event)
    if not is_event(event):
        time_us = parse_time(event.get("dateModified"))
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
            course=None,
            edapp=None,
        )
    time_us = parse_time(event.get("eventTime"))
    session, wants_auto = _session(event, kind_of)
    return Attribution(
        id=identifier or derived_event_id(event),
        kind="event",
        type=kind_of,
        action=term(text(event, "action")),
        time_us=received_us if time_us is None else time_us,
        learner=_learner(event),
        session=session,
        auto=wants_auto or (session is None and auto_attach),
        run=_run(event, kind_of, session),
        course=_course(event),
        edapp=_identity(event.get("edApp")),
    )


def is_anonymous(identifier: str) -> bool:
    """Whether an id stands for nobody in particular: a blank node, or a type's own IRI (1.2 anonymous entity).

    Two uses of such an id are two entities; they must never be merged or counted as one.
    """
    return identifier.startswith((_ANONYMOUS, "_:"))


def _identity(node: object) -> str | None:
    """The id of an entity given as object or as IRI; None where it has none that could tell it from another."""
    if isinstance(node, dict):
        node = text(node, "id")
    if not isinstance(node, str):
        return None
    node = node.strip()  # TimeBack names trailing white space as a pitfall
    return canonical_id(node) if node else None


def _somebody(node: object) -> str | None:
    identifier = _identity(node)
    if identifier is None or identifier in _NOBODY or is_anonymous(identifier):
        return None
    return identifier


def _child(node: object, key: str) -> Any:
    return node.get(key) if isinstance(node, dict) else None


def _learner(event: Mapping[str, Any]) -> str | None:
    """DESIGN §5: a person actor; an actor IRI that is not the app, unless an assignee is named; the session's user."""
    actor = event.get("actor")
    if isinstance(actor, dict):
        if term(text(actor, "type")) not in _NO_PERSON:
            person = _somebody(actor)
            if person is not None and person != _identity(event.get("edApp")):
                return person
        return _assignee(event) or _session_user(event)
    assignee = _assignee(event)
    if assignee is not None:
        return assignee
    person = _somebody(actor)
    if person is not None and person != _identity(event.get("edApp")):
        return person
    return _session_user(event)


def _assignee(event: Mapping[str, Any]) -> str | None:
    for slot in ("object", "generated"):
        node = event.get(slot)
        for attempt in (node, _child(node, "attempt")):
            assignee = _somebody(_child(attempt, "assignee"))
            if assignee is not None:
                return assignee
    return None


def _session_user(event: Mapping[str, Any]) -> str | None:
    for slot in ("object", "session", "federatedSession"):
        node = event.get(slot)
        if slot == "object" and term(text(node, "type") if isinstance(node, dict) else "") not in _SESSION_TYPES:
            continue
        for key in ("user", "actor"):  # `actor`: deprecated in 1.1
            user = _somebody(_child(node, key))
            if user is not None:
                return user
    return None


def _session(event: Mapping[str, Any], kind_of: str) -> tuple[str | None, bool]:
    """The session named, and whether the event asks for one to be found (`urn:tag:auto-attach`)."""
    named = [event.get("session"), event.get("federatedSession")]  # Blackboard gives the latter alone
    if kind_of == "SessionEvent":
        target = event.get("object")
        is_session = isinstance(target, dict) and term(text(target, "type")) in _SESSION_TYPES
        if term(text(event, "action")) == "TimedOut":
            edapp = _identity(event.get("edApp"))
            if is_session or (isinstance(target, str) and _identity(target) != edapp):
                named.insert(0, target)
        elif is_session:
            named.append(target)
    for node in named:
        identifier = _identity(node)
        if identifier == AUTO_ATTACH:
            return None, True
        if identifier is not None and not is_anonymous(identifier):
            return identifier, False
    return None, False


def _run(event: Mapping[str, Any], kind_of: str, session: str | None) -> str | None:
    run = _identity(_child(event.get("extensions"), "runId"))
    if run is not None and run != AUTO_ATTACH:
        return run
    if session is None or not session.startswith("urn:uuid:"):
        return None
    return session if is_timeback(kind_of, text(event, "profile")) else None


def _course(event: Mapping[str, Any]) -> str | None:
    """The course: said outright, else the group, else what the object is part of, else a vendor's extension."""
    extensions = event.get("extensions")
    said = _child(extensions, "courseId")
    if isinstance(said, int) and not isinstance(said, bool):
        said = str(said)
    course = _identity(said) or _course_entity(event.get("group"))
    if course is not None:
        return course
    for node in _curriculum(event):
        course = _course_entity(node)
        if course is not None:
            return course
    course = _course_entity(_child(event.get("membership"), "organization"))
    if course is not None:
        return course
    return _vendor_course(event) or _group_iri(event.get("group"))


def _course_entity(node: object) -> str | None:
    if not isinstance(node, dict):
        return None
    if node.get("mediaType") != "curriculum/course" and term(text(node, "type")) not in _COURSE_TYPES:
        return None
    # The TimeBack client sends a CourseOffering with id null and a name.
    return _somebody(node) or _identity(node.get("name"))


def _curriculum(event: Mapping[str, Any]) -> Iterator[object]:
    """The object, what it is an attempt at, and all that these are part of."""
    for slot in ("object", "generated"):
        start = event.get(slot)
        if not isinstance(start, dict):
            continue
        for node in (start, start.get("assignable"), _child(start.get("attempt"), "assignable")):
            if not isinstance(node, dict):
                continue
            course = node.get("course")  # TimebackActivityContext: {name, id?}
            if isinstance(course, dict):
                yield {"type": "CourseOffering", **course}
            for _ in range(_LINKS_MAX):
                yield node
                node = node.get("isPartOf")
                if not isinstance(node, dict):
                    break


def _vendor_course(event: Mapping[str, Any]) -> str | None:
    for slot in ("object", "group", "generated"):
        node = event.get(slot)
        canvas = _child(_child(node, "extensions"), "com.instructure.canvas")
        if not isinstance(canvas, dict):
            continue
        if canvas.get("asset_type") == "course":
            return _somebody(node)
        if str(canvas.get("context_type")).lower() == "course":
            number = canvas.get("context_id")
            if isinstance(number, str | int) and not isinstance(number, bool):
                return f"urn:instructure:canvas:course:{number}"
    for node in (event, event.get("membership"), event.get("object")):
        extensions = _child(node, "extensions")
        blackboard = _identity(_child(extensions, "bb:course.id"))
        if blackboard is not None:
            return blackboard
    return None


def _group_iri(group: object) -> str | None:
    """A group given as IRI does not say what it is; it is taken for the course where nothing else is."""
    return _somebody(group) if isinstance(group, str) else None
