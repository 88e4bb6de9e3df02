"""`GET /runs`: the numbers of activity runs, in all and by day, read off the learner's totals.

    selector   queries of a page                                         rows read, where all is settled
    id=        1 of by_id, and for each learner 1 to 3 and 3 BatchGets   a row for each day of the run
    actor=     3, and up to 1 for every 32 to 128 days and 1 BatchGet     a row for each day of the runs of the page

Where something is not settled, its facts are folded over that (`functions.store.totals.reading`). What names no learner
has no totals: the days of its run are folded.
"""

from collections.abc import Collection, Iterator, Sequence

import orjson

from functions.core.apps import App
from functions.core.ids import id_digest
from functions.core.numbers.runs import fold_run, per_day
from functions.core.times import FIRST_US, LAST_US, day_of, iso_day
from functions.core.totals.tallies import Tallies, by_run, numbers_of, tells
from functions.http.answers import Answer
from functions.http.page import PageBuilder
from functions.query.events.by_event_index import days_by_partition, facts_of_day, requests
from functions.query.paging import paginate as paged
from functions.query.request import Request
from functions.query.sessions.totals import days_of, span_asked, too_many_facts, totals_of
from functions.store import keys
from functions.store.people.aliases import ids_of
from functions.store.totals.reading import TooManyFacts
from functions.store.totals.rows import UnreadableTotals
from functions.store.totals.run_pages import EarlierVersion, RunPages, RunTotals, place_of
from functions.store.totals.settled import is_settled

POSITION = r"[0-9]{8}\|[\w-]{22}"


def get_runs(request: Request) -> Answer:
    try:
        return paged(request, "runs", of_actor if request.text("actor") is not None else by_id)
    except TooManyFacts:
        return too_many_facts()


def by_id(request: Request, app: App, position: str, builder: PageBuilder) -> str | None:
    """The run of that id: one, unless several people share it. That of a person with several ids has the first one's
    place, by its first day.
    """
    run = request.text("id")
    assert run is not None
    partitions = days_by_partition(request, app, run)
    places = sorted((f"{min(days)}|{id_digest(pk)}", pk) for pk, days in partitions.items())
    rank = {pk: place for place, pk in places}
    reached = position
    for place, pk in _in_order(request, places, position):
        days = partitions[pk]
        if keys.is_learners(pk):
            learner = _learner(request, run, pk, min(days))
            ids = () if learner is None else ids_of(request.registry_table, app.tenant, learner)
            pks = [keys.learner_pk(app.tenant, name) for name in ids]
            own = [other for other in pks if other in rank]
            days = days.union(*(partitions[other] for other in own))
            row = _of_person(request, app, run, ids, days) if own and pk == min(own, key=rank.__getitem__) else None
        else:
            row = _folded(request, app, run, pk, sorted(days)) if _is_asked(request, days) else None
        if row is not None and not builder.add(row):
            return reached
        reached = place
    return None


def of_actor(request: Request, app: App, position: str, builder: PageBuilder) -> str | None:
    """The runs of one learner by their first day, oldest first or newest first."""
    actor = request.text("actor")
    assert actor is not None
    first_us, after_us = span_asked(request)
    reached = position
    for own in _runs_of(request, app.tenant, ids_of(request.registry_table, app.tenant, actor), position):
        is_asked = any(first_us <= place.quarter_us < after_us for place, tally in own.tallies.items() if tells(tally))
        if is_asked and not builder.add(_row(request, app, own.run, actor, own.tallies)):
            return reached
        reached = own.place
    return None


def _runs_of(request: Request, tenant: str, ids: Sequence[str], position: str) -> Iterator[RunTotals]:
    """The runs of a person after a position. If there is one id and all its totals are stored, days are read as far as
    runs are taken; else all days are.
    """
    reached, pk = position, keys.learner_pk(tenant, ids[0])
    if len(ids) == 1 and is_settled(request.table, pk):
        from_us, to_us = span_asked(request)
        first_day, last_day = day_of(max(from_us, FIRST_US)), day_of(min(to_us - 1, LAST_US))
        pages = RunPages(request.table, pk, first_day, last_day, position, request.descending)
        try:
            for own in pages.runs():
                reached = own.place
                yield own
        except (EarlierVersion, UnreadableTotals):
            pass
        else:
            return
    runs = by_run(totals_of(request, tenant, ids).tallies)
    places = sorted((place_of(_first_day(tallies), run), run) for run, tallies in runs.items())
    for place, run in _in_order(request, places, reached):
        yield RunTotals(place, run, runs[run])


def _is_asked(request: Request, days: Collection[str]) -> bool:
    return any(requests(request, day) for day in days)


def _learner(request: Request, run: str, pk: str, day: str) -> str | None:
    """Whose a partition is, as the row says that leads to its events of a run."""
    member = pk, keys.event_index_sk(run, day)
    row = request.table.get_all([member], consistent=False).get(member)
    return None if row is None else str(row["learner"])


def _of_person(request: Request, app: App, run: str, ids: Sequence[str], days: Collection[str]) -> bytes | None:
    """The row of `runs`, or None if no event is of that run: what is so called is a session."""
    if not _is_asked(request, days):
        return None
    tallies = by_run(totals_of(request, app.tenant, ids, days=sorted(days)).tallies).get(run)
    return None if tallies is None else _row(request, app, run, ids[0], tallies)


def _folded(request: Request, app: App, run: str, pk: str, days: list[str]) -> bytes | None:
    """The same of what names no learner: it has no totals."""
    beside = [fact.entry for day in days for fact in facts_of_day(request, pk, day)]
    entries = [entry for entry in beside if entry.attribution.run == run]
    if not entries:
        return None
    numbers = per_day(entries, beside=beside, zone=request.zone)
    row = {"id": run, "actor": None, "app": app.app_id, **fold_run(entries, beside=beside).as_dict()}
    return orjson.dumps({**row, "days": [{"day": iso_day(day), **of_day.as_dict()} for day, of_day in numbers.items()]})


def _in_order(request: Request, places: list[tuple[str, str]], position: str) -> Iterator[tuple[str, str]]:
    """The places after `position` in the order asked for."""
    for place, name in reversed(places) if request.descending else places:
        if not position or (place < position if request.descending else place > position):
            yield place, name


def _first_day(tallies: Tallies) -> str:
    return day_of(min(place.quarter_us for place in tallies))


def _row(request: Request, app: App, run: str, learner: str | None, tallies: Tallies) -> bytes:
    row = {"id": run, "actor": learner, "app": app.app_id, **numbers_of(tallies.values()).as_dict()}
    return orjson.dumps({**row, "days": days_of(tallies, request.zone)})
