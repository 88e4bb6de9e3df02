"""The answers in the shapes of TimeBack's platform: its insight reads."""

from typing import Annotated, Literal, TypedDict

from msgspec import Meta

from functions.http.shapes.fields import APP_ID, ENDED, LEARNER, SESSION, Count, Day, Time
from functions.http.shapes.insights import InsightOfApp
from functions.http.shapes.sessions import Numbers


class ReviewSession(TypedDict):
    """A session in the shape of the TimeBack platform. An open one ends, for now, at its last activity."""

    id: Annotated[str, Meta(examples=[SESSION.removeprefix("urn:uuid:")], extra_json_schema={"format": "uuid"})]
    caliperSessionId: Annotated[str, Meta(examples=[SESSION])]
    applicationId: Annotated[str | None, Meta(examples=[APP_ID])]
    userId: Annotated[str | None, Meta(examples=[LEARNER.removeprefix("urn:uuid:")])]
    startedAtTime: Time
    endedAtTime: Annotated[Time, Meta(examples=[ENDED])]
    durationInSeconds: Annotated[Count, Meta(examples=[1470])]
    isProctored: Literal[False]
    recordingS3Key: None
    recordingStartedAtTime: None
    recordingEndedAtTime: None
    metadata: None
    webcamEnabled: Literal[False]
    loggedOut: Annotated[bool, Meta(description="Whether it is closed.", examples=[True])]


class ReviewSessions(TypedDict):
    """A page of a user's sessions."""

    limit: Annotated[Count, Meta(examples=[100])]
    offset: Annotated[Count, Meta(examples=[0])]
    total: Count
    items: list[ReviewSession]


class Review(TypedDict):
    """This service has no reviews: always null."""

    reviewedAt: None
    reviewedBy: None
    reviewNotes: None
    reviewResult: None


class ReviewInsight(InsightOfApp):
    """An insight in the shape of the TimeBack platform: UUIDs without `urn:uuid:`."""

    review: Review


class ReviewInsights(TypedDict):
    """A page of insights."""

    limit: Annotated[Count, Meta(examples=[100])]
    offset: Annotated[Count, Meta(examples=[0])]
    total: Count
    items: list[ReviewInsight]


class InsightType(TypedDict):
    """A kind of insight."""

    id: Annotated[str, Meta(examples=["idling"])]
    slug: Annotated[str, Meta(examples=["idling"])]
    description: Annotated[str, Meta(examples=["Nothing happened for a while in a session."])]
    version: Annotated[str, Meta(examples=["1"])]


class InsightTypes(TypedDict):
    """The kinds of insight."""

    limit: Annotated[Count, Meta(examples=[100])]
    offset: Annotated[Count, Meta(examples=[0])]
    total: Count
    items: list[InsightType]


class InsightCount(TypedDict):
    """How many insights of one type there are."""

    insightType: Annotated[str, Meta(examples=["idling"])]
    total: Count


class OverviewDay(Numbers):
    """A user's numbers and insights of one day, of UTC or of the time zone asked for."""

    day: Day
    insights: Count


class Overview(TypedDict):
    """A user's days, and insights by type."""

    userId: Annotated[str, Meta(examples=[LEARNER.removeprefix("urn:uuid:")])]
    insightsByType: list[InsightCount]
    days: list[OverviewDay]
