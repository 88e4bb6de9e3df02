"""The answers about sessions, runs, days and courses, with their numbers."""

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import Meta

from functions.http.shapes.fields import (
    COURSE,
    ENDED,
    LEARNER,
    STARTED,
    Actor,
    AppId,
    Conflicts,
    Count,
    Cursor,
    Day,
    EventId,
    Number,
    RunId,
    SessionId,
    Time,
)
from functions.http.shapes.insights import Insight

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
    conflicts: Conflicts


Duration = Annotated[str, Meta(description="ISO 8601.", examples=["PT28M"], extra_json_schema={"format": "duration"})]


class Sitting(TypedDict):
    """One uninterrupted part of a session: from when to when, and how it ended."""

    startedAtTime: Time
    endedAtTime: Annotated[str | None, Meta(examples=[ENDED], extra_json_schema={"format": "date-time"})]
    endedBy: Annotated[Literal["LoggedOut", "TimedOut", "superseded"] | None, Meta(examples=["TimedOut"])]
    duration: Duration


class Session(TypedDict):
    """A span of a learner's activity, with its numbers: the sum of its sittings'."""

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
    duration: Duration
    numbers: Numbers
    conflicts: Conflicts
    sittings: Annotated[list[Sitting], Meta(description="The latest of its sittings, oldest first.")]
    earlierSittings: Annotated[Count, Meta(description="How many sittings came before those.", examples=[0])]
    insights: NotRequired[
        Annotated[list[Insight], Meta(description="Of a closed session: what GET /insights lists of it.")]
    ]


class Sessions(TypedDict):
    """A page of `GET /sessions`."""

    sessions: list[Session]
    cursor: Cursor


class NumbersOfDay(Numbers):
    """The numbers of one day, of UTC or of the time zone asked for."""

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
    evidence: Annotated[
        list[EventId], Meta(description="The ids of the events with mastered units, of the days asked for.")
    ]
    conflicts: Conflicts


class LearnersDay(NumbersOfDay):
    """The numbers of one learner on one day, of UTC or of the time zone asked for."""

    actor: Annotated[str, Meta(description="The learner.", examples=[LEARNER])]
    app: AppId


class Progress(TypedDict):
    """The answer of `GET /progress`: courses, and days."""

    progress: list[CourseProgress]
    days: list[LearnersDay]
    cursor: Cursor
