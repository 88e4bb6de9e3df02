"""What a learner did in each quarter hour of UTC, by course, app, subject and run: totals that can be added.

Made where the sweep ends a sitting, stored with the learner's day, and added up by every read of runs, days and
courses. A day in any time zone is a sum of quarter hours, and so is a run. They add up to what `runs` folds.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, tzinfo
from fractions import Fraction

from msgspec import Struct, field

from functions.core.ids import canonical_id, id_digest
from functions.core.numbers.metrics import Credit
from functions.core.numbers.progress import is_evidence
from functions.core.numbers.totals import Place, RunNumbers, app_of
from functions.core.timeline.course import subject_of
from functions.core.timeline.entry import Entry, IdAndContent
from functions.core.times import day_in, quarter_of


class Tally(Struct):
    """The totals of one place. `totals` by metric, exactly; `first_us` and `last_us` are of activity.

    `sessions` are those touched. `conflicts`: digests of the ids that were sent with other content too. `evidence`: the
    events that add mastered units, as (time, id).
    """

    totals: dict[str, Fraction] = field(default_factory=dict)
    events: int = 0
    first_us: int | None = None
    last_us: int | None = None
    sessions: set[str] = field(default_factory=set)
    conflicts: set[str] = field(default_factory=set)
    evidence: list[tuple[int, str]] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Add what other facts did in the same place."""
        for metric, amount in other.totals.items():
            self.totals[metric] = self.totals.get(metric, Fraction(0)) + amount
        self.events += other.events
        self.note_activity(other.first_us)
        self.note_activity(other.last_us)
        self.sessions |= other.sessions
        self.conflicts |= other.conflicts
        self.evidence += other.evidence

    def note_activity(self, us: int | None) -> None:
        """Something was done then."""
        if us is not None:
            self.first_us = us if self.first_us is None else min(self.first_us, us)
            self.last_us = us if self.last_us is None else max(self.last_us, us)


type Tallies = dict[Place, Tally]


def tallied(
    entries: Iterable[Entry],
    facts: Iterable[Entry],
    credited: Iterable[Credit],
    *,
    conflicts: Collection[str],
    session_by_event: Mapping[IdAndContent, str],
) -> Tallies:
    """What `entries` add: `facts` are those of them that count, and `credited` is what those are credited with.

    `conflicts`: the ids with several contents. `session_by_event`: the sessions of events that name none.
    """
    tallies: Tallies = defaultdict(Tally)
    places: dict[str, Place] = {}  # by content: reading the course costs more than all the rest

    def of(entry: Entry, us: int) -> Tally:
        place = places.get(entry.content)
        if place is None:
            said = entry.attribution
            place = places[entry.content] = Place(0, said.course, app_of(entry), subject_of(entry.event), said.run)
        return tallies[place._replace(quarter_us=quarter_of(us))]

    for entry in entries if conflicts else ():
        if entry.id and canonical_id(entry.id) in conflicts:
            of(entry, entry.time_us).conflicts.add(id_digest(entry.id))
    for fact in facts:
        tally = of(fact, fact.time_us)
        tally.events += 1
        if not fact.future and not fact.attribution.ends_session:
            tally.note_activity(fact.time_us)
        session = session_by_event.get(fact.id_and_content) or fact.attribution.session
        if session is not None:
            tally.sessions.add(session)
        if is_evidence(fact):
            tally.evidence.append((fact.time_us, fact.id))
    for credit in credited:
        if credit.amount:
            totals = of(credit.entry, credit.time_us).totals
            totals[credit.metric] = totals.get(credit.metric, Fraction(0)) + credit.amount
    return dict(tallies)


def added(tallies: Iterable[Tally]) -> Tally:
    """All of them as one."""
    total = Tally()
    for tally in tallies:
        total.add(tally)
    return total


def numbers_of(tallies: Iterable[Tally], *, part: bool = False) -> RunNumbers:
    """The numbers of a run, or of a `part` such as a day."""
    total = added(tallies)
    return RunNumbers(
        totals=total.totals,
        events=total.events,
        first_us=total.first_us,
        last_us=total.last_us,
        sessions=tuple(sorted(total.sessions)),
        conflicts=len(total.conflicts),
        part=part,
    )


def by_day(tallies: Mapping[Place, Tally], zone: tzinfo = UTC) -> dict[str, list[Tally]]:
    """Tallies by calendar day (`20260127`) of a time zone, in order. A day with conflicts only is there, too."""
    days: dict[str, list[Tally]] = defaultdict(list)
    for place, tally in tallies.items():
        days[day_in(place.quarter_us, zone)].append(tally)
    return {day: days[day] for day in sorted(days) if any(map(tells, days[day]))}


def tells(tally: Tally) -> bool:
    """Whether anything in it counts, or is in conflict."""
    return tally.events > 0 or bool(tally.totals) or bool(tally.conflicts)


def by_run(tallies: Mapping[Place, Tally]) -> dict[str, Tallies]:
    """Tallies by the run that they name."""
    runs: dict[str, Tallies] = defaultdict(dict)
    for place, tally in tallies.items():
        if place.run is not None:
            runs[place.run][place] = tally
    return dict(runs)
