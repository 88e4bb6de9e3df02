"""What is wrong with an item, and why a request is refused."""

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from msgspec import Meta

from functions.core.caliper.findings import MAX_FINDINGS, MAX_ID_BYTES, MAX_ITEM_BYTES, SERVICE
from functions.core.caliper.validator.limits import MAX_DEPTH
from functions.http.shapes.fields import EVENT_ID, AppId, Count, Cursor, JobId, Time

SOURCES = (
    "Where the rule comes from: a section of the Caliper specification (https://www.imsglobal.org/spec/caliper/v1p2), "
    "an RFC, a document of TimeBack (its Platform's Caliper Events Reference, the page Events of its SDK, or what its "
    f"Python client timeback-caliper sends), or `{SERVICE}` for the rules of this service: an item has at most "
    f"{MAX_ITEM_BYTES} bytes and {MAX_DEPTH} levels, an identifier {MAX_ID_BYTES} bytes; an `edApp` is one that "
    f"the credential's app is registered for; an item is reported with at most {MAX_FINDINGS} findings; an accepted "
    "event that cannot be processed is put into quarantine."
)


class Finding(TypedDict):
    """One departure of an item from a rule, and where in the item it is (JSON pointer, RFC 6901)."""

    severity: Literal["error", "warning"]
    code: Annotated[str, Meta(description="Stable; for programs.", examples=["missing-property"])]
    pointer: Annotated[str, Meta(description="Empty for the item as a whole.", examples=["/eventTime"])]
    message: Annotated[str, Meta(description="For people.", examples=["eventTime is missing."])]
    source: Annotated[str, Meta(description=SOURCES, examples=["Caliper 1.2 §4.1"])]


class RefusalDetail(TypedDict):
    """What is wrong in a request, and where (JSON pointer into its body)."""

    code: Annotated[str, Meta(examples=["not-json"])]
    pointer: Annotated[str, Meta(examples=[""])]
    message: Annotated[str, Meta(examples=["The body is not JSON."])]


class Refusal(TypedDict):
    """Why a request was refused and what to do. The gateway's own answers (401 without a credential, 429 if all
    together send too much) have only the message; 429 of an app over its budget is like the others.
    """

    status: NotRequired[Literal["error"]]
    code: NotRequired[Annotated[str, Meta(description="Stable; for programs.", examples=["wrong-parameter"])]]
    message: Annotated[
        str,
        Meta(
            description="For people: what was wrong, where, and what to do.",
            examples=["The query parameter `limit` must be a whole number, at least 1."],
        ),
    ]
    errors: NotRequired[list[RefusalDetail]]
    error: NotRequired[Annotated[str, Meta(description="The message once more, for TimeBack's webhooks client.")]]
    requestId: NotRequired[
        Annotated[str, Meta(description="Names the request in the service's logs.", examples=["Jx2mLgW0oAMEJTQ="])]
    ]


class Rejection(TypedDict):
    """An item that was not stored as an event, as quarantine keeps it."""

    item: Annotated[
        Any,
        Meta(
            description="The item as it was sent: JSON, or text if it is not JSON.",
            examples=[{"type": "ViewEvent", "action": "Viewed"}],
        ),
    ]
    findings: list[Finding]
    receivedAt: Time
    app: AppId
    jobId: JobId
    index: Annotated[Count, Meta(description="Its place in the `data` of its envelope.")]
    dataVersion: Annotated[
        str,
        Meta(description="Of its envelope.", examples=["http://purl.imsglobal.org/ctx/caliper/v1p2"]),
    ]
    sensor: Annotated[str | None, Meta(description="Of its envelope.", examples=["https://app.example.org/sensors/1"])]
    state: Annotated[
        Literal["waiting", "exported", "resubmitted", "dismissed"],
        Meta(description="What an operator did about it; `waiting` if nothing yet."),
    ]


class Conflict(TypedDict):
    """A content of an event id that does not count, because another content of the same id does."""

    id: Annotated[str, Meta(description="The event id. `GET /events?id=` shows all its contents.", examples=[EVENT_ID])]
    app: AppId
    eventTime: Annotated[Time, Meta(description="Of the content that does not count.")]
    receivedAt: Annotated[Time, Meta(description="When that content arrived.")]


class Conflicts(TypedDict):
    """A page of `GET /conflicts`."""

    conflicts: list[Conflict]
    cursor: Cursor


class Rejections(TypedDict):
    """A page of `GET /rejections`."""

    rejections: list[Rejection]
    cursor: Cursor
