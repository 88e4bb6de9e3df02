"""Which course and subject an event belongs to, read off it alone, for the numbers; nothing stored depends on it.

Senders say it in more places than anything else, so it is looked for where it is asked for, not on every event.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from functions.core.caliper.terms import term, text
from functions.core.identity import child, identity, own_identity

_COURSE_TYPES = frozenset({"CourseOffering", "CourseSection"})
_LINKS_MAX = 32  # of an isPartOf chain


def course_of(event: Mapping[str, Any]) -> str | None:
    """The course: said outright, else the group, else what the object is part of, else a vendor's extension."""
    extensions = event.get("extensions")
    said = child(extensions, "courseId")
    if isinstance(said, int) and not isinstance(said, bool):
        said = str(said)
    course = identity(said) or _course_entity(event.get("group"))
    if course is not None:
        return course
    for node in _curriculum(event):
        course = _course_entity(node)
        if course is not None:
            return course
    course = _course_entity(child(event.get("membership"), "organization"))
    if course is not None:
        return course
    return _vendor_course(event) or _group_iri(event.get("group"))


def subject_of(event: Mapping[str, Any]) -> str | None:
    """The subject that a TimeBack activity states (`object.subject`, or that of what is attempted)."""
    target = event.get("object")
    for node in (target, child(target, "assignable")):
        subject = child(node, "subject")
        if isinstance(subject, str) and subject.strip():
            return subject.strip()
    return None


def app_name_of(event: Mapping[str, Any]) -> str | None:
    """The name of the app that a TimeBack activity states (`object.app.name`)."""
    name = child(child(event.get("object"), "app"), "name")
    return name.strip() or None if isinstance(name, str) else None


def _course_entity(node: object) -> str | None:
    if not isinstance(node, dict):
        return None
    if node.get("mediaType") != "curriculum/course" and term(text(node, "type")) not in _COURSE_TYPES:
        return None
    # The TimeBack client sends a CourseOffering with id null and a name.
    return own_identity(node) or identity(node.get("name"))


def _curriculum(event: Mapping[str, Any]) -> Iterator[object]:
    """The object, what it is an attempt at, and all that these are part of."""
    for slot in ("object", "generated"):
        start = event.get(slot)
        if not isinstance(start, dict):
            continue
        for node in (start, start.get("assignable"), child(start.get("attempt"), "assignable")):
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
        canvas = child(child(node, "extensions"), "com.instructure.canvas")
        if not isinstance(canvas, dict):
            continue
        if canvas.get("asset_type") == "course":
            return own_identity(node)
        if str(canvas.get("context_type")).lower() == "course":
            number = canvas.get("context_id")
            if isinstance(number, str | int) and not isinstance(number, bool):
                return f"urn:instructure:canvas:course:{number}"
    for node in (event, event.get("membership"), event.get("object")):
        extensions = child(node, "extensions")
        blackboard = identity(child(extensions, "bb:course.id"))
        if blackboard is not None:
            return blackboard
    return None


def _group_iri(group: object) -> str | None:
    """A group given as IRI does not say what it is; it is taken for the course if nothing else is."""
    return own_identity(group) if isinstance(group, str) else None
