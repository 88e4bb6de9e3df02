"""What is asked about a person: how much is kept, that it is erased, a copy."""

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import Meta

from functions.http.shapes.fields import Time

REQUEST_ID = "0f3b6a52-9d1c-4c7e-8a55-6f1e2d3c4b5a"
Learner = Annotated[
    str,
    Meta(
        description="The learner's IRI, or an e-mail address that events gave with the learner.",
        examples=["ada@example.org"],
    ),
]
Code = Annotated[
    str,
    Meta(description="The code that the count showed, for this person in this app.", examples=["Xpp64FWp"]),
]
RequestId = Annotated[str, Meta(description="What `id` of the GET takes.", examples=[REQUEST_ID])]
PersonState = Annotated[
    Literal["queued", "running", "done", "refused"],
    Meta(description="`refused` says why in `reason`.", examples=["done"]),
]
Counts = Annotated[dict[str, int], Meta(description="How much, by place.", examples=[{"events": 3, "sessions": 1}])]
Reason = Annotated[str, Meta(description="Why it was refused.")]


class ErasureInput(TypedDict):
    """Whom to erase. Without a code nothing is erased, only counted."""

    learner: Learner
    code: NotRequired[Code]


class PersonExportInput(TypedDict):
    """Of whom a copy is wanted."""

    learner: Learner


class PersonRequestQueued(TypedDict):
    """A request was taken; what comes of it, GET tells."""

    id: RequestId
    state: PersonState


class ErasureState(TypedDict):
    """How far a count or an erasure is. A count that is done has the code that confirms the erasure."""

    id: RequestId
    kind: Annotated[Literal["count", "erase"], Meta(examples=["count"])]
    state: PersonState
    askedAt: Time
    changedAt: Time
    counts: Counts
    code: NotRequired[Code]
    reason: NotRequired[Reason]


class PersonExportState(TypedDict):
    """How far a copy is. One that is done has a link, good for a quarter of an hour; the file is kept for a day."""

    id: RequestId
    state: PersonState
    askedAt: Time
    changedAt: Time
    counts: Annotated[dict[str, int], Meta(description="Entries by file.", examples=[{"events.ndjson": 3}])]
    url: NotRequired[
        Annotated[str, Meta(description="Where the zip file is.", examples=["https://bucket.example/exports/0f3b.zip"])]
    ]
    reason: NotRequired[Reason]
