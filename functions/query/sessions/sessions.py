"""`GET /sessions`: the sessions of a learner, or those of an id, with their sittings.

    selector   queries of a page
    actor=     1 a megabyte of session rows (about 2,000 sessions), and 2 or more if something is not settled
    id=        1 of by_id, 1 BatchGet, and 2 or more for each stretch of days with unsettled events of it

The rows of a learner lie in no order of time, so all are read for every page.
"""

import orjson

from functions.core.apps import App
from functions.core.sessions.records import started_us
from functions.http.answers import Answer
from functions.http.page import PageBuilder
from functions.query.paging import paginate as paged
from functions.query.request import Request
from functions.query.sessions.current_sessions import of_person, with_id
from functions.query.sessions.timeline import SessionListing, after, walk

_ROW = r"S(?:#|~[0-9]{18}#)[\w-]{22}"
POSITION = rf"[0-9]{{18}}\|{_ROW}(?:\|[\w-]{{22}})?|[AS]#[\w-]{{22}}\|{_ROW}"  # in a list, or of an id


def get_sessions(request: Request) -> Answer:
    return paged(request, "sessions", of_actor if request.text("actor") is not None else by_id)


def of_actor(request: Request, app: App, position: str, builder: PageBuilder) -> str | None:
    """The sessions of one learner by their start, oldest first or newest first."""
    actor = request.text("actor")
    assert actor is not None
    listings = after(position, of_person(request, app, actor), descending=request.descending)
    return walk(listings, position, lambda listing: _add(request, listing, builder))


def by_id(request: Request, app: App, position: str, builder: PageBuilder) -> str | None:
    """The session of that id: one, unless several learners share it."""
    session = request.text("id")
    assert session is not None
    return walk(with_id(request, app, session, position), position, lambda listing: _add(request, listing, builder))


def _add(request: Request, listing: SessionListing, builder: PageBuilder) -> bool:
    return not request.within(started_us(listing.records)) or builder.add(orjson.dumps(listing.answer))
