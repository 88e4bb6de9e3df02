"""Health, and the description of the API."""

from typing import Annotated, Any, Literal, TypedDict

from msgspec import Meta


class Health(TypedDict):
    """The service answers."""

    status: Literal["ok"]
    version: Annotated[str, Meta(examples=["1.0.0"])]


class Description(TypedDict):
    """The description of this API, as OpenAPI 3.1."""

    openapi: Annotated[str, Meta(examples=["3.1.0"])]
    info: Annotated[dict[str, Any], Meta(examples=[{"title": "Caliper event service", "version": "1.0.0"}])]
    tags: Annotated[list[dict[str, Any]], Meta(examples=[[]])]
    paths: Annotated[dict[str, Any], Meta(examples=[{}])]
    components: Annotated[dict[str, Any], Meta(examples=[{}])]
