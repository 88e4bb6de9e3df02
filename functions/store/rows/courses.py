"""Courses as rows of the registry: written by the operator, read by `query` for a learner's progress."""

from dataclasses import dataclass

from functions.store import keys
from functions.store.dynamodb.attributes import number, text
from functions.store.dynamodb.row import Key, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How many lessons a course has: what a learner's progress is measured against."""

    id: str
    lessons: int


def course_key(tenant: str, course_id: str) -> Key:
    """Where a course of a tenant lies."""
    return keys.course_pk(tenant, course_id), keys.COURSE


def course_row(course: Course, *, tenant: str) -> Row:
    """`course` as it is written."""
    pk, sk = course_key(tenant, course.id)
    return {
        keys.PK: pk,
        keys.SK: sk,
        keys.BY_ID_PK: keys.courses_ref(tenant),
        "course": course.id,
        "lessons": course.lessons,
    }


def course_of(row: Row) -> Course:
    """The course that `course_row` wrote."""
    return Course(id=text(row, "course"), lessons=number(row, "lessons"))
