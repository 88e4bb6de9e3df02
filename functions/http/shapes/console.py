"""The answers that the console reads beside those of everyone: who is asking, arrivals, volume, operations."""

from typing import Annotated, Any, Literal, TypedDict

from msgspec import Meta

from functions.http.shapes.fields import LEARNER, RECEIVED, Actor, AppId, Count, Cursor, Day, JobId, Time
from functions.http.shapes.findings import Finding

MayChange = Literal["webhooks", "people", "aliases"]


class AccountApp(TypedDict):
    """An app that the caller reads."""

    id: AppId
    name: Annotated[str, Meta(examples=["Fractions"])]
    strict: Annotated[bool, Meta(description="Whether departures from the standard are rejected.", examples=[False])]
    house: Annotated[str | None, Meta(description="House rules that it is judged by too.", examples=["timeback"])]


class Account(TypedDict):
    """Who is asking."""

    kind: Annotated[Literal["key", "client", "person"], Meta(examples=["person"])]
    admin: Annotated[bool, Meta(description="Whether it reads every app.", examples=[False])]
    changes: Annotated[
        list[MayChange],
        Meta(
            description="What it may change, in the apps that it reads. `people`: it may have learners counted, erased "
            "and copied. `aliases`: it may say that two ids are one person.",
            examples=[[]],
        ),
    ]
    expiresAt: Annotated[str | None, Meta(examples=[RECEIVED], extra_json_schema={"format": "date-time"})]
    idleMinutes: Annotated[float, Meta(description="After so long without activity a session ends.", examples=[30])]
    retentionDays: Annotated[int, Meta(description="So long events can be asked for.", examples=[400])]
    apps: list[AccountApp]


class Arrival(TypedDict):
    """An item as it arrived: stored with warnings, or rejected with errors."""

    key: Annotated[str, Meta(description="Names this arrival.", examples=["063905000000000000#c8f0a9d2Vk5|0"])]
    outcome: Literal["accepted", "rejected"]
    item: Annotated[
        Any,
        Meta(description="Exactly as it was sent: JSON, or text if it is not JSON.", examples=[{"type": "ViewEvent"}]),
    ]
    findings: Annotated[list[Finding], Meta(examples=[[]])]
    receivedAt: Time
    actor: Actor
    session: Annotated[str | None, Meta(description="The session that it names.", examples=[None])]
    run: Annotated[str | None, Meta(description="The activity run that it names.", examples=[None])]
    app: AppId
    jobId: JobId
    index: Annotated[int | None, Meta(description="Its place in its envelope, if it was rejected.", examples=[None])]
    dataVersion: Annotated[str | None, Meta(description="Of its envelope, if it was rejected.", examples=[None])]


class ArrivalList(TypedDict):
    """A page of `GET /arrivals`."""

    arrivals: list[Arrival]
    cursor: Cursor


class KnownLearner(TypedDict):
    """A learner of an app."""

    actor: Annotated[str, Meta(description="The learner.", examples=[LEARNER])]
    app: AppId


class Learners(TypedDict):
    """The answer of `GET /learners`."""

    learners: list[KnownLearner]


class VolumeOfDay(TypedDict):
    """How much an app sent on one UTC day."""

    day: Day
    accepted: Count
    rejected: Count
    codes: Annotated[
        dict[str, int],
        Meta(description="How many rejected items had a finding of each code.", examples=[{"missing-property": 2}]),
    ]


class KnownCredential(TypedDict):
    """A credential of an app, without its secret."""

    id: Annotated[str, Meta(description="A digest.", examples=["Vk5c8f0a9d2"])]
    kind: Annotated[str, Meta(examples=["key"])]
    label: Annotated[str, Meta(examples=["Moodle"])]
    lastUsedOn: Annotated[str | None, Meta(description="The UTC day.", examples=["2026-01-27"])]
    createdAt: Time
    endsAt: Annotated[str | None, Meta(examples=[None])]
    revokedAt: Annotated[str | None, Meta(examples=[None])]


class Volume(TypedDict):
    """The answer of `GET /volume`."""

    app: AppId
    days: Annotated[list[VolumeOfDay], Meta(description="The newest first; days without anything are left out.")]
    credentials: Annotated[list[KnownCredential], Meta(description="For admins only, else empty.")]


class WaitingQueue(TypedDict):
    """What waits between the API and the table."""

    waiting: Count
    lastStoredAt: Annotated[str | None, Meta(description="When a batch was noted last.", examples=[RECEIVED])]
    oldestSeconds: Annotated[
        float | None, Meta(description="How old the oldest message of that batch was.", examples=[4.2])
    ]


class KnownDeadLetter(TypedDict):
    """A message that was set aside, without its content."""

    receivedAt: Annotated[str | None, Meta(examples=[RECEIVED])]
    app: Annotated[str | None, Meta(examples=["https://learn.example.org/app"])]
    items: Annotated[int | None, Meta(examples=[3])]
    reason: Annotated[str, Meta(examples=["It cannot be read."])]


class DeadLetterList(TypedDict):
    """How many there are, and some of them."""

    count: Count
    letters: list[KnownDeadLetter]


class SweepState(TypedDict):
    """How far the sweep is behind."""

    overdueTimers: Annotated[int, Meta(description="Of at most 16 that are looked at.", examples=[0])]
    lagSeconds: Annotated[float, Meta(description="Since the oldest of them was due.", examples=[0])]
    paused: Annotated[bool, Meta(description="Whether a replay holds it.", examples=[False])]


class Operations(TypedDict):
    """The answer of `GET /operations`."""

    queue: WaitingQueue
    deadLetters: DeadLetterList
    sweep: SweepState
    checkedAt: Time
