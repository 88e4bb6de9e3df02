"""`GET /insights`: what closed sessions tell about how their learner works, where they were opened with
`processInsights`.

As frozen with the session at its close; folded now where something arrived since. The reads are those of `sessions`,
and nothing is folded of sessions that did not ask for it. The insights of a session are never split over two answers.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from functions.core.apps import App
from functions.core.insights import detect as insights
from functions.http.answers import Answer
from functions.http.page import PageBuilder as Room
from functions.query.paging import paginate as paged
from functions.query.request import Request
from functions.query.sessions.current import explicit_now
from functions.query.sessions.sessions import LIVE, Standing, in_order, in_window, learner_pk, slab_of, with_id

type Json = dict[str, Any]


def get_insights(request: Request) -> Answer:
    return paged(request, "insights", of_actor if request.text("actor") is not None else of_session)


def of_actor(request: Request, app: App, position: str, room: Room) -> str | None:
    slab, _, at = position.partition("|")
    pk = learner_pk(request, app)
    watches, next_slab = slab_of(request, pk, slab)
    folds = LIVE
    for standing in in_order(request, pk, watches, at, only_for_insights=True):
        folds -= standing is not None and standing.session is None and "insights" not in standing.watch.frozen
        if standing is None or folds < 0 or not add(room, told_of(request, standing)):
            return f"{slab}|{at}"
        at = standing.place
    return None if next_slab is None else f"{next_slab}|"


def of_session(request: Request, app: App, position: str, room: Room) -> str | None:
    session = request.text("session")
    assert session is not None
    at = position
    for standing in with_id(request, app, session, at):
        if not add(room, told_of(request, standing)):
            return at
        at = standing.place
    return None


def add(room: Room, found: Iterable[Json]) -> bool:
    """Take all of a session's insights or none; into an empty room all."""
    items = [orjson.dumps(one) for one in found]
    if room.items and (len(items) > room.rows or (items and room.full)):
        return False
    for item in items:
        room.rows = max(room.rows, 1)
        room.add(item)
    return True


def told_of(request: Request, standing: Standing) -> Iterator[Json]:
    """The insights of one session, if it is closed and was opened with `processInsights`."""
    record = standing.record
    if not record or not record["processInsights"] or record["state"] != "closed" or not in_window(request, record):
        return
    session = standing.session
    if session is None and "insights" in standing.watch.frozen:
        yield from ({**one, "app": standing.watch.app_id} for one in standing.watch.frozen["insights"])
        return
    if session is None:
        session = explicit_now(request, standing.pk, standing.watch)
    if session is not None:
        yield from (
            {**one.as_dict(), "app": standing.watch.app_id}
            for one in insights.fold(session, thresholds=request.settings.thresholds)
        )
