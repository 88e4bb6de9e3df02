"""The answers of `GET /insights`."""

from typing import Annotated, TypedDict

from msgspec import Meta

from functions.http.shapes.fields import (
    ENDED,
    LEARNER,
    AppId,
    Conflicts,
    Count,
    Cursor,
    EventId,
    Evidence,
    SessionId,
    Time,
)


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
    conflicts: Conflicts


class InsightOfApp(Insight):
    """An insight, with the app that sent the session."""

    app: AppId


class Insights(TypedDict):
    """A page of `GET /insights`."""

    insights: list[InsightOfApp]
    cursor: Cursor
