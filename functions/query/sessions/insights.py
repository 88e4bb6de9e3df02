"""`GET /insights`: what ended sittings tell about how their learner works, where they asked for `processInsights`.

As stored with the session row; folded now where something arrived since. The reads are those of `sessions`. The
insights of a session are never split over two answers.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from functions.core.apps import App
from functions.core.sessions.records import started_us
from functions.http.answers import Answer
from functions.http.page import PageBuilder
from functions.query.paging import paginate as paged
from functions.query.request import Request
from functions.query.sessions.current_sessions import of_person, with_id
from functions.query.sessions.timeline import SessionListing, after, walk

type Json = dict[str, Any]


def get_insights(request: Request) -> Answer:
    return paged(request, "insights", of_actor if request.text("actor") is not None else of_session)


def of_actor(request: Request, app: App, position: str, builder: PageBuilder) -> str | None:
    actor = request.text("actor")
    assert actor is not None
    listings = after(position, of_person(request, app, actor), descending=request.descending)
    return walk(listings, position, lambda listing: add(builder, insights_of(request, listing)))


def of_session(request: Request, app: App, position: str, builder: PageBuilder) -> str | None:
    session = request.text("session")
    assert session is not None
    listings = with_id(request, app, session, position)
    return walk(listings, position, lambda listing: add(builder, insights_of(request, listing)))


def add(builder: PageBuilder, insights: Iterable[Json]) -> bool:
    """Take all of a session's insights or none; into an empty builder all."""
    items = [orjson.dumps(insight) for insight in insights]
    if builder.items and (len(items) > builder.rows or (items and builder.full)):
        return False
    for item in items:
        builder.rows = max(builder.rows, 1)
        builder.add(item)
    return True


def insights_of(request: Request, listing: SessionListing) -> Iterator[Json]:
    """The insights of the ended sittings of one session, if it started in the time asked for."""
    if not request.within(started_us(listing.records)):
        return
    for record in listing.records:
        if record["end"] is not None:
            yield from ({**insight, "app": listing.app_id} for insight in record.get("insights", ()))
