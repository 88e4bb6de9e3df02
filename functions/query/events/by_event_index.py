"""The events of a run, and where those of a session or run lie: by the event index rows."""

from collections import defaultdict
from collections.abc import Mapping

from functions.core.apps import App
from functions.http.page import PageBuilder
from functions.query.events.request_window import asked_for, begin, is_passed, window
from functions.query.request import Request
from functions.query.sessions.attachment import attached
from functions.query.sessions.folding import apart_from_slices, report, slices_of
from functions.store import keys
from functions.store.days import day_span_us, merged
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.row import key_of
from functions.store.dynamodb.table import Key, Page, rows
from functions.store.facts.answer_row import event_json
from functions.store.facts.rivals import is_rival
from functions.store.rows.events import StoredFact
from functions.store.rows.timers import timer_key, timer_of

LOOKED_AT = 5_000  # rows that one answer reads
BATCH = 1_000  # of one query at most: other runs may lie between the events of this one


def of_run(request: Request, app: App, position: str, builder: PageBuilder) -> str | None:
    """A page of the events of a run, day by day, in each partition that has some (one, unless learners share a
    run id). A page reads on from where the last one ended.
    """
    run = request.text("run")
    assert run is not None
    partitions = days_by_partition(request, app, run)
    days = sorted((f"{day}|{keys.place_of(pk)}|", day, pk) for pk, own in partitions.items() for day in own)
    listed, reached, budget, batch = position, begin(request, position), LOOKED_AT, builder.rows + 1
    how = apart_from_slices()
    for prefix, day, pk in reversed(days) if request.descending else days:
        if reached and _is_passed(request, prefix, reached):
            continue
        begins = prefix + (_HIGHEST if request.descending else _LOWEST)
        while requests(request, day):
            if budget <= 0 or builder.full:
                return listed or begins
            after = reached.removeprefix(prefix) if reached.startswith(prefix) else ""
            page = _page_of_day(request, pk, day, after, batch)
            read = how.whole_moments(request.table, page) if request.descending else page.rows
            facts = [fact for fact in how.page(read) if not is_passed(request, position, prefix + fact.sk)]
            sessions = attached(request, [fact for fact in facts if _is_listed(request, run, fact)])
            missing = builder.rows
            for fact in facts:
                if _is_listed(request, run, fact) and not builder.add(event_json(fact, sessions)):
                    return listed or begins
                listed = prefix + fact.sk
            if read:
                after = key_of(read[-1])[1]
                reached = position if is_passed(request, position, prefix + after) else prefix + after
                if request.descending or not is_rival(after):  # else it is read again, before its event
                    listed = reached
            budget -= max(len(page.rows), 1)
            batch = min(2 * batch, BATCH) if builder.rows == missing else builder.rows + 1  # more if none is of it
            if page.next_key is None:
                break
    report(how.unreadable)
    return None


_LOWEST = f"{keys.EVENT}{'0' * 18}#{'-' * 22}#{'-' * 22}"
_HIGHEST = f"{keys.EVENT}{'9' * 18}#{'z' * 22}#{'z' * 22}"


def _is_passed(request: Request, prefix: str, reached: str) -> bool:
    """Whether a day of a partition comes before the one that was reached."""
    here = reached.rpartition("|")[0] + "|"
    return prefix > here if request.descending else prefix < here


def _page_of_day(request: Request, pk: str, day: str, reached: str, limit: int) -> Page:
    first_us, last_us = day_span_us(day)
    span = window(request, reached)
    if span is None:
        return Page([], None)
    start = max(span[0], keys.EVENT + key_parts.time_key(first_us))
    end = min(span[1], keys.EVENT + key_parts.time_key(last_us) + key_parts.KEY_MAX)
    if start > end:
        return Page([], None)
    return request.table.query(pk, start=start, end=end, descending=request.descending, limit=limit)


def _is_listed(request: Request, run: str, fact: StoredFact) -> bool:
    return fact.entry.attribution.run == run and asked_for(request, fact)


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


def facts_of_day(request: Request, pk: str, day: str) -> list[StoredFact]:
    """A partition's facts of a day."""
    first_us, last_us = day_span_us(day)
    return [
        fact
        for of_slice in slices_of(request, pk, [(first_us, last_us)])
        for fact in of_slice.facts
        if first_us <= fact.entry.time_us <= last_us
    ]
