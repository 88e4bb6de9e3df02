"""The events of a run, and where those of a session or run lie: by the event index rows.

A list walks *stops* in order: the days of the run in each partition (one, except where learners share a run id). A page
reads STOPS of them at most, from where its cursor stands.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import NamedTuple

from functions.core.apps import App
from functions.http.page import PageBuilder
from functions.query.events.rows import asked_for, item
from functions.query.request import Request
from functions.query.sessions.folding import session_by_event, slices_of
from functions.store import keys
from functions.store.days import day_span_us, merged
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.table import Key, rows
from functions.store.rows.events import StoredFact
from functions.store.rows.timers import timer_key, timer_of

STOPS = 31

type Rows = list[tuple[str, bytes]]  # position and row


class Stop(NamedTuple):
    """Once its rows are listed, all from `low` to `high` are. A row of it lies from `floor` to `ceiling`, or is one of
    a neighbour as well: a slice reaches beyond the days for which it is read.
    """

    low: str
    high: str
    floor: str
    ceiling: str
    read_rows: Callable[[], Rows]


def of_run(request: Request, app: App, position: str, builder: PageBuilder) -> str | None:
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
    return walk(request, stops, position, builder)


def walk(request: Request, stops: Iterable[Stop], position: str, builder: PageBuilder) -> str | None:
    """Adds the rows of the stops after `position`, in the order asked for, as far as they fit."""
    reached, read = position, 0
    for stop in sorted(stops, key=lambda stop: stop.low, reverse=request.descending):
        if reached and (stop.floor >= reached if request.descending else stop.ceiling <= reached):
            continue
        if builder.full or read == STOPS:
            return reached
        read += 1
        for place, row in sorted(stop.read_rows(), reverse=request.descending):
            if reached and (place >= reached if request.descending else place <= reached):
                continue
            if not builder.add(row):
                return reached
            reached = place
        reached = min(reached or stop.low, stop.low) if request.descending else max(reached, stop.high)
    return None


_LOWEST = f"{keys.EVENT}{'0' * 18}#{'-' * 22}#{'-' * 22}"
_HIGHEST = f"{keys.EVENT}{'9' * 18}#{'z' * 22}#{'z' * 22}"


def of_day(request: Request, run: str, day: str, pk: str) -> Rows:
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
    spans_by_pk: dict[str, list[tuple[int, int]]] = defaultdict(list)
    timers: list[Key] = []
    for pk, sk in places(request, app, session):
        if sk == keys.TIMER:
            timers.append(timer_key(pk))
        elif sk.startswith(keys.INFERRED):
            start_us = key_parts.time_from_key(sk.removeprefix(keys.INFERRED).partition("#")[0])
            spans_by_pk[pk].append((start_us, start_us))
        else:
            spans_by_pk[pk].append(day_span_us(sk.rpartition("#")[2]))
    for (pk, _), row in (request.table.get_all(timers) if timers else {}).items():
        from_us = timer_of(row).timer.from_us
        spans_by_pk[pk].append((from_us, from_us))
    return {pk: merged(spans) for pk, spans in sorted(spans_by_pk.items())}


def days_by_partition(request: Request, app: App, correlation: str) -> Mapping[str, set[str]]:
    """The partitions that hold members of a session or run, each with their days. One query of `by_id`."""
    days_by_pk: dict[str, set[str]] = defaultdict(set)
    for pk, sk in places(request, app, correlation):
        if sk.startswith(keys.EVENT_INDEX):
            days_by_pk[pk].add(sk.rpartition("#")[2])
    return days_by_pk


def places(request: Request, app: App, correlation: str) -> list[Key]:
    """Every row that leads to a session or run."""
    index_rows = rows(request.table, keys.event_index_ref(app.tenant, correlation), index=keys.BY_ID)
    return [(str(row[keys.PK]), str(row[keys.SK])) for row in index_rows]


def requests(request: Request, day: str) -> bool:
    """Whether some of a day is in the time asked for."""
    first_us, last_us = day_span_us(day)
    return (request.from_us is None or last_us >= request.from_us) and (
        request.to_us is None or first_us < request.to_us
    )


def facts_of_day(request: Request, pk: str, day: str) -> tuple[list[StoredFact], dict[str, str]]:
    """A partition's facts of a day, and the sessions of those that name none."""
    first_us, last_us = day_span_us(day)
    facts: list[StoredFact] = []
    sessions: dict[str, str] = {}
    for of_slice in slices_of(request, pk, [(first_us, last_us)]):
        of_day = [fact for fact in of_slice.facts if first_us <= fact.entry.time_us <= last_us]
        facts += of_day
        if any(fact.entry.attribution.auto for fact in of_day):
            sessions |= session_by_event(request, of_slice)
    return facts, sessions
