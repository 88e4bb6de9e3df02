"""The answers to questions: events, sessions, runs, progress, insights."""

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from msgspec import Meta

from functions.http.shapes.fields import (
    COURSE,
    ENDED,
    EVENT,
    LEARNER,
    RECEIVED,
    RUN,
    SESSION,
    STARTED,
    Actor,
    AppId,
    Count,
    Cursor,
    Day,
    EventId,
    Evidence,
    JobId,
    Number,
    RunId,
    SessionId,
    Time,
)
from functions.http.shapes.findings import Finding, Rejection


class StoredEventRow(TypedDict):
    """An event exactly as it was sent, and what was read off it."""

    event: Annotated[dict[str, Any], Meta(description="Exactly what was sent, byte for byte.", examples=[EVENT])]
    actor: Actor
    session: Annotated[
        str | None, Meta(description="The session that it names, or that it was found in.", examples=[SESSION])
    ]
    run: Annotated[str | None, Meta(description="The activity run that it names.", examples=[RUN])]
    app: AppId
    jobId: JobId
    receivedAt: Annotated[Time, Meta(examples=[RECEIVED])]
    warnings: Annotated[list[Finding], Meta(examples=[[]])]


class Arrivals(TypedDict):
    """How often events of an id arrived, counting all since an instant."""

    count: Count
    since: Time


class Events(TypedDict):
    """A page of `GET /events`. The last three come with `id`, over all apps of the page."""

    events: list[StoredEventRow]
    cursor: Cursor
    conflict: NotRequired[Annotated[bool, Meta(description="Whether the id was sent with different contents.")]]
    arrivals: NotRequired[
        Annotated[
            Arrivals | None,
            Meta(description="All arrivals since an instant; those before it are in the archive. Null if none."),
        ]
    ]
    rejections: NotRequired[list[Rejection]]


Seconds = TypedDict(
    "Seconds",
    {
        "active": Annotated[Number, Meta(examples=[840])],
        "inactive": Annotated[Number, Meta(examples=[60])],
        "waste": Annotated[Number, Meta(examples=[0])],
        "unknown": Annotated[Number, Meta(examples=[0])],
        "anti-pattern": Annotated[Number, Meta(examples=[0])],
    },
)
Seconds.__doc__ = "Seconds that the apps reported, by category, as TimeBack names them."


class Numbers(TypedDict):
    """Time, XP, questions and mastery of a session, run or day. Every number is always there."""

    seconds: Seconds
    xpEarned: Annotated[Number, Meta(examples=[14])]
    totalQuestions: Annotated[Number, Meta(examples=[10])]
    correctQuestions: Annotated[Number, Meta(examples=[9])]
    accuracy: Annotated[float | None, Meta(description="Correct of total, in percent.", examples=[90])]
    masteredUnits: Annotated[Number, Meta(examples=[1])]
    attempts: Annotated[Number, Meta(examples=[1])]
    events: Annotated[Count, Meta(examples=[23])]
    firstActivityTime: Annotated[str | None, Meta(examples=[STARTED], extra_json_schema={"format": "date-time"})]
    lastActivityTime: Annotated[str | None, Meta(examples=[ENDED], extra_json_schema={"format": "date-time"})]
    sessions: list[SessionId]


class Session(TypedDict):
    """A span of a learner's activity, with its numbers."""

    id: SessionId
    actor: Actor
    app: AppId
    edApp: Annotated[str | None, Meta(examples=["https://learn.example.org/app"])]
    kind: Annotated[
        Literal["explicit", "auto"],
        Meta(
            description="`explicit`: events name it. `auto`: found by pauses between events that name none.",
            examples=["explicit"],
        ),
    ]
    state: Annotated[Literal["open", "closed"], Meta(examples=["closed"])]
    startedAtTime: Time
    endedAtTime: Annotated[str | None, Meta(examples=[ENDED], extra_json_schema={"format": "date-time"})]
    endedBy: Annotated[Literal["LoggedOut", "TimedOut", "superseded"] | None, Meta(examples=["TimedOut"])]
    lastActivityTime: Annotated[Time, Meta(examples=[ENDED])]
    requiresHeartbeat: Annotated[bool, Meta(examples=[False])]
    processInsights: Annotated[bool, Meta(examples=[True])]
    events: Annotated[Count, Meta(examples=[23])]
    numbers: Numbers


class Sessions(TypedDict):
    """A page of `GET /sessions`."""

    sessions: list[Session]
    cursor: Cursor


class NumbersOfDay(Numbers):
    """The numbers of one UTC day."""

    day: Day


class Run(Numbers):
    """The numbers of an activity run, in all and by day."""

    id: RunId
    actor: Actor
    app: AppId
    days: list[NumbersOfDay]


class Runs(TypedDict):
    """A page of `GET /runs`."""

    runs: list[Run]
    cursor: Cursor


class CourseProgress(TypedDict):
    """How far a learner is in one course."""

    actor: Annotated[str, Meta(description="The learner.", examples=[LEARNER])]
    app: AppId
    course: Annotated[str, Meta(examples=[COURSE])]
    masteredUnits: Annotated[Number, Meta(examples=[4])]
    activities: Annotated[Count, Meta(examples=[9])]
    totalLessons: Annotated[int | None, Meta(description="Null if no number is registered.", examples=[20])]
    pctCompleteApp: Annotated[float | None, Meta(description="Percent.", examples=[45])]
    stated: Annotated[
        bool, Meta(description="Whether the app reported the percentage; else it was computed.", examples=[False])
    ]
    lastActivityTime: Annotated[Time, Meta(examples=[ENDED])]
    evidence: Evidence


class LearnersDay(NumbersOfDay):
    """The numbers of one learner on one UTC day."""

    actor: Annotated[str, Meta(description="The learner.", examples=[LEARNER])]
    app: AppId


class Progress(TypedDict):
    """The answer of `GET /progress`: courses, and days."""

    progress: list[CourseProgress]
    days: list[LearnersDay]
    cursor: Cursor


class Insight(TypedDict):
    """A pattern in a session that may need attention, with the events that show it."""

    id: EventId
    insightType: Annotated[str, Meta(description="One of GET /insights/1.0/types.", examples=["idling"])]
    reason: Annotated[str, Meta(examples=["Nothing happened for 12 minutes."])]
    startedAtTime: Time
    endedAtTime: Annotated[Time, Meta(examples=[ENDED])]
    durationInSeconds: Annotated[Count, Meta(examples=[720])]
    sessionId: SessionId
    userId: Annotated[str | None, Meta(description="The learner.", examples=[LEARNER])]
    applicationId: Annotated[
        str | None, Meta(description="The session's edApp.", examples=["https://learn.example.org/app"])
    ]
    version: Annotated[str, Meta(max_length=16, description="Of the rules that found it.", examples=["1"])]
    evidence: Evidence


class InsightOfApp(Insight):
    """An insight, with the app that sent the session."""

    app: AppId


class Insights(TypedDict):
    """A page of `GET /insights`."""

    insights: list[InsightOfApp]
    cursor: Cursor


class Health(TypedDict):
    """The service answers."""

    status: Literal["ok"]
    version: Annotated[str, Meta(examples=["1.0.0"])]


class Description(TypedDict):
    """The description of this API, as OpenAPI 3.1."""

    openapi: Annotated[str, Meta(examples=["3.1.0"])]
    info: Annotated[dict[str, Any], Meta(examples=[{"title": "Caliper event service", "version": "1.0.0"}])]
    tags: Annotated[list[dict[str, Any]], Meta(examples=[[]])]
    paths: Annotated[dict[str, Any], Meta(examples=[{}])]
    components: Annotated[dict[str, Any], Meta(examples=[{}])]
