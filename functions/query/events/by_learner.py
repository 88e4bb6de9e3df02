"""`GET /events`: what was sent, exactly as it was sent, of a learner, a session, a run, or by its id.

    selector   queries of a page of n rows                                       rows read
    actor=     1 a megabyte; 2 to 4 more where some name no session              n, and those around up to a silence
    id=        2 of by_id, 1 BatchGet a hundred, 4 of manifests                  n
    run=       1 of by_id, 1 a megabyte of each day (3 to 5 if some name none)   the learner's events of those days
    session=   1 of by_id, 2 or more a stretch of days                           the same

An event that names no session joins one that is read off the timeline around it (`functions.core.sessions.fold`); hence
the events around a page, up to a silence over which no session reaches. With `type` a page looks at
LOOKED_AT rows at most and may come back short, or empty, with a cursor.
"""

from functions.core.apps import App
from functions.http.answers import Answer
from functions.http.page import PageBuilder as Room
from functions.query.events import by_id as arrivals
from functions.query.events import by_session_or_run as members
from functions.query.events.rows import EVENT_SK, asked_for, item, window
from functions.query.paging import paginate as paged
from functions.query.request import Request
from functions.query.sessions.folding import apart_from_slices, attached, report
from functions.store import keys
from functions.store.dynamodb.table import key_of

LOOKED_AT = 5_000
QUERIES = 25
FILTERED_BATCH = 500

# The partition and the day where a list spans several, then the event.
POSITION = rf"(?:[0-9]{{8}}\|)?(?:[A-Z]#[\w-]{{2,22}}\|)?{EVENT_SK}"


def get_events(request: Request) -> Answer:
    if request.text("actor") is not None:
        return paged(request, "events", of_actor)
    if request.text("session") is not None:
        return paged(request, "events", members.of_session)
    if request.text("run") is not None:
        return paged(request, "events", members.of_run)
    return arrivals.by_id(request)


def of_actor(request: Request, app: App, position: str, room: Room) -> str | None:
    """A page of one learner's timeline, oldest first or newest first."""
    actor = request.text("actor")
    assert actor is not None
    return of_partition(request, keys.learner_pk(app.tenant, actor), position, room)


def of_partition(request: Request, pk: str, position: str, room: Room) -> str | None:
    at, evaluated = position, 0
    how = apart_from_slices()
    for _ in range(QUERIES):
        span = window(request, at)
        if span is None:
            return None
        batch = room.rows + 1 if request.text("type") is None else max(room.rows + 1, FILTERED_BATCH)
        page = request.table.query(pk, start=span[0], end=span[1], descending=request.descending, limit=batch)
        facts = list(how.facts(page.rows))
        report(how.unreadable)
        sessions = attached(request, [one for one in facts if asked_for(request, one)])
        for fact in facts:
            if asked_for(request, fact) and not room.add(item(fact, sessions)):
                return at
            at = fact.sk
        if page.rows:
            at = key_of(page.rows[-1])[1]
        evaluated += len(page.rows)
        if page.next_key is None:
            return None
        if evaluated >= LOOKED_AT:
            break
    return at
