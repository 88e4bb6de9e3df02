"""The learners of a course, as `GET /courses` lists them."""

from typing import Annotated, TypedDict

from msgspec import Meta

from functions.http.shapes.fields import LEARNER, AppId, Count, Cursor, Number, Time
from functions.http.shapes.sessions import Seconds


class Standing(TypedDict):
    """How far a learner is in the course, over all that was done; each null if nothing tells it."""

    masteredUnits: Number | None
    activities: Count | None
    totalLessons: Count | None
    pctCompleteApp: Number | None
    stated: Annotated[bool | None, Meta(description="Whether the app itself stated it.", examples=[False])]


class CourseLearner(TypedDict):
    """A learner of a course. The numbers are of the days asked for, `progress` and `lastActivityTime` of all."""

    actor: Annotated[
        str, Meta(description="The learner, by the id that events or the roster name.", examples=[LEARNER])
    ]
    name: Annotated[str | None, Meta(description="As the roster has it.", examples=["Ada Lovelace"])]
    app: AppId
    course: Annotated[str, Meta(description="As it was asked for.", examples=["c-7"])]
    enrolled: Annotated[bool, Meta(description="Whether the roster enrols the learner.", examples=[True])]
    minutes: Annotated[float, Meta(description="Active minutes.", examples=[41.5])]
    seconds: Seconds
    xpEarned: Number
    totalQuestions: Number
    correctQuestions: Number
    accuracy: Annotated[float | None, Meta(description="Correct of total, 0 to 1.", examples=[0.9])]
    masteredUnits: Number
    progress: Standing
    lastActivityTime: Time | None
    daysQuiet: Annotated[
        Count | None, Meta(description="Whole days since then; null if there was never any.", examples=[1])
    ]
    quiet: Annotated[bool, Meta(description="Whether that is as long as `quietDays` says.", examples=[False])]


class CourseLearners(TypedDict):
    """The learners of a course, in no order that says something."""

    learners: list[CourseLearner]
    cursor: Cursor
