"""Webhooks and their filters, in the shapes of TimeBack's webhooks client, and the attempts of deliveries."""

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import Meta

from functions.core.webhooks import webhook
from functions.http.shapes.fields import RECEIVED, AppId, Count, Message, Time

WEBHOOK_ID = "5d3a2c1e-8f4b-4a6d-9c7e-1b2a3c4d5e6f"
FILTER_ID = "9e8d7c6b-5a4f-4e3d-8c2b-1a0f9e8d7c6b"
TARGET = "https://events.example.org/caliper"
MESSAGE_ID = "msg_Vk5c8f0a9d2Jq7Xc2Rk9Tn"

WebhookId = Annotated[str, Meta(examples=[WEBHOOK_ID])]
Name = Annotated[str, Meta(description="For people.", examples=["Warehouse"])]
TargetUrl = Annotated[
    str, Meta(description="Where events are sent: an https URL of a public host, at port 443.", examples=[TARGET])
]
Active = Annotated[bool, Meta(examples=[True])]
Sensor = Annotated[
    str | None,
    Meta(description="Only events of envelopes with exactly this `sensor`; null: of all.", examples=[None]),
]
Note = Annotated[str | None, Meta(description="For people.", examples=[None])]
FilterKey = Annotated[
    str,
    Meta(
        description="A path of property names from the event's root, joined by dots. Of an array each element counts.",
        examples=["object.subject"],
    ),
]
FilterValue = Annotated[str, Meta(examples=["Math"])]
FilterType = Annotated[webhook.FilterType, Meta(description="How values are compared.", examples=["string"])]
Operator = Annotated[
    webhook.Operator,
    Meta(
        description="`in` and `notIn` take values separated by commas, or a JSON array; `regexp` searches for an RE2 "
        "pattern.",
        examples=["eq"],
    ),
]
DeletedAt = Annotated[str | None, Meta(examples=[None])]


class WebhookInput(TypedDict):
    """A webhook as it is to be."""

    name: Name
    targetUrl: TargetUrl
    secret: Annotated[
        str,
        Meta(
            description="Bodies are signed with it. `whsec_` and base64, or any text, which is then the key itself.",
            examples=["whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="],
        ),
    ]
    active: Active
    sensor: NotRequired[Sensor]
    description: NotRequired[Note]


class FilterInput(TypedDict):
    """A filter as it is to be. `filterOperation` is read as `filterOperator`."""

    webhookId: WebhookId
    filterKey: FilterKey
    filterValue: FilterValue
    filterType: FilterType
    filterOperator: Operator
    active: Active


class RetryInput(TypedDict):
    """Which delivery is to be sent again."""

    messageId: Annotated[str, Meta(description="The `webhook-id` of the delivery.", examples=[MESSAGE_ID])]


class ResendInput(TypedDict):
    """Of which days the events are to be sent again: those on which they were received."""

    fromDay: Annotated[str, Meta(description="The first day (UTC).", examples=["2026-01-26"])]
    toDay: Annotated[str, Meta(description="The last day (UTC), included.", examples=["2026-01-27"])]


class Webhook(TypedDict):
    """A webhook of an app."""

    id: WebhookId
    name: Name
    targetUrl: TargetUrl
    secret: Annotated[str, Meta(description="A mask, except in the answer that created it.", examples=["whsec_…ZWY="])]
    active: Active
    sensor: Sensor
    description: Note
    disabled: Annotated[
        Literal["gone", "failing"] | None,
        Meta(
            description="Why the service deactivated it: its target answered 410, or only failures for five days.",
            examples=[None],
        ),
    ]
    app: AppId
    created_at: Time
    updated_at: Time
    deleted_at: DeletedAt


class Filter(TypedDict):
    """A condition on the events of a webhook: all active ones must hold. The operator is under both its names."""

    id: Annotated[str, Meta(examples=[FILTER_ID])]
    webhookId: WebhookId
    filterKey: FilterKey
    filterValue: FilterValue
    filterType: FilterType
    filterOperator: Operator
    filterOperation: Operator
    active: Active
    created_at: Time
    updated_at: Time
    deleted_at: DeletedAt


class WebhookAnswer(TypedDict):
    """One webhook."""

    webhook: Webhook


class WebhookList(TypedDict):
    """All webhooks of an app."""

    webhooks: list[Webhook]


class FilterAnswer(TypedDict):
    """One filter."""

    filter: Filter


class FilterList(TypedDict):
    """All filters of an app, or of one webhook."""

    filters: list[Filter]


class Deleted(TypedDict):
    """What was deleted is."""

    status: Literal["success"]
    message: Message


class Queued(TypedDict):
    """What was asked for is in the queue; its attempts tell what became of it."""

    status: Literal["success"]
    message: Message
    deliveries: Annotated[Count, Meta(description="Messages that were queued for it.")]


class Attempt(TypedDict):
    """One POST to the target of a webhook."""

    messageId: Annotated[
        str, Meta(description="Its `webhook-id`: the same however often these events are tried.", examples=[MESSAGE_ID])
    ]
    attemptedAt: Annotated[Time, Meta(examples=[RECEIVED])]
    status: Annotated[int | None, Meta(description="Of the answer; null if there was none.", examples=[200])]
    error: Annotated[str | None, Meta(description="Why there was no answer.", examples=[None])]
    delivered: Annotated[bool, Meta(examples=[True])]
    durationMs: Annotated[Count, Meta(examples=[120])]
    events: Annotated[Count, Meta(description="How many events were in the body.", examples=[12])]
    attempt: Annotated[Count, Meta(description="The how many-th of these events.", examples=[1])]
    nextAttemptAt: Annotated[str | None, Meta(description="When they are tried again.", examples=[None])]


class Attempts(TypedDict):
    """The last attempts of a webhook, newest first, and how its target does."""

    webhookId: WebhookId
    failingSince: Annotated[
        str | None, Meta(description="Since when its target has only failed; null if it does not.", examples=[None])
    ]
    attempts: list[Attempt]
