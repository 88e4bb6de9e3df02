"""`GET /runs`: the numbers of activity runs, folded from their events when they are asked for.

    selector   queries of a page                                          rows read
    id=        1 of by_id, 1 a megabyte of each of its days               all that the learner did on those days
    actor=     1 a megabyte of index rows, the same for at most DAYS     the same

A run that shares its days with others of its learner shares their reads.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import orjson

from functions.core.apps import App
from functions.core.ids import id_digest
from functions.core.numbers.runs import fold_run, per_day
from functions.core.timeline.entry import Entry
from functions.core.times import iso_day
from functions.http.answers import Answer
from functions.http.page import PageBuilder as Room
from functions.query.events.by_session_or_run import days_by_partition, facts_of_day, requests
from functions.query.paging import paginate as paged
from functions.query.request import Request
from functions.store import keys
from functions.store.dynamodb import key_parts
from functions.store.dynamodb.table import rows
from functions.store.rows.events import StoredFact

DAYS = 62  # of one learner's that a page of runs reads
POSITION = r"[0-9]{8}\|[\w-]{22}"

type Day = tuple[list[StoredFact], dict[str, str]]  # facts, and the sessions of those that name none


def get_runs(request: Request) -> Answer:
    return paged(request, "runs", of_actor if request.text("actor") is not None else by_id)


def by_id(request: Request, app: App, position: str, room: Room) -> str | None:
    """The run of that id: one, save where several learners share it."""
    run = request.text("id")
    assert run is not None
    partitions = days_by_partition(request, app, run)
    at = position
    for place, pk in _in_order(request, partitions, position):
        row = _row(run, app, [facts_of_day(request, pk, day) for day in sorted(partitions[pk])])
        if row is not None and not room.add(row):
            return at
        at = place
    return None


@dataclass(slots=True)
class Days:
    """The days of one learner that an answer has read."""

    request: Request
    pk: str
    read: dict[str, Day] = field(default_factory=dict)

    def get(self, wanted: Iterable[str]) -> list[Day] | None:
        """Those days, or None where they would be more than one answer may read."""
        for day in wanted:
            if day not in self.read:
                if len(self.read) >= DAYS and self.read.keys() - set(wanted):
                    return None
                self.read[day] = facts_of_day(self.request, self.pk, day)
        return [self.read[day] for day in wanted]


def of_actor(request: Request, app: App, position: str, room: Room) -> str | None:
    """The runs of one learner by their first day, oldest first or newest first."""
    actor = request.text("actor")
    assert actor is not None
    pk = keys.learner_pk(app.tenant, actor)
    days_read = Days(request, pk)
    runs: dict[str, set[str]] = defaultdict(set)  # and sessions
    for there in rows(request.table, pk, start=keys.EVENT_INDEX, end=keys.EVENT_INDEX + key_parts.KEY_MAX):
        day = str(there[keys.SK]).rpartition("#")[2]
        if day:  # else it is an address
            runs[str(there["correlation"])].add(day)
    at = position
    for place, run in _in_order(request, runs, position):
        found = days_read.get(sorted(runs[run]))
        if found is None:
            return at
        row = _row(run, app, found)
        if row is not None and not room.add(row):
            return at
        at = place
    return None


def _in_order(request: Request, days: Mapping[str, set[str]], position: str) -> list[tuple[str, str]]:
    """Places after `position` and whose they are, by first day, of those with a day in the time asked for."""
    places = (
        (f"{min(found)}|{id_digest(name)}", name)
        for name, found in days.items()
        if any(requests(request, day) for day in found)
    )
    return [
        place
        for place in sorted(places, reverse=request.descending)
        if not position or (place[0] < position if request.descending else place[0] > position)
    ]


def _row(run: str, app: App, found: Iterable[Day]) -> bytes | None:
    """The row of `runs`, or None where no event is of that run: what is so called is a session."""
    facts: list[StoredFact] = []
    beside: list[Entry] = []
    sessions: dict[str, str] = {}
    for day, attached in found:
        facts += [fact for fact in day if fact.entry.attribution.run == run]
        beside += [fact.entry for fact in day]
        sessions |= attached
    if not facts:
        return None
    entries = [fact.entry for fact in facts]
    a_day = per_day(entries, beside=beside, session_by_event=sessions)
    return orjson.dumps(
        {
            "id": run,
            "actor": facts[0].entry.attribution.learner,
            "app": app.app_id,
            **fold_run(entries, beside=beside, session_by_event=sessions).as_dict(),
            "days": [{"day": iso_day(day), **one.as_dict()} for day, one in a_day.items()],
        }
    )
