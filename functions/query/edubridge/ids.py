"""The bare ids by which EduBridge's clients know students, courses and activities, read off IRIs and events.

TimeBack's SDK names a learner `…/users/{sourcedId}`, a course by its OneRoster id, an activity by the last part of its
URL, and compares these parts.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from functions.core.identity import child
from functions.core.timeline.course import course_of

URN = "urn:uuid:"


def bare(identifier: str) -> str:
    """The last segment of an IRI's path, decoded; of a URN of a UUID the UUID; anything else as it is."""
    if identifier.startswith(URN):
        return identifier.removeprefix(URN)
    if "://" in identifier:
        return unquote(identifier.partition("?")[0].partition("#")[0].rstrip("/").rpartition("/")[2])
    return identifier


def course_id(event: Mapping[str, Any]) -> str | None:
    """The bare id of the course that an event belongs to."""
    course = course_of(event)
    return None if course is None else bare(course)


def activity_id(event: Mapping[str, Any]) -> str | None:
    """The id that a sender gives the activity, else the last part of the object's URL."""
    identifier = child(child(event.get("object"), "activity"), "id")
    if isinstance(identifier, str) and identifier:
        return bare(identifier)
    named = event.get("object")
    named = child(named, "id") if isinstance(named, dict) else named
    return bare(named) if isinstance(named, str) and named else None


def name_at(event: Mapping[str, Any], *path: str) -> str | None:
    """The text at a path of property names."""
    node: Any = event
    for name in path:
        node = child(node, name)
    return node if isinstance(node, str) and node.strip() else None


def enrollment_id(student: str, course: str) -> str:
    """The token of an enrolment, which is a student in a course. It is the same wherever it is answered."""
    return base64.urlsafe_b64encode(f"{student}\n{course}".encode("utf-8", "surrogatepass")).decode().rstrip("=")


def enrolled(token: str) -> tuple[str, str] | None:
    """Student and course of an enrolment, or None if this is no token of one."""
    try:
        text = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    student, separator, course = text.partition("\n")
    return (student, course) if separator and student and course else None
