"""The alarms of an app about its own sending: what is said of them, and what is answered."""

from typing import Annotated, TypedDict

from msgspec import Meta

from functions.core.sender_alarms.school_hours import TEXT
from functions.core.sender_alarms.settings import HOURS_CHARS, MOST
from functions.http.shapes.fields import AppId, Time

SilentHours = Annotated[
    int,
    Meta(ge=0, le=MOST["silentHours"], description="Hours of school without an event; 0: not wanted.", examples=[4]),
]
Hours = Annotated[
    str,
    Meta(
        max_length=HOURS_CHARS,
        description=f"When there is school: days, hours, time zone. Left out or empty: {TEXT}.",
        examples=["Mon-Fri 08:00-16:00 America/New_York"],
    ),
]
RejectsPercent = Annotated[
    int,
    Meta(
        ge=0,
        le=MOST["rejectsPercent"],
        description="More than this share of the items of today and yesterday (UTC) rejected; 0: not wanted.",
        examples=[5],
    ),
]
WarningsPercent = Annotated[
    int,
    Meta(
        ge=0,
        le=MOST["warningsPercent"],
        description="More than this share of them stored with warnings; 0: not wanted.",
        examples=[50],
    ),
]
NewCodes = Annotated[bool, Meta(description="A finding that the app never had before.", examples=[True])]
Clock = Annotated[bool, Meta(description="Items that state times after they arrived.", examples=[True])]


class SenderAlarmsInput(TypedDict, total=False):
    """The alarms as they are to be. What is left out is not wanted."""

    silentHours: SilentHours
    hours: Hours
    rejectsPercent: RejectsPercent
    warningsPercent: WarningsPercent
    newCodes: NewCodes
    clock: Clock


class RingingAlarm(TypedDict):
    """An alarm that rings."""

    alarm: Annotated[str, Meta(description="`silent`, `rejects`, `warnings` or `clock`.", examples=["silent"])]
    since: Time
    message: Annotated[
        str,
        Meta(
            description="What holds, and where to look.",
            examples=["Nothing was received for 4 hours of school; the last came 2026-01-27T10:15:02.000Z."],
        ),
    ]


class Sender(TypedDict):
    """An app's alarms about its own sending, and which of them ring."""

    app: AppId
    silentHours: SilentHours
    hours: Hours
    rejectsPercent: RejectsPercent
    warningsPercent: WarningsPercent
    newCodes: NewCodes
    clock: Clock
    ringing: list[RingingAlarm]


class SenderAnswer(TypedDict):
    """The alarms of an app as they are now."""

    sender: Sender


class Senders(TypedDict):
    """The alarms of each app that was asked for, of one without alarms too."""

    senders: list[Sender]
