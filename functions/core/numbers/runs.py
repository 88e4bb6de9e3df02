"""The numbers of a run, of a session, or of a learner's day: a fold over events, never a counter.

Used by `query` for what is open, by `timeout` to freeze a session's numbers at its close, by a rebuild for
all of it. What counts, and what counts once, is said in `time_spent` and `awards`. `process` on an activity
changes nothing here: it speaks to another system.

A fold knows only what it is given: a grade that is replaced, or an activity that is accounted for, outside of
`entries` is not seen. Give `per_day` the whole timeline and pick the days.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from functions.core.numbers import scores, time_spent
from functions.core.numbers.metrics import Credit, as_number
from functions.core.numbers.time_spent import CATEGORIES
from functions.core.sessions.facts import is_close
from functions.core.timeline.entry import Entry, one_content_per_id
from functions.core.times import day_of, format_time

type Json = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunNumbers:
    """`totals` by metric: seconds per category, xpEarned, totalQuestions, correctQuestions, masteredUnits,
    attempts.

    `first_us` and `last_us` are of activity: without LoggedOut, TimedOut, and events dated in the future.
    `sessions` are those touched.
    """

    totals: Mapping[str, Fraction] = field(default_factory=dict)
    events: int = 0
    first_us: int | None = None
    last_us: int | None = None
    sessions: tuple[str, ...] = ()

    def total(self, metric: str) -> Fraction:
        return self.totals.get(metric, Fraction(0))

    @property
    def accuracy(self) -> float | None:
        """Correct of all questions, 0 to 1; None where there were none."""
        questions = self.total("totalQuestions")
        return float(self.total("correctQuestions") / questions) if questions > 0 else None

    def as_dict(self) -> Json:
        """Ready for JSON. Every number is always there."""
        return {
            "seconds": {category: as_number(self.total(category)) for category in CATEGORIES},
            "xpEarned": as_number(self.total("xpEarned")),
            "totalQuestions": as_number(self.total("totalQuestions")),
            "correctQuestions": as_number(self.total("correctQuestions")),
            "accuracy": self.accuracy,
            "masteredUnits": as_number(self.total("masteredUnits")),
            "attempts": as_number(self.total("attempts")),
            "events": self.events,
            "firstActivityTime": None if self.first_us is None else format_time(self.first_us),
            "lastActivityTime": None if self.last_us is None else format_time(self.last_us),
            "sessions": list(self.sessions),
        }


def fold_run(entries: Iterable[Entry], *, session_by_event: Mapping[str, str] | None = None) -> RunNumbers:
    """The numbers of all `entries`, in any order and with any copies.

    `session_by_event` (event id → session id, `sessions.session_by_event`) tells the sessions of events that
    name none.
    """
    facts = _events(entries)
    return _numbers(facts, _credits(facts), session_by_event or {})


def per_day(entries: Iterable[Entry], *, session_by_event: Mapping[str, str] | None = None) -> dict[str, RunNumbers]:
    """The same by UTC day (`20260127`) of `eventTime`. What counts once counts on the day of the event that
    counts; the days add up to `fold_run` of them all.
    """
    facts = _events(entries)
    facts_of: dict[str, list[Entry]] = defaultdict(list)
    credits_of: dict[str, list[Credit]] = defaultdict(list)
    for fact in facts:
        facts_of[day_of(fact.time_us)].append(fact)
    for credit in _credits(facts):
        credits_of[day_of(credit.entry.time_us)].append(credit)
    return {day: _numbers(own, credits_of[day], session_by_event or {}) for day, own in sorted(facts_of.items())}


def _events(entries: Iterable[Entry]) -> list[Entry]:
    return [entry for entry in one_content_per_id(entries) if entry.attribution.kind == "event"]


def _credits(facts: Sequence[Entry]) -> list[Credit]:
    return time_spent.spent(facts) + scores.earned(facts) + scores.attempts(facts)


def _numbers(facts: Sequence[Entry], counted: Iterable[Credit], sessions: Mapping[str, str]) -> RunNumbers:
    totals: dict[str, Fraction] = defaultdict(Fraction)
    for credit in counted:
        totals[credit.metric] += credit.amount
    activity = [fact.time_us for fact in facts if not fact.future and not is_close(fact)]
    touched = {sessions.get(fact.id) or fact.attribution.session for fact in facts}
    return RunNumbers(
        totals=dict(totals),
        events=len(facts),
        first_us=min(activity, default=None),
        last_us=max(activity, default=None),
        sessions=tuple(sorted(session for session in touched if session is not None)),
    )
