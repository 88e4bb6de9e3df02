"""The answers of `GET /events`."""

from typing import Annotated, Any, NotRequired, TypedDict

from msgspec import Meta

from functions.http.shapes.fields import (
    CREDENTIAL,
    EVENT,
    RECEIVED,
    RUN,
    SENT,
    SESSION,
    Actor,
    AppId,
    Count,
    Cursor,
    JobId,
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
    sendTime: Annotated[
        Time | None,
        Meta(description="The envelope's, by the sender's clock. Null if not known.", examples=[SENT]),
    ]
    receivedAt: Annotated[Time, Meta(examples=[RECEIVED])]
    credential: Annotated[
        str | None, Meta(description="The id of the sensor key or OAuth client that sent it.", examples=[CREDENTIAL])
    ]
    system: Annotated[
        bool, Meta(description="Whether this service emitted it itself, as it does a TimedOut.", examples=[False])
    ]
    warnings: Annotated[list[Finding], Meta(examples=[[]])]
    counted: Annotated[
        bool,
        Meta(
            description="False if numbers leave it out: another content under its id counts, another person acted in "
            "the learner's name, or this service emitted it. Exact copies and replaced grades are not told here.",
            examples=[True],
        ),
    ]


class Arrivals(TypedDict):
    """How often events of an id arrived, and when the first did."""

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
            Meta(description="How often it arrived, and since when. Null if it never did."),
        ]
    ]
    rejections: NotRequired[list[Rejection]]
