"""`GET /edubridge/enrollments/user/{userId}` and the highest grade: what a service without OneRoster can tell.

An enrolment is a student in a course that is on record, or that the student has events in.
"""

from datetime import UTC
from typing import TYPE_CHECKING

from functions.core.times import LAST_US
from functions.http.answers import Answer, answer
from functions.query.edubridge.activity import too_many_facts
from functions.query.edubridge.dates import Span
from functions.query.edubridge.ids import bare, course_id, enrollment_id, name_at
from functions.query.edubridge.metrics import TooManyFacts, facts_of
from functions.query.edubridge.students import learners_of
from functions.query.request import Request
from functions.store.registry import Registry

if TYPE_CHECKING:
    from functions.http.shapes.analytics.edubridge import Enrollment, HighestGrade

EVERYTHING = Span(0, LAST_US + 1, UTC)


def get_enrollments(request: Request) -> Answer:
    """A student's courses, by id. Those on record are anyone's: a first submission asks before there is an event."""
    student = bare(request.path["userId"])
    lessons: dict[str, int | None] = {
        bare(course.id): course.lessons
        for course in Registry(request.registry_table).every_course(request.principal.app.tenant)
    }
    names: dict[str, str] = {}
    try:
        for learner in learners_of(request, request.path["userId"]):
            for fact in facts_of(request, learner, EVERYTHING).facts:
                course = course_id(fact.entry.event)
                if course is not None:
                    lessons.setdefault(course, None)
                    names[course] = name_at(fact.entry.event, "object", "course", "name") or names.get(course, course)
    except TooManyFacts:
        return too_many_facts()
    enrollments = [
        _described(student, course, names.get(course, course), lessons[course]) for course in sorted(lessons)
    ]
    return answer(200, {"data": enrollments})


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
