"""The roster of an app: how learners are called, and which courses they are enrolled in, as a file told it.

Rows of the registry, which no archive and no daily copy holds: if they are lost, the file is imported again. An
enrolment is two rows, so that a learner's courses and a course's learners are one query each.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from msgspec import Struct

from functions.core.ids import id_digest
from functions.store import keys
from functions.store.dynamodb.attributes import number, text
from functions.store.dynamodb.row import Key, Row, key_of
from functions.store.dynamodb.table import Table, rows
from functions.store.people.keys import (
    CLASS,
    ENROLMENT,
    USER,
    class_pk,
    classes_ref,
    person_pk,
    users_ref,
)

type Role = Literal["student", "teacher"]


class RosterUser(Struct, frozen=True, kw_only=True):
    """A person of a roster. `learner` is the id that events name."""

    learner: str
    name: str


class RosterCourse(Struct, frozen=True, kw_only=True):
    """A course of a roster, by the id that events name, as its class is titled."""

    course: str
    title: str


class Enrolment(Struct, frozen=True, kw_only=True):
    """A person of a roster in a course. `name`: as the roster has it, if it is told with the enrolment."""

    learner: str
    course: str
    role: Role = "student"
    name: str = ""


def user_key(tenant: str, learner: str) -> Key:
    return person_pk(tenant, id_digest(learner)), USER


def course_key(tenant: str, course: str) -> Key:
    return class_pk(tenant, course), CLASS


def enrolment_key(tenant: str, course: str, learner: str) -> Key:
    """Where it lies with a course that a learner is enrolled in it."""
    return class_pk(tenant, course), ENROLMENT + id_digest(learner)


def user_row(tenant: str, user: RosterUser, *, imported_us: int) -> Row:
    """`user` as it is written by the import of that time."""
    pk, sk = user_key(tenant, user.learner)
    return {
        keys.PK: pk,
        keys.SK: sk,
        keys.BY_ID_PK: users_ref(tenant),
        "learner": user.learner,
        "name": user.name,
        "imported": imported_us,
    }


def course_row(tenant: str, course: RosterCourse, *, imported_us: int) -> Row:
    """`course` as it is written by the import of that time."""
    pk, sk = course_key(tenant, course.course)
    return {
        keys.PK: pk,
        keys.SK: sk,
        keys.BY_ID_PK: classes_ref(tenant),
        "course": course.course,
        "title": course.title,
        "imported": imported_us,
    }


def enrolment_rows(tenant: str, enrolment: Enrolment, *, imported_us: int) -> list[Row]:
    """`enrolment` as it is written: with the course, and with the person."""
    values: Row = {
        "learner": enrolment.learner,
        "course": enrolment.course,
        "role": enrolment.role,
        "name": enrolment.name,
        "imported": imported_us,
    }
    learner, course = id_digest(enrolment.learner), id_digest(enrolment.course)
    return [
        {keys.PK: class_pk(tenant, enrolment.course), keys.SK: ENROLMENT + learner, **values},
        {keys.PK: person_pk(tenant, learner), keys.SK: ENROLMENT + course, **values},
    ]


def enrolment_of(row: Row) -> Enrolment:
    """The enrolment that either row tells."""
    role: Role = "teacher" if text(row, "role") == "teacher" else "student"
    return Enrolment(learner=text(row, "learner"), course=text(row, "course"), role=role, name=text(row, "name"))


def names_of(table: Table, tenant: str, learners: Iterable[str]) -> dict[str, str]:
    """How the roster calls these learners; those that it knows. One query, and of an app with a roster one BatchGet a
    hundred.
    """
    if not table.query(users_ref(tenant), index=keys.BY_ID, limit=1).rows:
        return {}
    wanted = {user_key(tenant, learner): learner for learner in learners}
    held = table.get_all(wanted, consistent=False)
    return {wanted[key]: text(row, "name") for key, row in held.items()}


def titles_of(table: Table, tenant: str, courses: Iterable[str]) -> dict[str, str]:
    """How the roster calls these courses; those that it knows."""
    wanted = {course_key(tenant, course): course for course in courses}
    held = table.get_all(wanted, consistent=False)
    return {wanted[key]: text(row, "title") for key, row in held.items()}


def enrolments_of(table: Table, tenant: str, learner: str) -> list[Enrolment]:
    """The courses that a learner is enrolled in, or teaches. One query."""
    pk = person_pk(tenant, id_digest(learner))
    return [enrolment_of(row) for row in rows(table, pk, start=ENROLMENT, end=f"{ENROLMENT}~")]


def enrolled_in(table: Table, tenant: str, course: str, *, after: str = "", limit: int) -> list[Enrolment]:
    """So many people of a course, by the digest of their ids, after one of them. One query."""
    start = f"{ENROLMENT}{after} " if after else ENROLMENT
    course_rows = rows(table, class_pk(tenant, course), start=start, end=f"{ENROLMENT}~", limit=limit)
    return [enrolment_of(row) for _, row in zip(range(limit), course_rows, strict=False)]


def put_roster(
    table: Table,
    tenant: str,
    *,
    users: Iterable[RosterUser],
    courses: Iterable[RosterCourse],
    enrolments: Iterable[Enrolment],
    imported_us: int,
) -> None:
    """Write what a file tells, each over what was told of it before."""
    table.put_all(user_row(tenant, user, imported_us=imported_us) for user in users)
    table.put_all(course_row(tenant, course, imported_us=imported_us) for course in courses)
    table.put_all(row for enrolment in enrolments for row in enrolment_rows(tenant, enrolment, imported_us=imported_us))


def delete_older(table: Table, tenant: str, *, imported_us: int) -> int:
    """Delete what an import of the whole roster did not tell any more; how many rows."""
    deleted = 0
    for ref in (users_ref(tenant), classes_ref(tenant)):
        for pk in sorted({key_of(row)[0] for row in rows(table, ref, index=keys.BY_ID)}):
            old = [key_of(row) for row in _told(table, pk) if number(row, "imported") < imported_us]
            table.delete_all(old)
            deleted += len(old)
    return deleted


def forget_learners(table: Table, tenant: str, digests: Iterable[str], *, applies: bool = True) -> int:
    """Delete every row that tells of these learners, known by their digests, if the erasure `applies`; how many."""
    forgotten = 0
    for digest in sorted(set(digests)):
        own = list(_told(table, person_pk(tenant, digest)))
        with_course = [(class_pk(tenant, text(row, "course")), ENROLMENT + digest) for row in own if "course" in row]
        if applies:
            table.delete_all([*map(key_of, own), *with_course])
        forgotten += len(own)
    return forgotten


def _told(table: Table, pk: str) -> Iterator[Row]:
    """The rows of a partition that come from a roster."""
    return (row for row in rows(table, pk, consistent=True) if "imported" in row)


def students(enrolments: Sequence[Enrolment]) -> list[Enrolment]:
    """Those who learn."""
    return [enrolment for enrolment in enrolments if enrolment.role == "student"]
