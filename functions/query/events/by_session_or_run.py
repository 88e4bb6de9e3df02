"""The events of a session or a run: found by the index of memberships, read from their learners' timelines.

Both walk *stops* in order: a session's partitions (one, save where learners share a session id), a run's days. A page
reads STOPS of them at most.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from functions.core.apps import App
from functions.core.sessions.fold import session_by_event
from functions.http.page import PageBuilder as Room
from functions.query.events.rows import asked_for, item
from functions.query.request import Request
from functions.store import keys
from functions.store.dynamodb.table import rows
from functions.store.rows.events import Stored
from functions.store.timeline import around, day_span_us
from functions.store.timeline import of_session as facts_around

STOPS = 31

type Found = list[tuple[str, bytes]]  # position and row
type Stop = tuple[str, Callable[[], Found]]  # how the positions of its rows begin, and its rows


def of_session(request: Request, app: App, position: str, room: Room) -> str | None:
    """The events that name a session, and those that name none but belong to it, by partition and time.

    The whole session is folded for every page: whether an event without a session is its own depends on all of it.
    """
    session = request.text("session")
    assert session is not None
    stops = [
        (f"{keys.place_of(pk)}|", partial(of_partition, request, session, pk, from_us))
        for pk, from_us in partitions(request, app, session).items()
    ]
    return walk(request, stops, position, room)


def of_run(request: Request, app: App, position: str, room: Room) -> str | None:
    """The events of a run, day by day: its sittings may lie months apart."""
    run = request.text("run")
    assert run is not None
    stops = [
        (f"{day}|{keys.place_of(pk)}|", partial(of_day, request, run, day, pk)) for day, pk in days(request, app, run)
    ]
    return walk(request, stops, position, room)


def walk(request: Request, stops: Iterable[Stop], position: str, room: Room) -> str | None:
    """Adds the rows of the stops after `position`, in the order asked for, as far as they fit."""
    at, read = position, 0
    for prefix, found in sorted(stops, key=lambda stop: stop[0], reverse=request.descending):
        end = prefix + (_LOWEST if request.descending else _HIGHEST)
        if at and (end >= at if request.descending else end <= at):
            continue
        if room.full or read == STOPS:
            return at
        read += 1
        for place, row in sorted(found(), reverse=request.descending):
            if at and (place >= at if request.descending else place <= at):
                continue
            if not room.add(row):
                return at
            at = place
        at = end
    return None


_LOWEST = f"{keys.EVENT}{'0' * 18}#{'-' * 22}#{'-' * 22}"
_HIGHEST = f"{keys.EVENT}{'9' * 18}#{'z' * 22}#{'z' * 22}"


def of_partition(request: Request, session: str, pk: str, from_us: int) -> Found:
    stretch = facts_around(request.table, pk, session, from_us=from_us, limits=request.settings)
    sessions = session_by_event(stretch.sessions())
    return [
        (f"{keys.place_of(pk)}|{fact.sk}", item(fact, sessions))
        for fact in stretch.facts
        if session in (fact.entry.attribution.session, sessions.get(fact.entry.id)) and asked_for(request, fact)
    ]


def of_day(request: Request, run: str, day: str, pk: str) -> Found:
    facts, sessions = facts_of_day(request, pk, day)
    return [
        (f"{day}|{keys.place_of(pk)}|{fact.sk}", item(fact, sessions))
        for fact in facts
        if fact.entry.attribution.run == run and asked_for(request, fact)
    ]


def partitions(request: Request, app: App, session: str) -> dict[str, int]:
    """The partitions that hold facts of a session, each with the earliest time to read from."""
    found: dict[str, int] = {}
    for pk, day in lain(request, app, session):
        start_us = day_span_us(day)[0]
        found[pk] = min(found.get(pk, start_us), start_us)
    places = rows(request.table, keys.session_ref(app.tenant, session), index=keys.BY_ID)
    at = [(str(row[keys.PK]), str(row[keys.SK])) for row in places]
    for (pk, _), row in (request.table.get_all(at) if at else {}).items():
        start_us = int(str(row["from"]))
        found[pk] = min(found.get(pk, start_us), start_us)
    return found


def days(request: Request, app: App, correlation: str) -> set[tuple[str, str]]:
    """Days and partitions with members, in the time asked for."""
    return {(day, pk) for pk, day in lain(request, app, correlation) if touches(request, day)}


def lain(request: Request, app: App, correlation: str) -> Iterator[tuple[str, str]]:
    """Where the members of a session or run lie: partitions, each with one of its days. One query of `by_id`."""
    for row in rows(request.table, keys.membership_ref(app.tenant, correlation), index=keys.BY_ID):
        yield str(row[keys.PK]), str(row[keys.SK]).rpartition("#")[2]


def touches(request: Request, day: str) -> bool:
    """Whether some of a day is in the time asked for."""
    first_us, last_us = day_span_us(day)
    return (request.from_us is None or last_us >= request.from_us) and (
        request.to_us is None or first_us < request.to_us
    )


def facts_of_day(request: Request, pk: str, day: str) -> tuple[list[Stored], dict[str, str]]:
    """A partition's facts of a day, and the sessions of those that name none."""
    first_us, last_us = day_span_us(day)
    stretch = around(request.table, pk, first_us, last_us, limits=request.settings)
    facts = [fact for fact in stretch.facts if first_us <= fact.entry.time_us <= last_us]
    if any(fact.entry.attribution.auto for fact in facts):
        return facts, session_by_event(stretch.sessions())
    return facts, {}
