"""The answers of EduBridge's analytics, with exactly the types that TimeBack's client reads."""

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from msgspec import Meta

STUDENT = "0a6c1e54-0f2f-4d64-9c1b-6f3f5d0f7a11"
COURSE = "fractions-4"
ENROLLMENT = "MGE2YzFlNTQtMGYyZi00ZDY0LTljMWItNmYzZjVkMGY3YTExCmZyYWN0aW9ucy00"

Whole = Annotated[int, Meta(description="Cut down to a whole number.", examples=[8])]
Amount = Annotated[float, Meta(examples=[12.5])]
Seconds = Annotated[float, Meta(examples=[640])]
SecondsText = Annotated[str, Meta(description="Seconds, as a decimal string.", examples=["640"])]
Text = Annotated[str | None, Meta(examples=[None])]
EnrollmentId = Annotated[str, Meta(description="A token of student and course.", examples=[ENROLLMENT])]
CourseId = Annotated[str, Meta(description="The bare id, as OneRoster has it.", examples=[COURSE])]


class ActivityMetrics(TypedDict):
    """What was earned."""

    xpEarned: Amount
    totalQuestions: Whole
    correctQuestions: Whole
    masteredUnits: Whole


class TimeSpentMetrics(TypedDict):
    """How long was worked."""

    activeSeconds: Seconds
    inactiveSeconds: Seconds
    wasteSeconds: Seconds


class SubjectMetrics(TypedDict):
    """One subject on one day."""

    activityMetrics: ActivityMetrics
    timeSpentMetrics: TimeSpentMetrics
    apps: Annotated[list[str], Meta(description="The apps that it was done with.", examples=[["Fractions"]])]


_METRICS = {
    "activityMetrics": {"xpEarned": 12.5, "totalQuestions": 10, "correctQuestions": 8, "masteredUnits": 1},
    "timeSpentMetrics": {"activeSeconds": 640, "inactiveSeconds": 30, "wasteSeconds": 0},
    "apps": ["Fractions"],
}
_DAYS = {"2026-01-27": {"Math": _METRICS}}
Facts = Annotated[dict[str, dict[str, SubjectMetrics]], Meta(description="Day, then subject.", examples=[_DAYS])]
FactsByApp = Annotated[
    dict[str, dict[str, dict[str, SubjectMetrics]]],
    Meta(description="App, then day, then subject.", examples=[{"Fractions": _DAYS}]),
]


class ActivityFacts(TypedDict):
    """A student's numbers by day and subject."""

    message: Annotated[str, Meta(examples=["Activity of a student"])]
    startDate: Annotated[str, Meta(description="As it was sent.", examples=["2026-01-27T00:00:00.000Z"])]
    endDate: Annotated[str, Meta(description="As it was sent.", examples=["2026-01-27T23:59:59.999Z"])]
    facts: Facts
    factsByApp: FactsByApp


class EnrollmentFacts(TypedDict):
    """A student's numbers in one course."""

    message: Annotated[str, Meta(examples=["Activity of a student in a course"])]
    enrollmentId: EnrollmentId
    startDate: Text
    endDate: Text
    facts: Facts
    factsByApp: FactsByApp


class WeeklyFact(TypedDict):
    """One event. Of a TimeSpentEvent `activityId` is null: by it clients know a repeated submission."""

    id: Annotated[int, Meta(description="53 bits of a digest of the event's id.", examples=[4503599627370496])]
    email: Annotated[str, Meta(examples=["learner@example.org"])]
    date: Annotated[str, Meta(examples=["2026-01-27"])]
    datetime: Annotated[str, Meta(examples=["2026-01-27T10:15:00.000+00:00"])]
    source: Literal["caliper"]
    year: Annotated[int, Meta(examples=[2026])]
    month: Annotated[int, Meta(examples=[1])]
    day: Annotated[int, Meta(examples=[27])]
    dayOfWeek: Annotated[int, Meta(description="0 is Sunday.", examples=[2])]
    userId: Annotated[str, Meta(examples=[STUDENT])]
    subject: Annotated[str, Meta(examples=["Math"])]
    app: Annotated[str, Meta(examples=["Fractions"])]
    courseId: Annotated[str | None, Meta(examples=[COURSE])]
    courseName: Text
    enrollmentId: Annotated[str | None, Meta(examples=[ENROLLMENT])]
    activityId: Annotated[str | None, Meta(examples=["adding-fractions"])]
    activityName: Text
    xpEarned: Amount
    totalQuestions: Whole
    correctQuestions: Whole
    masteredUnits: Whole
    activeSeconds: SecondsText
    inactiveSeconds: Annotated[SecondsText, Meta(examples=["0"])]
    wasteSeconds: Annotated[SecondsText, Meta(examples=["0"])]
    eventType: Annotated[str, Meta(examples=["ActivityEvent"])]
    sensor: Text
    sendTime: Text
    generatedAt: Annotated[str, Meta(description="When it arrived.", examples=["2026-01-27T10:15:02.000Z"])]


class WeeklyFacts(TypedDict):
    """The events of a week."""

    facts: list[WeeklyFact]


class EnrolledCourse(TypedDict):
    """A course."""

    id: CourseId
    title: Annotated[str, Meta(examples=["Fractions"])]
    metadata: Annotated[dict[str, Any], Meta(examples=[{"metrics": {"totalLessons": 20}}])]


class School(TypedDict):
    """No event names a school: empty."""

    id: Annotated[str, Meta(examples=[""])]
    name: Annotated[str, Meta(examples=[""])]


class Enrollment(TypedDict):
    """A student in a course."""

    id: EnrollmentId
    role: Literal["student"]
    course: EnrolledCourse
    school: School
    metadata: Annotated[dict[str, Any], Meta(examples=[{"metrics": {"totalLessons": 20}}])]


class Enrollments(TypedDict):
    """A student's courses."""

    data: list[Enrollment]


class MasteredGrades(TypedDict):
    """Empty: not known here."""

    highestGradeOverall: NotRequired[str]


class HighestGrade(TypedDict):
    """The highest grade that a student has mastered."""

    studentId: Annotated[str, Meta(examples=[STUDENT])]
    subject: Annotated[str, Meta(examples=["Math"])]
    grades: MasteredGrades
