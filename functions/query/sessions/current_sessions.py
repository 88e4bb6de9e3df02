"""Sessions as they stand now: what the sweep has stored of them, and one fold of what it has not settled.

A session timer says from where on that is. So an answer is right before the sweep has run, and costs its rows and each
unsettled fact once.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import batched

import msgspec

from functions.core.apps import App
from functions.core.ids import id_digest
from functions.query.request import Request
from functions.query.sessions.timeline import SessionListing, Timeline
from functions.store import keys
from functions.store.days import day_span_us, merged
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.table import Key, Row, rows
from functions.store.people.aliases import ids_of
from functions.store.rows.sessions import explicit_key
from functions.store.rows.timers import TimerRow, timer_key
from functions.store.slices import Slice, slices

LIVE_ROWS = 50_000  # of one timeline that an answer folds: more is there only after a large backfill
PARTITIONS_AT_ONCE = 30  # of one session id that many learners share: three rows of each fit a BatchGet


def of_person(request: Request, app: App, learner: str) -> list[SessionListing]:
    """All sessions of the person that a learner is, by start; each with the id that its events named."""
    ids = ids_of(request.registry_table, app.tenant, learner)
    if len(ids) == 1:
        return of_learner(request, app, learner)
    listings = [
        msgspec.structs.replace(listing, tie=f"|{id_digest(name)}")
        for name in ids
        for listing in of_learner(request, app, name)
    ]
    return sorted(listings, key=lambda listing: listing.place)


def of_learner(request: Request, app: App, learner: str) -> list[SessionListing]:
    """All sessions of a learner's id, by start. One query a megabyte of session rows, and one fold."""
    pk = keys.learner_pk(app.tenant, learner)
    timeline = Timeline(request, app, pk)
    # The timer first: what it says is settled by then is in the rows that are read after it.
    stored = list(rows(request.table, pk, start=keys.SESSION, end=keys.TIMER, descending=True))
    timer = timeline.read_rows(stored)
    if timer is not None and not timeline.is_settled(timer):
        for of_slice in slices(request.table, pk, timer.timer.from_us, timeline.reading):
            timeline.lay_over(of_slice)
            if timeline.reading.rows > LIVE_ROWS:
                break
    return sorted(timeline.listings(), key=lambda listing: listing.place)


def with_id(request: Request, app: App, session: str, after: str = "") -> Iterator[tuple[str, SessionListing]]:
    """Each session of that id with its position, by learner, after a position. One query of `by_id`.

    What says no learner is read with the learners', where there are any.
    """
    places: dict[str, list[str]] = defaultdict(list)
    for row in rows(request.table, keys.event_index_ref(app.tenant, session), index=keys.BY_ID):
        places[str(row[keys.PK])].append(str(row[keys.SK]))
    owned = any(map(keys.is_learners, places))
    wanted = sorted(pk for pk in places if not owned or keys.is_learners(pk))
    wanted = [pk for pk in wanted if f"{keys.place_of(pk)}|{key_parts.KEY_MAX}" > after]
    for some in batched(wanted, PARTITIONS_AT_ONCE, strict=False):
        wanted_keys = [key for pk in some for key in _keys(pk, session, places[pk])]
        row_by_key = request.table.get_all(wanted_keys)
        for pk in some:
            stored = [row_by_key[key] for key in _keys(pk, session, places[pk]) if key in row_by_key]
            for listing in _of_id(request, app, pk, session, places[pk], stored):
                position = f"{keys.place_of(pk)}|{listing.key[1]}"
                if position > after:
                    yield position, listing


def _keys(pk: str, session: str, sks: Sequence[str]) -> list[Key]:
    inferred = [(pk, sk) for sk in sks if sk.startswith(keys.INFERRED)]
    return list(dict.fromkeys([timer_key(pk), explicit_key(pk, session), *inferred]))


def _of_id(
    request: Request, app: App, pk: str, session: str, sks: Sequence[str], stored: Sequence[Row]
) -> list[SessionListing]:
    timeline = Timeline(request, app, pk)
    timer = timeline.read_rows(stored)
    if timer is not None and not timeline.is_settled(timer):
        for of_slice in _unsettled(timeline, timer, session, sks):
            timeline.lay_over(of_slice)
    listings = [listing for listing in timeline.listings() if listing.session == session]
    return sorted(listings, key=lambda listing: listing.key)


def _unsettled(timeline: Timeline, timer: TimerRow, session: str, sks: Sequence[str]) -> Iterator[Slice]:
    """The slices that the sweep has not settled and in which the session may be: of the days of its events, else where
    it is stored to have started, else where nothing is settled from.
    """
    from_us = timer.timer.from_us
    first_us = from_us - timeline.reading.slice_gap_us
    days = [sk.rpartition("#")[2] for sk in sks if sk.startswith(keys.EVENT_INDEX)]
    spans = [day_span_us(day) for day in days if day and day_span_us(day)[1] >= first_us]
    starts = [key_parts.time_from_key(sk.split("~")[1].split("#")[0]) for sk in sks if sk.startswith(keys.INFERRED)]
    spans += [(start_us, start_us) for start_us in starts if start_us >= first_us]
    if timer.inferred == session:
        spans.append((from_us, from_us))
    last_us: int | None = None
    for start_us, end_us in merged(spans):
        for of_slice in slices(
            timeline.request.table, timeline.pk, max(start_us, first_us), timeline.reading, to_us=max(end_us, first_us)
        ):
            if last_us is None or of_slice.first_us > last_us:
                last_us = of_slice.last_us
                yield of_slice
