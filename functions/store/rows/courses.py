"""Courses as rows of the registry: written by the operator, read by `query` for a learner's progress."""

from msgspec import Struct

from functions.core.ids import id_digest
from functions.store import keys
from functions.store.dynamodb.attributes import number, text
from functions.store.dynamodb.row import Key, Row


class Course(Struct, frozen=True, kw_only=True):
    """How many lessons a course has: what a learner's progress is measured against."""

    id: str
    lessons: int


def course_key(tenant: str, course_id: str) -> Key:
    """Where a course of a tenant lies."""
    return f"{tenant}#C#{id_digest(course_id)}", keys.COURSE


def courses_ref(tenant: str) -> str:
    """Under which the index lists the courses of a tenant."""
    return f"{tenant}#C"


def course_row(course: Course, *, tenant: str) -> Row:
    """`course` as it is written."""
    pk, sk = course_key(tenant, course.id)
    return {
        keys.PK: pk,
        keys.SK: sk,
        keys.BY_ID_PK: courses_ref(tenant),
        "course": course.id,
        "lessons": course.lessons,
    }


def course_of(row: Row) -> Course:
    """The course that `course_row` wrote."""
    return Course(id=text(row, "course"), lessons=number(row, "lessons"))
