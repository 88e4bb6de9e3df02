"""An insight as a value: one finding about a session, the events that it rests on, and when something is
worth telling.

Made by `detect`, frozen with the closed session, read by `query`.
"""

from collections.abc import Iterable

from msgspec import Struct

from functions.core import defaults
from functions.core.ids import derived_uuid
from functions.core.numbers.totals import Json
from functions.core.timeline.entry import Entry
from functions.core.times import MINUTE_US, format_time

VERSION = "1"
KINDS = {
    "idling": "Nothing happened for a while in a session, or the app reported much time as inactive.",
    "topic-shopping": "Several lessons were begun and left in a short time, and none was completed.",
    "skip-assessment": "A lesson was completed and its assessment was never begun.",
}
SECOND_US = 1_000_000


class Thresholds(Struct, frozen=True, kw_only=True):
    """When something is worth an insight."""

    idle_gap_us: int = round(defaults.IDLING_GAP_MINUTES * MINUTE_US)
    inactive_seconds: int = defaults.IDLING_INACTIVE_SECONDS
    shopping_lessons: int = defaults.SHOPPING_LESSONS
    shopping_us: int = round(defaults.SHOPPING_MINUTES * MINUTE_US)


class Subject(Struct, frozen=True, kw_only=True):
    """What insights are read off: one sitting of a session. Times are µs; `entries` are by time and id."""

    id: str
    learner: str | None
    edapp: str | None
    entries: tuple[Entry, ...]
    last_activity_us: int
    ended_us: int | None = None
    ended_by: str | None = None
    process_insights: bool


class Insight(Struct, frozen=True, kw_only=True):
    """One finding. `evidence` are event ids in order; the interval is in µs.

    `conflicts`: how many of them were sent with other content too.
    """

    kind: str
    reason: str
    session: str
    learner: str | None
    edapp: str | None
    started_us: int
    ended_us: int
    evidence: tuple[str, ...]
    version: str = VERSION
    conflicts: int = 0

    @property
    def id(self) -> str:
        """The same finding from the same evidence has the same id."""
        return derived_uuid("insight", self.kind, self.session, self.learner or "", *self.evidence)

    def as_dict(self) -> Json:
        """Ready for JSON, with the names that TimeBack's insight reads use."""
        return {
            "id": self.id,
            "insightType": self.kind,
            "reason": self.reason,
            "startedAtTime": format_time(self.started_us),
            "endedAtTime": format_time(self.ended_us),
            "durationInSeconds": (self.ended_us - self.started_us) // SECOND_US,
            "sessionId": self.session,
            "userId": self.learner,
            "applicationId": self.edapp,
            "version": self.version,
            "evidence": list(self.evidence),
            "conflicts": self.conflicts,
        }


def of_session(
    kind: str, session: Subject, reason: str, started_us: int, ended_us: int, evidence: Iterable[Entry]
) -> Insight:
    """An insight about a session. An event that is given twice is evidence once."""
    facts = {fact.id: fact for fact in evidence}
    return Insight(
        kind=kind,
        reason=reason,
        session=session.id,
        learner=session.learner,
        edapp=session.edapp,
        started_us=started_us,
        ended_us=ended_us,
        evidence=tuple(facts),
        conflicts=sum(fact.in_conflict for fact in facts.values()),
    )
