"""The events of a session or a run: found by the index of memberships, read from their learners' timelines.

Both walk *stops* in order: of a session the stretches of days in each partition (one partition, except where learners
share a session id), of a run its days. A page reads STOPS of them at most, from where its cursor stands.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import NamedTuple

from functions.core.apps import App
from functions.http.page import PageBuilder as Room
from functions.query.events.rows import asked_for, item
from functions.query.request import Request
from functions.query.sessions.folding import session_by_event, slices_of
from functions.store import keys
from functions.store.days import day_span_us, merged
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.table import Key, rows
from functions.store.rows.events import Stored
from functions.store.rows.timers import timer_key, timer_of

STOPS = 31

type Found = list[tuple[str, bytes]]  # position and row


class Stop(NamedTuple):
    """Once its rows are listed, all from `low` to `high` are. A row of it lies from `floor` to `ceiling`, or is one of
    a neighbour as well: a slice reaches beyond the days for which it is read.
    """

    low: str
    high: str
    floor: str
    ceiling: str
    found: Callable[[], Found]


def of_session(request: Request, app: App, position: str, room: Room) -> str | None:
    """The events that name a session, and those that name none but belong to it, by partition and time."""
    session = request.text("session")
    assert session is not None
    stops: list[Stop] = []
    for pk, spans in spans_of(request, app, session).items():
        prefix = f"{keys.place_of(pk)}|"
        lows = [prefix + _first_at(start_us) for start_us, _ in spans]
        highs = [prefix + _last_at(end_us) for _, end_us in spans]
        floors, ceilings = [prefix + _LOWEST, *highs[:-1]], [*lows[1:], prefix + _HIGHEST]
        for low, high, floor, ceiling, span in zip(lows, highs, floors, ceilings, spans, strict=True):
            stops.append(Stop(low, high, floor, ceiling, partial(of_span, request, session, pk, span)))
    return walk(request, stops, position, room)


def of_run(request: Request, app: App, position: str, room: Room) -> str | None:
    """The events of a run, day by day: its sittings may lie months apart."""
    run = request.text("run")
    assert run is not None
    stops: list[Stop] = []
    for pk, days in days_by_partition(request, app, run).items():
        for day in days:
            if requests(request, day):
                prefix = f"{day}|{keys.place_of(pk)}|"
                low, high = prefix + _LOWEST, prefix + _HIGHEST
                stops.append(Stop(low, high, low, high, partial(of_day, request, run, day, pk)))
    return walk(request, stops, position, room)


def walk(request: Request, stops: Iterable[Stop], position: str, room: Room) -> str | None:
    """Adds the rows of the stops after `position`, in the order asked for, as far as they fit."""
    at, read = position, 0
    for stop in sorted(stops, key=lambda stop: stop.low, reverse=request.descending):
        if at and (stop.floor >= at if request.descending else stop.ceiling <= at):
            continue
        if room.full or read == STOPS:
            return at
        read += 1
        for place, row in sorted(stop.found(), reverse=request.descending):
            if at and (place >= at if request.descending else place <= at):
                continue
            if not room.add(row):
                return at
            at = place
        at = min(at or stop.low, stop.low) if request.descending else max(at, stop.high)
    return None


def _first_at(us: int) -> str:
    return f"{keys.EVENT}{key_parts.time_key(us)}#{'-' * 22}#{'-' * 22}"


def _last_at(us: int) -> str:
    return f"{keys.EVENT}{key_parts.time_key(us)}#{'z' * 22}#{'z' * 22}"


_LOWEST = f"{keys.EVENT}{'0' * 18}#{'-' * 22}#{'-' * 22}"
_HIGHEST = f"{keys.EVENT}{'9' * 18}#{'z' * 22}#{'z' * 22}"


def of_span(request: Request, session: str, pk: str, span: tuple[int, int]) -> Found:
    found: Found = []
    for one in slices_of(request, pk, [span]):
        sessions = session_by_event(request, one)
        found += [
            (f"{keys.place_of(pk)}|{fact.sk}", item(fact, sessions))
            for fact in one.facts
            if session in (fact.entry.attribution.session, sessions.get(fact.entry.id)) and asked_for(request, fact)
        ]
    return found


def of_day(request: Request, run: str, day: str, pk: str) -> Found:
    facts, sessions = facts_of_day(request, pk, day)
    return [
        (f"{day}|{keys.place_of(pk)}|{fact.sk}", item(fact, sessions))
        for fact in facts
        if fact.entry.attribution.run == run and asked_for(request, fact)
    ]


def spans_of(request: Request, app: App, session: str) -> dict[str, list[tuple[int, int]]]:
    """The partitions that hold facts of a session, each with the times to read: its days, or of an inferred session
    its start, from its session row or from the timer. One query of `by_id`.
    """
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    timers: list[Key] = []
    for pk, sk in places(request, app, session):
        if sk == keys.TIMER:
            timers.append(timer_key(pk))
        elif sk.startswith(keys.INFERRED):
            start_us = key_parts.time_from_key(sk.removeprefix(keys.INFERRED).partition("#")[0])
            found[pk].append((start_us, start_us))
        else:
            found[pk].append(day_span_us(sk.rpartition("#")[2]))
    for (pk, _), row in (request.table.get_all(timers) if timers else {}).items():
        from_us = timer_of(row).timer.from_us
        found[pk].append((from_us, from_us))
    return {pk: merged(spans) for pk, spans in sorted(found.items())}


def days_by_partition(request: Request, app: App, correlation: str) -> Mapping[str, set[str]]:
    """The partitions that hold members of a session or run, each with their days. One query of `by_id`."""
    found: dict[str, set[str]] = defaultdict(set)
    for pk, sk in places(request, app, correlation):
        if sk.startswith(keys.MEMBERSHIP):
            found[pk].add(sk.rpartition("#")[2])
    return found


def places(request: Request, app: App, correlation: str) -> list[Key]:
    """Every row that leads to a session or run."""
    found = rows(request.table, keys.membership_ref(app.tenant, correlation), index=keys.BY_ID)
    return [(str(row[keys.PK]), str(row[keys.SK])) for row in found]


def requests(request: Request, day: str) -> bool:
    """Whether some of a day is in the time asked for."""
    first_us, last_us = day_span_us(day)
    return (request.from_us is None or last_us >= request.from_us) and (
        request.to_us is None or first_us < request.to_us
    )


def facts_of_day(request: Request, pk: str, day: str) -> tuple[list[Stored], dict[str, str]]:
    """A partition's facts of a day, and the sessions of those that name none."""
    first_us, last_us = day_span_us(day)
    facts: list[Stored] = []
    sessions: dict[str, str] = {}
    for one in slices_of(request, pk, [(first_us, last_us)]):
        of_day = [fact for fact in one.facts if first_us <= fact.entry.time_us <= last_us]
        facts += of_day
        if any(fact.entry.attribution.auto for fact in of_day):
            sessions |= session_by_event(request, one)
    return facts, sessions
