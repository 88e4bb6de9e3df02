"""What is sent to the ingest paths, and their answers."""

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from msgspec import Meta

from functions.http.shapes.fields import APP_ID, EVENT, JOB_ID, SESSION, Count, Message, SessionId, Status, Time
from functions.http.shapes.findings import Finding

V1P2 = "http://purl.imsglobal.org/ctx/caliper/v1p2"


class Event(TypedDict):
    """A Caliper event of version 1.1 or 1.2, or an entity describe, as in
    https://www.imsglobal.org/spec/caliper/v1p2. It may have more properties.
    """

    id: Annotated[
        str, Meta(description="A UUID as `urn:uuid:…`.", examples=[EVENT["id"]], extra_json_schema={"format": "uri"})
    ]
    type: Annotated[str, Meta(examples=[EVENT["type"]])]
    actor: Annotated[Any, Meta(description="An IRI or an object.", examples=[EVENT["actor"]])]
    action: Annotated[str, Meta(examples=[EVENT["action"]])]
    object: Annotated[Any, Meta(description="An IRI or an object.", examples=[EVENT["object"]])]
    eventTime: Annotated[Time, Meta(examples=[EVENT["eventTime"]])]


class Envelope(TypedDict):
    """The JSON object that carries events and entity describes."""

    sensor: Annotated[str, Meta(description="The sensor's IRI.", min_length=1, examples=[f"{APP_ID}/sensor"])]
    sendTime: Annotated[Time, Meta(examples=["2026-01-27T10:15:01.000Z"])]
    dataVersion: Annotated[str, Meta(description="The Caliper version of `data`.", examples=[V1P2])]
    data: Annotated[
        list[dict[str, Any]], Meta(min_length=1, description="Events and entity describes.", examples=[[EVENT]])
    ]


Envelopes = Annotated[list[Envelope], Meta(min_length=1, description="Several envelopes in one request.")]


class Heartbeat(TypedDict):
    """A sign of presence in a session that asked for heartbeats."""

    sessionId: Annotated[
        str, Meta(description="An open session that asked for heartbeats.", min_length=1, examples=[SESSION])
    ]
    eventTime: NotRequired[Annotated[Time, Meta(examples=["2026-01-27T10:16:00.000Z"])]]
    edApp: NotRequired[Annotated[str, Meta(description="The session's app.", examples=[APP_ID])]]


class TokenRequest(TypedDict):
    """A request for an access token (OAuth 2.0 client credentials), as a form."""

    grant_type: Literal["client_credentials"]
    scope: NotRequired[
        Annotated[
            str,
            Meta(
                description="Space-separated; without it all that the client may do.",
                examples=["https://purl.imsglobal.org/spec/caliper/v1p2/scope/events.readonly"],
            ),
        ]
    ]
    client_id: NotRequired[
        Annotated[
            str,
            Meta(description="Or id and secret in an Authorization header of type Basic.", examples=["your-client-id"]),
        ]
    ]
    client_secret: NotRequired[Annotated[str, Meta(examples=["your-client-secret"])]]


class Token(TypedDict):
    """An access token (RFC 6749 §5.1)."""

    access_token: Annotated[str, Meta(examples=["eyJraWQiOiI…"])]
    token_type: Annotated[str, Meta(examples=["Bearer"])]
    expires_in: Annotated[Count, Meta(description="Seconds.", examples=[3600])]
    scope: NotRequired[
        Annotated[str, Meta(examples=["https://purl.imsglobal.org/spec/caliper/v1p2/scope/events.readonly"])]
    ]


class TokenRefusal(TypedDict):
    """Why no token was issued."""

    error: Annotated[str, Meta(description="As in RFC 6749 §5.2.", examples=["invalid_client"])]


class RejectedItem(TypedDict):
    """Which item was rejected and why. Past one megabyte of findings only its place is reported."""

    index: Annotated[Count, Meta(description="Its place in the `data` of its envelope.")]
    envelope: NotRequired[Annotated[Count, Meta(description="Which of several envelopes it was in.")]]
    id: NotRequired[Annotated[str | None, Meta(description="The item's id, if it has one.", examples=[EVENT["id"]])]]
    pointers: NotRequired[Annotated[list[str], Meta(description="Where its errors are.", examples=[["/eventTime"]])]]
    message: NotRequired[Annotated[str, Meta(description="Its first error.", examples=["eventTime is missing."])]]
    findings: NotRequired[list[Finding]]


class SharedWarning(Finding):
    """A warning on accepted items: the first item that has it, and how many have."""

    index: Annotated[Count, Meta(description="The place of the first item in the `data` of its envelope.")]
    envelope: NotRequired[Annotated[Count, Meta(description="Which of several envelopes it is in.")]]
    id: Annotated[str | None, Meta(description="The item's id, if it has one.", examples=[EVENT["id"]])]
    items: Annotated[Count, Meta(description="How many items have this warning.")]


class Accepted(TypedDict):
    """What became of a request: how many items were accepted, and which were rejected. It comes with 400 if all were
    rejected.
    """

    status: Status
    message: Message
    jobId: Annotated[str, Meta(description="For GET /jobs/{jobId}/status.", examples=[JOB_ID])]
    warnings: NotRequired[
        Annotated[
            list[SharedWarning],
            Meta(description="A bounded number of different warnings; POST /caliper/event/validate has all."),
        ]
    ]
    leftOut: NotRequired[
        Annotated[
            list[str],
            Meta(description="Kinds of fields that were sent and, as the app is registered, are not kept."),
        ]
    ]
    errors: NotRequired[Annotated[list[RejectedItem], Meta(description="The rejected items.")]]


class LocatedFinding(Finding):
    """A finding, and the item that it is about."""

    index: Annotated[Count, Meta(description="Its place in the `data` of its envelope.")]
    envelope: NotRequired[Annotated[Count, Meta(description="Which of several envelopes it is in.")]]
    id: Annotated[str | None, Meta(description="The item's id, if it has one.", examples=[EVENT["id"]])]


class Validation(TypedDict):
    """The findings about an envelope that was checked and not stored."""

    status: Status
    message: Annotated[Message, Meta(examples=["1 item checked: 1 would be stored, 0 rejected"])]
    errors: Annotated[list[LocatedFinding], Meta(examples=[[]])]
    warnings: Annotated[list[LocatedFinding], Meta(examples=[[]])]


class HeartbeatAccepted(TypedDict):
    """The session is extended."""

    status: Literal["success"]
    message: Annotated[Message, Meta(examples=["heartbeat accepted"])]
    sessionId: SessionId


class EndpointConfiguration(TypedDict):
    """What this endpoint takes, in both spellings: the text of Caliper 1.2 and its fixture differ."""

    caliperSupportedVersions: Annotated[list[str], Meta(examples=[[V1P2]])]
    caliperMaximumPayloadSize: Annotated[Count, Meta(description="kB", examples=[5000])]
    caliper_supported_versions: Annotated[list[str], Meta(examples=[[V1P2]])]
    caliper_maximum_payload_size: Annotated[Count, Meta(description="kB", examples=[5000])]
