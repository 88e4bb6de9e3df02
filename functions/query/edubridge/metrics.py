"""What learners did, by calendar day, subject, app and course: the one place where EduBridge's numbers come from.

Folded over the facts of the time asked for. What the rest needs is `metrics_of` alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from functions.core.errors import CaliperError
from functions.core.numbers.metrics import Credit
from functions.core.numbers.runs import credits_of
from functions.core.timeline.counting import counted
from functions.core.timeline.course import subject_of
from functions.core.timeline.entry import Entry
from functions.core.times import day_in
from functions.query.edubridge.dates import Span
from functions.query.edubridge.ids import course_id, name_at
from functions.query.request import Request
from functions.query.sessions.folding import apart_from_slices, report
from functions.store import keys
from functions.store.rows.events import StoredFact
from functions.store.slices import between

FACTS = 100_000  # of one student that an answer folds
OTHER = "Other"  # the subject of what names none


class Place(NamedTuple):
    """A day (`20260127`) in the caller's time zone, and what was worked on there."""

    day: str
    subject: str
    app: str
    course: str | None


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of a span that count, in order, with what each is credited with."""

    facts: Sequence[StoredFact] = ()
    credited: Sequence[Credit] = field(default=())


class TooManyFacts(CaliperError):
    """More facts are asked for than are folded while a client waits."""


def metrics_of(request: Request, learners: Iterable[str], span: Span) -> dict[Place, dict[str, Fraction]]:
    """Totals by metric in each place. Raises TooManyFacts."""
    totals: dict[Place, dict[str, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    places: dict[str, tuple[str, str, str | None]] = {}
    for learner in learners:
        for credit in facts_of(request, learner, span).credited:
            entry = credit.entry
            if entry.content not in places:
                places[entry.content] = (
                    subject_of(entry.event) or OTHER, app_of(request, entry), course_id(entry.event)
                )  # fmt: skip
            place = Place(day_in(credit.time_us, span.zone), *places[entry.content])
            totals[place][credit.metric] += credit.amount
    return {place: dict(own) for place, own in totals.items()}


def facts_of(request: Request, learner: str, span: Span) -> Facts:
    """What one learner did between two instants. Raises TooManyFacts."""
    how = apart_from_slices()
    stored: list[StoredFact] = []
    pk = keys.learner_pk(request.principal.app.tenant, learner)
    for fact in between(request.table, pk, span.from_us, span.to_us - 1, how):
        if len(stored) >= FACTS:
            raise TooManyFacts
        stored.append(fact)
    report(how.unreadable)
    counting = counted(fact.entry for fact in stored).facts
    by_entry = {(fact.entry.id, fact.entry.content): fact for fact in stored}
    credited = [
        credit for credit in credits_of(counting) if credit.amount and span.from_us <= credit.time_us < span.to_us
    ]
    return Facts([by_entry[entry.id, entry.content] for entry in counting], credited)


def app_of(request: Request, entry: Entry) -> str:
    """The name of the app that an event was made with: its own word, else that of the registration."""
    own = request.principal.app
    said = name_at(entry.event, "object", "app", "name") or name_at(entry.event, "edApp", "name")
    return said or own.name or own.app_id
