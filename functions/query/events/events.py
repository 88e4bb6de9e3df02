"""`GET /events`: what was sent, exactly as it was sent, of a learner, a session, a run, or by its id.

    selector   queries of a page of n rows                                       rows read
    actor=     1 a megabyte; 2 to 4 more if some name no session              n, and those around up to a slice gap
    id=        2 of by_id, 1 BatchGet a hundred, 4 of manifests                  n
    run=       1 of by_id, 1 or more a day, 3 more if some name no session   the learner's events of those days
    session=   1 of by_id, 2 or more a stretch of days                           the same

An event that names no session joins one that is read off the timeline around it (`functions.core.sessions.fold`); hence
the events around a page, up to a slice gap, over which no session reaches. With `type` a page looks at
LOOKED_AT rows at most and may come back short, or empty, with a cursor.
"""

from collections.abc import Sequence
from functools import partial

from functions.core.apps import App
from functions.http.answers import Answer, error
from functions.http.page import PageBuilder
from functions.query.events import by_event_index as members
from functions.query.events import by_id as arrivals
from functions.query.events import by_session, received
from functions.query.events.request_window import EVENT_SK, asked_for, begin, is_passed, window
from functions.query.paging import paginate as paged
from functions.query.request import Request
from functions.query.sessions.attachment import attached
from functions.query.sessions.folding import apart_from_slices, report
from functions.store import keys
from functions.store.dynamodb.table import key_of
from functions.store.facts.answer_row import event_json
from functions.store.facts.rivals import is_rival
from functions.store.people.aliases import ids_of
from functions.store.sent.order import POSITION as ARRIVAL_POSITION

LOOKED_AT = 5_000
QUERIES = 25
FILTERED_BATCH = 500

# The partition and the day if a list spans several, then the event.
POSITION = rf"(?:[0-9]{{8}}\|)?(?:[A-Z]#[\w-]{{2,22}}\|)?{EVENT_SK}|{ARRIVAL_POSITION}"


def get_events(request: Request) -> Answer:
    if request.text("id") is None and received.received_span(request) is not None:
        if request.descending:
            return error(
                400,
                "wrong-order",
                "`order=desc` does not go with `receivedFrom` and `receivedTo`: they list the first arrival first.",
            )
        return paged(request, "events", received.of_selector)
    if request.text("actor") is not None:
        return paged(request, "events", of_actor)
    if request.text("session") is not None:
        return paged(request, "events", by_session.of_session)
    if request.text("run") is not None:
        return paged(request, "events", members.of_run)
    return arrivals.by_id(request)


def of_actor(request: Request, app: App, position: str, builder: PageBuilder) -> str | None:
    """A page of one learner's timeline, oldest first or newest first; of a person with several ids of all of them."""
    actor = request.text("actor")
    assert actor is not None
    pks = [keys.learner_pk(app.tenant, name) for name in ids_of(request.registry_table, app.tenant, actor)]
    if len(pks) == 1:
        return of_partition(request, pks[0], position, builder, [])
    return _of_timelines(request, pks, position, builder)


def _of_timelines(request: Request, pks: Sequence[str], position: str, builder: PageBuilder) -> str | None:
    """A page of several timelines as one. Of each a whole page is read, because all of it may come first."""
    rows: list[tuple[str, bytes]] = []
    stops: list[str] = []
    for pk in pks:
        own, sks = PageBuilder(builder.rows, builder.bytes_left), list[str]()
        stop = of_partition(request, pk, position, own, sks)
        rows += zip(sks, own.items, strict=True)
        if stop is not None:
            stops.append(stop)
    rows.sort(key=lambda row: row[0], reverse=request.descending)
    # Beyond the place where the first of them stopped, it may have rows that were not read.
    end = (max(stops) if request.descending else min(stops)) if stops else None
    reached = position
    for sk, row in rows:
        if end is not None and (sk < end if request.descending else sk > end):
            break
        if not builder.add(row):
            return reached
        reached = sk
    return end


def of_partition(request: Request, pk: str, position: str, builder: PageBuilder, listed_sks: list[str]) -> str | None:
    """A page of one timeline. `listed_sks` gets the sort key of each row that the page takes."""
    listed, reached, evaluated = position, begin(request, position), 0
    how = apart_from_slices()
    for _ in range(QUERIES):
        span = window(request, reached)
        if span is None:
            return None
        batch = builder.rows + 1 if request.text("type") is None else max(builder.rows + 1, FILTERED_BATCH)
        limit = batch + request.descending  # of a page that descends the last moment may be left to the next
        page = request.table.query(pk, start=span[0], end=span[1], descending=request.descending, limit=limit)
        read = how.whole_moments(request.table, page) if request.descending else page.rows
        facts = [fact for fact in how.page(read) if not is_passed(request, position, fact.sk)]
        report(how.unreadable)
        sessions = attached(request, list(filter(partial(asked_for, request), facts)))
        for fact in facts:
            if asked_for(request, fact):
                if not builder.add(event_json(fact, sessions)):
                    return listed
                listed_sks.append(fact.sk)
            listed = fact.sk
        if read:
            reached = key_of(read[-1])[1]
            if is_passed(request, position, reached):
                reached = position
            if request.descending or not is_rival(reached):  # else it is read again, before its event
                listed = reached
        evaluated += len(page.rows)
        if page.next_key is None:
            return None
        if evaluated >= LOOKED_AT:
            break
    return listed
