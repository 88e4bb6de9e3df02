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
from functions.core.privacy.pseudonym import Pseudonyms, spellings
from functions.core.sessions.fold import Folded, Scope, fold
from functions.core.sessions.records import answer_of, length_us, record_of
from functions.core.sessions.sitting import Session, sessions_of, sitting_by_event
from functions.core.sessions.timeouts import Timeouts
from functions.core.timeline.entry import Entry, IdAndContent
from functions.core.times import day_of, iso_day, parse_time
from functions.lake.tables.column import Row
from functions.lake.tables.of_numbers import TOTALS


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


def rows_of(facts: Sequence[Entry], whose: Learner, timeouts: Timeouts) -> dict[str, list[Row]]:
    """The rows of the three tables that the facts of one learner make, by table."""
    folded = fold(facts, Scope(tenant=whose.tenant, learner=whose.learner, timeouts=timeouts))
    sessions = {event: sitting.session for event, sitting in sitting_by_event(folded.sittings).items()}
    return {
        "sessions": [_session_row(session, folded, whose) for session in sessions_of(folded.sittings)],
        "runs": list(_run_rows(facts, sessions, whose)),
        "daily": list(_daily_rows(facts, whose)),
    }


def _session_row(session: Session, folded: Folded, whose: Learner) -> Row:
    records = [record_of(sitting, learner=whose.learner, conflicts=folded.conflicts) for sitting in session.sittings]
    answer = answer_of(session.id, learner=whose.learner, explicit=session.explicit, records=records)
    numbers = answer["numbers"]
    return _row(
        whose,
        session.started_us,
        {**numbers, **numbers["seconds"]},
        id=whose.shielded(session.id),
        edapp=answer["edApp"],
        kind=answer["kind"],
        state=answer["state"],
        started=session.started_us,
        ended=parse_time(answer["endedAtTime"]),
        ended_by=answer["endedBy"],
        last_activity=parse_time(answer["lastActivityTime"]),
        length_s=sum(map(length_us, records)) / 1e6,
        sittings=len(records),
        events=answer["events"],
        event_ids=sorted(
            {
                str(whose.shielded(member.id))
                for sitting in session.sittings
                for member in sitting.members
                if member.attribution.kind == "event"
            }
        ),
    )


def _run_rows(facts: Sequence[Entry], sessions: Mapping[IdAndContent, str], whose: Learner) -> Iterator[Row]:
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
        key = (day_of(place.quarter_us), whose.shielded(place.course), place.app, place.subject)
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
