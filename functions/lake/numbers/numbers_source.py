"""What the product's folds say of a learner's facts, as rows of `sessions`, `runs` and `daily`.

The only module of the lake that knows which folds those are.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from functions.core.ids import content_digest
from functions.core.numbers.runs import per_day, quarter_totals
from functions.core.numbers.totals import RunNumbers
from functions.core.sessions.fold import fold, session_by_event
from functions.core.sessions.session import Session
from functions.core.sessions.session_view import session_record
from functions.core.timeline.entry import Entry
from functions.core.times import day_of, iso_day, parse_time
from functions.lake.pseudonym import Pseudonyms, spellings
from functions.lake.tables.column import Row
from functions.lake.tables.of_numbers import TOTALS
from functions.settings import IdleSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Learner:
    """Whose facts are folded."""

    app: str
    tenant: str
    learner: str
    pseudonyms: Pseudonyms

    @property
    def key(self) -> str:
        """The learner's pseudonym."""
        return self.pseudonyms.of(self.tenant, self.learner)

    def shielded(self, identifier: str | None) -> str | None:
        """An id as the tables may show it."""
        if identifier is None:
            return None
        return self.pseudonyms.shielded(self.tenant, identifier, spellings(self.learner))


def rows_of(facts: Sequence[Entry], whose: Learner, idle: IdleSettings) -> dict[str, list[Row]]:
    """The rows of the three tables that the facts of one learner make, by table."""
    sessions = fold(
        facts,
        tenant=whose.tenant,
        learner=whose.learner,
        idle_us=idle.idle_us,
        heartbeat_idle_us=idle.heartbeat_idle_us,
    )
    return {
        "sessions": [_session_row(session, whose) for session in sessions],
        "runs": list(_run_rows(facts, session_by_event(sessions), whose)),
        "daily": list(_daily_rows(facts, whose)),
    }


def _session_row(session: Session, whose: Learner) -> Row:
    record = session_record(session)
    started_us = parse_time(record["startedAtTime"])
    last_us = parse_time(record["lastActivityTime"])
    assert started_us is not None
    assert last_us is not None
    numbers = record["numbers"]
    return _row(
        whose,
        started_us,
        {**numbers, **numbers["seconds"]},
        id=whose.shielded(session.id),
        edapp=session.edapp,
        kind=record["kind"],
        state=record["state"],
        started=started_us,
        ended=parse_time(record["endedAtTime"]),
        ended_by=record["endedBy"],
        last_activity=last_us,
        length_s=max(last_us - started_us, 0) / 1e6,
        events=record["events"],
        event_ids=sorted({str(whose.shielded(entry.id)) for entry in session.entries if _counts(entry)}),
    )


def _counts(entry: Entry) -> bool:
    return entry.attribution.kind == "event"


def _run_rows(facts: Sequence[Entry], sessions: Mapping[str, str], whose: Learner) -> Iterator[Row]:
    by_run: dict[str, list[Entry]] = defaultdict(list)
    for fact in facts:
        if fact.attribution.run is not None:
            by_run[fact.attribution.run].append(fact)
    for run, own in by_run.items():
        courses = sorted({course for fact in own if (course := fact.attribution.course) is not None})
        for day, numbers in per_day(own, beside=facts, session_by_event=sessions).items():
            yield _row(
                whose,
                day,
                _answered(numbers),
                run=whose.shielded(run),
                course=whose.shielded(courses[0]) if courses else None,
                events=numbers.events,
                first_activity=numbers.first_us,
                last_activity=numbers.last_us,
            )


def _answered(numbers: RunNumbers) -> dict[str, Any]:
    return {metric: numbers.answered(metric) for metric in TOTALS}


def _daily_rows(facts: Iterable[Entry], whose: Learner) -> Iterator[Row]:
    days: dict[tuple[str, str | None, str | None, str | None], dict[str, Fraction]] = {}
    for place, totals in quarter_totals(facts).items():
        key = (day_of(place.quarter_us), whose.shielded(place.course), place.edapp, place.subject)
        day = days.setdefault(key, defaultdict(Fraction))
        for metric, amount in totals.items():
            day[metric] += amount
    for (day_text, course, edapp, subject), totals in days.items():
        yield _row(whose, day_text, totals, course=course, edapp=edapp, subject=subject)


def _row(whose: Learner, when: int | str, totals: Mapping[str, Any], **columns: object) -> Row:
    day = when if isinstance(when, str) else day_of(when)
    numbers = {column: float(totals.get(metric, 0)) for metric, (column, *_) in TOTALS.items()}
    row = {"day": iso_day(day), "app": whose.app, "learner_key": whose.key, **columns, **numbers}
    return row | {"version": content_digest(row)}
