"""The numbers of a run, of a session, or of a learner's day: a fold over events, never a counter.

Used by `query` for what is open, by `timeout` to freeze a session's numbers at its close, by a rebuild for
all of it. What counts is chosen in `core.timeline.counting`; how much, in `time_spent` and `scores`. `process` on an
activity changes nothing here: it speaks to another system.

A fold knows only what it is given. Time is resolved over all that a learner did, grades over all grades of a question:
so a part of a learner's facts (a run, a session) is folded with what lies `beside` it, and `per_day` is given the whole
timeline and its days are picked.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, tzinfo
from fractions import Fraction

from functions.core.ids import canonical_id
from functions.core.numbers import scores, time_spent, totals
from functions.core.numbers.metrics import Credit
from functions.core.numbers.totals import Json, Place, RunNumbers, added_up
from functions.core.timeline.counting import Counted, counted
from functions.core.timeline.entry import Entry, IdAndContent
from functions.core.times import day_in

__all__ = ["Json", "RunNumbers", "credits_of", "fold_run", "per_day", "quarter_totals"]


def credits_of(facts: Sequence[Entry]) -> list[Credit]:
    """All that the facts which count (`counted(…).facts`) add to all numbers, each with its time."""
    return time_spent.spent(facts) + scores.earned(facts) + scores.attempts(facts)


def fold_run(
    entries: Iterable[Entry],
    *,
    beside: Iterable[Entry] = (),
    session_by_event: Mapping[IdAndContent, str] | None = None,
) -> RunNumbers:
    """The numbers of all `entries`, in any order and with any copies.

    `beside` is what else is known of the learner: time that it reports, too, is resolved with that of `entries`, and
    an exact copy counts on one side only. It may hold `entries` themselves.
    `session_by_event` (`Entry.id_and_content` → session id) tells the sessions of events that name none.
    """
    entries = list(entries)
    whole = counted([*entries, *beside])
    own = {entry.id_and_content for entry in entries}
    facts = [fact for fact in whole.facts if fact.id_and_content in own]
    credited = [credit for credit in credits_of(whole.facts) if credit.entry.id_and_content in own]
    return _numbers(facts, added_up(credited), session_by_event or {}, conflicts=_conflicts(entries, whole))


def per_day(
    entries: Iterable[Entry],
    *,
    beside: Iterable[Entry] = (),
    zone: tzinfo = UTC,
    session_by_event: Mapping[IdAndContent, str] | None = None,
) -> dict[str, RunNumbers]:
    """The same by calendar day (`20260127`) of a time zone; the days add up to `fold_run` of them all. A day of which
    only conflicts are left is there, too, and says so.

    Time counts on the days on which it was spent, a regrade on the day of the first grade, all else on the day of
    its `eventTime`.
    """
    entries = list(entries)
    whole = counted([*entries, *beside])
    own = {entry.id_and_content for entry in entries}
    facts_of: dict[str, list[Entry]] = defaultdict(list)
    sent: dict[str, list[Entry]] = defaultdict(list)
    credits_of_day: dict[str, list[Credit]] = defaultdict(list)
    for fact in whole.facts:
        if fact.id_and_content in own:
            facts_of[day_in(fact.time_us, zone)].append(fact)
    for entry in entries:
        sent[day_in(entry.time_us, zone)].append(entry)
    for credit in credits_of(whole.facts):
        if credit.entry.id_and_content in own:
            credits_of_day[day_in(credit.time_us, zone)].append(credit)
    in_conflict = {day for day, of_day in sent.items() if _conflicts(of_day, whole)}
    return {
        day: _numbers(
            facts_of.get(day, ()),
            added_up(credits_of_day.get(day, ())),
            session_by_event or {},
            conflicts=_conflicts(sent.get(day, ()), whole),
            part=True,
        )
        for day in sorted(facts_of.keys() | credits_of_day.keys() | in_conflict)
    }


def quarter_totals(entries: Iterable[Entry]) -> dict[Place, dict[str, Fraction]]:
    """The numbers of a learner by quarter hour of UTC, course, app, subject and run."""
    return totals.by_quarter(credits_of(counted(entries).facts))


def _conflicts(entries: Iterable[Entry], whole: Counted) -> int:
    return len({canonical_id(entry.id) for entry in entries if entry.id} & whole.conflicts)


def _numbers(
    facts: Sequence[Entry],
    totals: Mapping[str, Fraction],
    sessions: Mapping[IdAndContent, str],
    *,
    conflicts: int,
    part: bool = False,
) -> RunNumbers:
    activity = [fact.time_us for fact in facts if not fact.future and not fact.attribution.ends_session]
    touched = {sessions.get(fact.id_and_content) or fact.attribution.session for fact in facts}
    return RunNumbers(
        totals=totals,
        events=len(facts),
        first_us=min(activity, default=None),
        last_us=max(activity, default=None),
        sessions=tuple(sorted(session for session in touched if session is not None)),
        conflicts=conflicts,
        part=part,
    )
