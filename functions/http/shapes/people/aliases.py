"""The ids of a person: what says that two of them are one learner, and what is answered of it."""

from typing import Annotated, TypedDict

from msgspec import Meta

from functions.http.shapes.fields import AppId, Message, Status

PERSON = "https://roster.example.org/ims/oneroster/rostering/v1p2/users/s-104"
ALIAS = "urn:instructure:canvas:user:21070000000000104"

PersonId = Annotated[str, Meta(description="The id that the others are aliases of.", examples=[PERSON])]
AliasId = Annotated[str, Meta(description="Another id of the same person.", examples=[ALIAS])]


class AliasInput(TypedDict):
    """Two ids that are one person."""

    person: PersonId
    alias: AliasId


class PersonIds(TypedDict):
    """All ids of one person in an app; with `app` null, in every app."""

    person: PersonId
    aliases: Annotated[list[AliasId], Meta(examples=[[ALIAS]])]
    app: AppId | None


class AliasAnswer(TypedDict):
    """The person as it is now."""

    status: Status
    message: Message
    person: PersonIds


class Aliases(TypedDict):
    """The people that an id is one of: in an app, in several, or in every app; none if it has no other id."""

    people: list[PersonIds]
