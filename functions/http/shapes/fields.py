"""The fields that many shapes share, each with what it means and an example."""

from typing import Annotated, Any, Literal

from msgspec import Meta

LEARNER = "urn:uuid:0a6c1e54-0f2f-4d64-9c1b-6f3f5d0f7a11"
SESSION = "urn:uuid:7c0f5e0a-6f3e-4c57-8a39-3df1a7f6f2b4"
RUN = "urn:uuid:1f4a7a56-9a39-4f0e-8f1c-52d0e4a3c2b7"
APP_ID = "https://learn.example.org/app"
EVENT_ID = "urn:uuid:c8f0a9d2-3b5e-4d6f-9a41-2e7b6c5d4f30"
COURSE = "https://learn.example.org/courses/fractions"
JOB_ID = "AAZIQHMn4AAAAAAAAAAAAMjwqdI7Xk1vmkEue2xdTzA"
STARTED = "2026-01-27T10:00:00.000Z"
ENDED = "2026-01-27T10:24:30.000Z"
SENT = "2026-01-27T10:15:01.250Z"
RECEIVED = "2026-01-27T10:15:02.000Z"
CREDENTIAL = "0Yf3p1mJq7Xc2Rk9Tn4VwA"

EVENT: dict[str, Any] = {
    "@context": "http://purl.imsglobal.org/ctx/caliper/v1p2",
    "id": EVENT_ID,
    "type": "NavigationEvent",
    "profile": "ReadingProfile",
    "actor": {"id": LEARNER, "type": "Person"},
    "action": "NavigatedTo",
    "object": {"id": "https://learn.example.org/lessons/7", "type": "WebPage"},
    "eventTime": "2026-01-27T10:15:00.000Z",
    "edApp": {"id": APP_ID, "type": "SoftwareApplication"},
    "session": {"id": SESSION, "type": "Session"},
}

Time = Annotated[
    str, Meta(description="An instant, ISO 8601 in UTC.", examples=[STARTED], extra_json_schema={"format": "date-time"})
]
Day = Annotated[str, Meta(description="A UTC day.", examples=["2026-01-27"], extra_json_schema={"format": "date"})]
Count = Annotated[int, Meta(ge=0, examples=[1])]
Number = Annotated[float, Meta(examples=[12])]
AppId = Annotated[str, Meta(description="The app that sent it.", examples=[APP_ID])]
Actor = Annotated[str | None, Meta(description="The learner, null if it has none.", examples=[LEARNER])]
SessionId = Annotated[str, Meta(description="The session.", examples=[SESSION])]
RunId = Annotated[str, Meta(description="The activity run.", examples=[RUN])]
JobId = Annotated[str, Meta(description="The `jobId` of the answer to the request that sent it.", examples=[JOB_ID])]
EventId = Annotated[str, Meta(examples=[EVENT_ID])]
Cursor = Annotated[
    str | None,
    Meta(description="Where the list continues: send it as `cursor`. Null at the end.", examples=[None]),
]
Status = Annotated[Literal["success", "error"], Meta(examples=["success"])]
Message = Annotated[str, Meta(description="For people.", examples=["1 item accepted"])]
Conflicts = Annotated[
    int,
    Meta(
        ge=0, description="How many of its events were sent with other content too: one content counts.", examples=[0]
    ),
]
Evidence = Annotated[list[EventId], Meta(description="The ids of the events that it rests on.")]
Entity = Annotated[
    str | dict[str, Any] | None, Meta(description="As it was sent: an IRI, an object, or null.", examples=[None])
]
