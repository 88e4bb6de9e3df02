"""`GET /edubridge/analytics/facts/weekly`: a student's events of one week, each as one fact with what it adds."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, Literal

from functions.core.numbers.metrics import as_number
from functions.core.numbers.totals import app_of
from functions.core.timeline.course import subject_of
from functions.core.times import format_time
from functions.http.answers import Answer, answer
from functions.query.edubridge.activity import too_many_facts
from functions.query.edubridge.dates import Span, local, week_asked
from functions.query.edubridge.ids import activity_id, bare, course_id, enrollment_id, name_at
from functions.query.edubridge.metrics import OTHER, app_name, facts_of
from functions.query.edubridge.students import student_asked
from functions.query.request import Request
from functions.store.rows.events import StoredFact
from functions.store.totals.reading import TooManyFacts

if TYPE_CHECKING:
    from functions.http.shapes.analytics.edubridge import WeeklyFact

SOURCE: Literal["caliper"] = "caliper"
ID_BITS = 53  # a JSON number that every reader can hold
_SHOWN = ("ActivityEvent", "TimeSpentEvent")


def get_week(request: Request) -> Answer:
    """The facts of the week, Monday to Sunday in the caller's time zone, that a date lies in."""
    people, span = student_asked(request), week_asked(request)
    if isinstance(people, dict):
        return people
    if isinstance(span, dict):
        return span
    facts: list[WeeklyFact] = []
    try:
        for ids in people:
            week = facts_of(request, ids, span)
            added: dict[str, dict[str, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
            for credit in week.credited:
                added[credit.entry.content][credit.metric] += credit.amount
            facts += [
                _described(request, fact, fact.entry.attribution.learner or "", added[fact.entry.content], span)
                for fact in week.facts
                if fact.entry.attribution.type in _SHOWN
            ]
    except TooManyFacts:
        return too_many_facts()
    return answer(200, {"facts": facts})


def _described(
    request: Request, fact: StoredFact, learner: str, added: Mapping[str, Fraction], span: Span
) -> "WeeklyFact":
    """Only submissions carry the slug of their activity: by it the SDK knows a repeated one."""
    entry, event = fact.entry, fact.entry.event
    moment, course, student = local(entry.time_us, span.zone), course_id(event), bare(learner)
    is_submission = entry.attribution.type == "ActivityEvent"
    return {
        "id": int.from_bytes(hashlib.sha256(entry.id.encode("utf-8", "surrogatepass")).digest()[:8]) >> (64 - ID_BITS),
        "email": (name_at(event, "actor", "email") or "").strip().lower(),
        "date": moment.date().isoformat(),
        "datetime": moment.isoformat(timespec="milliseconds"),
        "source": SOURCE,
        "year": moment.year,
        "month": moment.month,
        "day": moment.day,
        "dayOfWeek": moment.isoweekday() % 7,
        "userId": student,
        "subject": subject_of(event) or OTHER,
        "app": app_name(request, app_of(entry)),
        "courseId": course,
        "courseName": name_at(event, "object", "course", "name"),
        "enrollmentId": None if course is None else enrollment_id(student, course),
        "activityId": activity_id(event) if is_submission else None,
        "activityName": name_at(event, "object", "activity", "name"),
        "xpEarned": as_number(added.get("xpEarned", Fraction(0))),
        "totalQuestions": floor(added.get("totalQuestions", 0)),
        "correctQuestions": floor(added.get("correctQuestions", 0)),
        "masteredUnits": floor(added.get("masteredUnits", 0)),
        "activeSeconds": _decimal(added.get("active", Fraction(0))),
        "inactiveSeconds": _decimal(added.get("inactive", Fraction(0))),
        "wasteSeconds": _decimal(added.get("waste", Fraction(0))),
        "eventType": entry.attribution.type,
        "sensor": fact.sensor or None,
        "sendTime": None if fact.sent_us is None else format_time(fact.sent_us),
        "generatedAt": format_time(entry.received_us),
    }


def _decimal(amount: Fraction) -> str:
    """Seconds as a decimal string."""
    return str(as_number(amount)) if amount.denominator == 1 else format(Decimal(str(float(amount))), "f")
