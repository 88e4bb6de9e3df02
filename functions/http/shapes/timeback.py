"""The answers in the shapes of TimeBack's Caliper API: events and jobs."""

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from msgspec import Meta

from functions.http.shapes.fields import (
    APP_ID,
    EVENT,
    EVENT_ID,
    JOB_ID,
    RECEIVED,
    SENT,
    Count,
    Entity,
    Message,
    Status,
    Time,
)
from functions.http.shapes.findings import Finding


class StoredEvent(TypedDict):
    """An event in the shape of the TimeBack Caliper API."""

    id: Annotated[Count, Meta(description="A number made of `externalId`.", examples=[1742310984521])]
    externalId: Annotated[str, Meta(description="The event's id.", examples=[EVENT_ID])]
    sensor: Annotated[str, Meta(examples=[f"{APP_ID}/sensor"])]
    type: Annotated[str, Meta(examples=[EVENT["type"]])]
    profile: Annotated[str | None, Meta(examples=[EVENT["profile"]])]
    action: Annotated[str, Meta(examples=[EVENT["action"]])]
    eventTime: Annotated[str, Meta(description="As it was sent.", examples=[EVENT["eventTime"]])]
    sendTime: Annotated[Time, Meta(description="The envelope's; without one, when it was received.", examples=[SENT])]
    created_at: Annotated[Time, Meta(examples=[RECEIVED])]
    updated_at: None
    deleted_at: None
    actor: Annotated[Entity, Meta(examples=[EVENT["actor"]])]
    object: Annotated[Entity, Meta(examples=[EVENT["object"]])]
    generated: Entity
    target: Entity
    referrer: Entity
    edApp: Annotated[Entity, Meta(examples=[EVENT["edApp"]])]
    group: Entity
    membership: Entity
    session: Annotated[Entity, Meta(examples=[EVENT["session"]])]
    federatedSession: Entity
    extensions: Annotated[dict[str, Any] | None, Meta(examples=[None])]
    clientAppId: Annotated[str, Meta(description="The app that sent it.", examples=[APP_ID])]


class Pagination(TypedDict):
    """Where a page lies in its list. `total` is exact up to 5,000 events past the page, and never too low."""

    total: Annotated[Count, Meta(examples=[1])]
    totalPages: Annotated[Count, Meta(examples=[1])]
    currentPage: Annotated[Count, Meta(examples=[1])]
    limit: Annotated[Count, Meta(examples=[100])]


class StoredEvents(TypedDict):
    """A page of `GET /caliper/events`, the newest arrival first."""

    status: Literal["success"]
    message: Annotated[Message, Meta(examples=["1 events"])]
    events: list[StoredEvent]
    pagination: Pagination


class StoredEventAnswer(TypedDict):
    """The answer of `GET /caliper/events/{externalId}`."""

    status: Literal["success"]
    message: Annotated[Message, Meta(examples=["1 event"])]
    event: StoredEvent


class JobResult(TypedDict):
    """An event of a job that can be read."""

    allocatedId: Annotated[str, Meta(examples=["1742310984521"])]
    externalId: Annotated[str, Meta(examples=[EVENT_ID])]


class JobError(TypedDict):
    """An item of a job that is not stored as an event, and why."""

    externalId: Annotated[str | None, Meta(description="Its id, if it has one.", examples=[EVENT_ID])]
    message: NotRequired[Annotated[str, Meta(examples=["could not be processed"])]]
    errors: NotRequired[list[Finding]]


class JobReturnValue(TypedDict):
    """What a job came to. `results` lists what fits into an answer: all, unless ids are very long."""

    status: Status
    results: list[JobResult]
    errors: NotRequired[list[JobError]]


class Job(TypedDict):
    """`completed`: every accepted item can be read. `failed`: an item could not be processed, or all were rejected, or
    the job is over 14 days old and not stored whole; `failedReason` and `errors` say which.
    """

    id: Annotated[str, Meta(examples=[JOB_ID])]
    state: Annotated[Literal["waiting", "active", "completed", "failed"], Meta(examples=["completed"])]
    returnValue: Annotated[JobReturnValue | None, Meta(description="Null until the job has ended.")]
    processedOn: Annotated[str | None, Meta(examples=[RECEIVED], extra_json_schema={"format": "date-time"})]
    failedReason: NotRequired[str]


class JobStatus(TypedDict):
    """The answer of `GET /jobs/{jobId}/status`."""

    job: Job
