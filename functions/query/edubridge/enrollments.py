"""`GET /edubridge/enrollments/user/{userId}` and the highest grade: what events and an imported roster tell.

An enrolment is a student in a course that is on record, that a roster enrols the student in, or that the student has
events in.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from functions.http.answers import Answer, answer
from functions.query.edubridge.activity import too_many_facts
from functions.query.edubridge.ids import bare, course_id, enrollment_id, name_at
from functions.query.edubridge.students import people_of
from functions.query.request import Request
from functions.query.sessions.folding import apart_from_slices, report
from functions.query.sessions.totals import totals_of
from functions.store import keys
from functions.store.dynamodb import key_parts
from functions.store.people.roster import enrolments_of, students, titles_of
from functions.store.registry import Registry
from functions.store.totals.reading import TooManyFacts
from functions.store.totals.settled import courses_if_settled

if TYPE_CHECKING:
    from functions.http.shapes.analytics.edubridge import Enrollment, HighestGrade

NAMED_BY = 50  # newest events of a student that are looked through for names of courses


def get_enrollments(request: Request) -> Answer:
    """A student's courses, by id. Those on record are anyone's: a first submission asks before there is an event."""
    student = bare(request.path["userId"])
    tenant = request.principal.app.tenant
    lessons: dict[str, int | None] = {
        bare(course.id): course.lessons for course in Registry(request.registry_table).every_course(tenant)
    }
    names, titles = dict[str, str](), dict[str, str]()
    try:
        for ids in people_of(request, request.path["userId"]):
            enrolled = {
                enrolment.course
                for name in ids
                for enrolment in students(enrolments_of(request.registry_table, tenant, name))
            }
            lessons |= {course: lessons.get(course) for course in map(bare, enrolled)}
            titles |= {
                bare(course): title for course, title in titles_of(request.registry_table, tenant, enrolled).items()
            }
            courses = _courses(request, tenant, ids)
            if courses:
                lessons |= {course: lessons.get(course) for course in map(bare, courses)}
                for learner in ids:
                    names |= _names(request, keys.learner_pk(tenant, learner))
    except TooManyFacts:
        return too_many_facts()
    data = [
        _described(student, course, titles.get(course) or names.get(course, course), lessons[course])
        for course in sorted(lessons)
    ]
    return answer(200, {"data": data})


def _courses(request: Request, tenant: str, ids: Sequence[str]) -> frozenset[str]:
    """The courses that the events of a student name: of one id, off the row of the latest day, if all is settled."""
    courses = courses_if_settled(request.table, keys.learner_pk(tenant, ids[0])) if len(ids) == 1 else None
    if courses is not None:
        return courses
    places = totals_of(request, tenant, ids).tallies
    return frozenset(place.course for place in places if place.course is not None)


def _names(request: Request, pk: str) -> dict[str, str]:
    """Names of courses as the newest events tell them."""
    how = apart_from_slices()
    newest = request.table.query(
        pk, start=keys.EVENT, end=keys.EVENT + key_parts.KEY_MAX, descending=True, limit=NAMED_BY
    )
    names: dict[str, str] = {}
    for fact in how.facts(newest.rows):
        course, name = course_id(fact.entry.event), name_at(fact.entry.event, "object", "course", "name")
        if course is not None and name is not None:
            names.setdefault(course, name)
    report(how.unreadable)
    return names


def _described(student: str, course: str, title: str, lessons: int | None) -> "Enrollment":
    known = {} if lessons is None else {"metrics": {"totalLessons": lessons}}
    return {
        "id": enrollment_id(student, course),
        "role": "student",
        "course": {"id": course, "title": title, "metadata": known},
        "school": {"id": "", "name": ""},
        "metadata": known,
    }


def get_highest_grade(request: Request) -> Answer:
    """No event says which grade a student has mastered: empty, which the client takes for unknown."""
    body: HighestGrade = {
        "studentId": request.path["studentId"],
        "subject": request.path["subject"],
        "grades": {},
    }
    return answer(200, body)
