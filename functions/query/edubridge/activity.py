"""`GET /edubridge/analytics/activity` and `/enrollment/{enrollmentId}`: a student's numbers by day, subject and app."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING

from functions.core.numbers.metrics import as_number
from functions.core.times import iso_day
from functions.http.answers import Answer, answer, error
from functions.query.edubridge.dates import span_asked
from functions.query.edubridge.ids import enrolled
from functions.query.edubridge.metrics import FACTS, Place, metrics_of
from functions.query.edubridge.students import people_of, student_asked
from functions.query.request import Request
from functions.store.totals.reading import TooManyFacts

if TYPE_CHECKING:
    from functions.http.shapes.analytics.edubridge import ActivityFacts, EnrollmentFacts, SubjectMetrics

type Metrics = Mapping[str, Fraction]


def get_activity(request: Request) -> Answer:
    """All that a student did in the time asked for; nothing if the request names no student."""
    people, span = student_asked(request), span_asked(request)
    if isinstance(people, dict):
        return people
    if isinstance(span, dict):
        return span
    try:
        metrics = metrics_of(request, people, span)
    except TooManyFacts:
        return too_many_facts()
    body: ActivityFacts = {
        "message": "Activity of a student",
        "startDate": request.text("startDate") or "",
        "endDate": request.text("endDate") or "",
        "facts": _facts(metrics),
        "factsByApp": _by_app(metrics),
    }
    return answer(200, body)


def get_enrollment(request: Request) -> Answer:
    """The same for one course: of an enrolment that GET /edubridge/enrollments/user/{userId} names."""
    span, names = span_asked(request), enrolled(request.path["enrollmentId"])
    if isinstance(span, dict):
        return span
    if names is None:
        message = "There is no such enrolment: GET /edubridge/enrollments/user/{userId} lists those of a student."
        return error(404, "unknown-enrollment", message)
    student, course = names
    try:
        metrics = metrics_of(request, people_of(request, student), span)
    except TooManyFacts:
        return too_many_facts()
    own = {place: totals for place, totals in metrics.items() if place.course == course}
    body: EnrollmentFacts = {
        "message": "Activity of a student in a course",
        "enrollmentId": request.path["enrollmentId"],
        "startDate": request.text("startDate"),
        "endDate": request.text("endDate"),
        "facts": _facts(own),
        "factsByApp": _by_app(own),
    }
    return answer(200, body)


def too_many_facts() -> Answer:
    message = f"This student has over {FACTS} events then, more than are folded while you wait: ask for less time."
    return error(422, "too-many-events", message)


def _facts(metrics: Mapping[Place, Metrics]) -> "dict[str, dict[str, SubjectMetrics]]":
    """By day, then by subject."""
    days: dict[str, dict[str, list[tuple[Place, Metrics]]]] = defaultdict(lambda: defaultdict(list))
    for place, totals in metrics.items():
        days[iso_day(place.day)][place.subject].append((place, totals))
    return {
        day: {subject: _subject(own) for subject, own in sorted(subjects.items())}
        for day, subjects in sorted(days.items())
    }


def _by_app(metrics: Mapping[Place, Metrics]) -> "dict[str, dict[str, dict[str, SubjectMetrics]]]":
    apps = sorted({place.app for place in metrics})
    return {app: _facts({place: totals for place, totals in metrics.items() if place.app == app}) for app in apps}


def _subject(own: Iterable[tuple[Place, Metrics]]) -> "SubjectMetrics":
    """Whole numbers are cut down, so that nothing is complete before it is."""
    totals: dict[str, Fraction] = defaultdict(Fraction)
    apps: set[str] = set()
    for place, metrics in own:
        apps.add(place.app)
        for metric, amount in metrics.items():
            totals[metric] += amount
    return {
        "activityMetrics": {
            "xpEarned": as_number(totals["xpEarned"]),
            "totalQuestions": floor(totals["totalQuestions"]),
            "correctQuestions": floor(totals["correctQuestions"]),
            "masteredUnits": floor(totals["masteredUnits"]),
        },
        "timeSpentMetrics": {
            "activeSeconds": as_number(totals["active"]),
            "inactiveSeconds": as_number(totals["inactive"]),
            "wasteSeconds": as_number(totals["waste"]),
        },
        "apps": sorted(apps),
    }
