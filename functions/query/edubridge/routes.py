"""The analytics of TimeBack's EduBridge, as its client `timeback-edubridge` asks for them."""

from functions.http import paths
from functions.http.parameters import Parameter
from functions.http.route import Route
from functions.query.request import Request

_TIMEZONE = Parameter(
    name="timezone",
    kind="text",
    example="America/Chicago",
    description="Whose calendar days: an IANA name. Days of UTC without it.",
)
_DATES = (
    Parameter(name="startDate", kind="text", example="2026-01-27T00:00:00.000Z", description="From this time on."),
    Parameter(
        name="endDate",
        kind="text",
        example="2026-01-27T23:59:59.999Z",
        description="Up to this time, its millisecond included.",
    ),
    _TIMEZONE,
)
_STUDENT = (
    Parameter(
        name="studentId",
        kind="text",
        example="0a6c1e54-0f2f-4d64-9c1b-6f3f5d0f7a11",
        description="The student's sourcedId: the end of the learner's IRI. This or `email` must be sent.",
    ),
    Parameter(
        name="email",
        kind="text",
        example="learner@example.org",
        description="The student's address, if `studentId` is not sent.",
    ),
)

EDUBRIDGE_ROUTES: tuple[Route[Request], ...] = (
    Route(
        path=paths.EDUBRIDGE_ACTIVITY,
        function="functions.query.edubridge.activity:get_activity",
        description="What a student did, by day and subject",
        answers="ActivityFacts",
        some_of=("studentId", "email"),
        parameters=(*_STUDENT, *_DATES),
        strict=False,
        statuses=(422,),
    ),
    Route(
        path=paths.EDUBRIDGE_WEEK,
        function="functions.query.edubridge.weekly:get_week",
        description="What a student did in a week, event by event",
        answers="WeeklyFacts",
        some_of=("studentId", "email"),
        required=("weekDate",),
        parameters=(
            *_STUDENT,
            Parameter(
                name="weekDate",
                kind="text",
                example="2026-01-27T00:00:00.000Z",
                description="A time in the week, which goes from Monday to Sunday.",
            ),
            _TIMEZONE,
        ),
        strict=False,
        statuses=(422,),
    ),
    Route(
        path=paths.EDUBRIDGE_ENROLLMENT,
        function="functions.query.edubridge.activity:get_enrollment",
        description="What a student did in a course, by day and subject",
        answers="EnrollmentFacts",
        parameters=_DATES,
        strict=False,
        statuses=(422,),
    ),
    Route(
        path=paths.EDUBRIDGE_GRADES,
        function="functions.query.edubridge.enrollments:get_highest_grade",
        description="The highest grade that a student has mastered: not known here",
        answers="HighestGrade",
        strict=False,
    ),
    Route(
        path=paths.EDUBRIDGE_ENROLLMENTS,
        function="functions.query.edubridge.enrollments:get_enrollments",
        description="The courses of a student: those on record, and those that the student has events in",
        answers="Enrollments",
        strict=False,
        statuses=(422,),
    ),
)
