"""What a session tells about how its learner works: idling, topic shopping, skipped assessments.

Only for sessions opened with `processInsights: true` (seed 000); `timeout` computes them when a session closes and
again when something arrives late, `query` reads them. TimeBack publishes no thresholds; ours are settings.
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from functions.core.insights.insight import KINDS, SECOND_US, VERSION, Insight, Subject, Thresholds, of_session
from functions.core.numbers.metrics import items
from functions.core.numbers.time_spent import LONGEST_US
from functions.core.sessions.facts import is_close
from functions.core.timeline.entry import Entry, fields_of, id_of, time_in
from functions.core.times import FIRST_US, MINUTE_US

__all__ = ["KINDS", "VERSION", "Insight", "Thresholds", "fold"]


def fold(session: Subject, *, thresholds: Thresholds | None = None) -> list[Insight]:
    """The insights of one session, by start, kind and id; none unless it was opened with `processInsights`.

    Nobody says which lessons have an assessment: each is taken to have one.
    """
    if not session.process_insights:
        return []
    limits = thresholds or Thresholds()
    facts = [fact for fact in session.entries if _within(session, fact)]
    found = [
        *_gaps(session, facts, limits),
        *_inactive(session, facts, limits),
        *_shopping(session, facts, limits),
        *_skipped(session, facts),
    ]
    return sorted(found, key=lambda insight: (insight.started_us, insight.kind, insight.id))


def _within(session: Subject, fact: Entry) -> bool:
    """What came after the end is another sitting; what is of the future tells nothing."""
    end_us = session.last_activity_us if session.ended_us is None else session.ended_us
    return not fact.future and fact.time_us <= max(end_us, session.last_activity_us)


def _gaps(session: Subject, facts: list[Entry], limits: Thresholds) -> Iterator[Insight]:
    moments = [fact for fact in facts if not is_close(fact) or session.ended_by == "LoggedOut"]
    active = [window for fact in facts for window in _active_windows(fact)]
    for before, after in pairwise(moments):
        gap_us = after.time_us - before.time_us
        if gap_us < limits.idle_gap_us:
            continue
        busy_us = sum(max(0, min(after.time_us, end) - max(before.time_us, start)) for start, end in active)
        if gap_us - busy_us >= limits.idle_gap_us:
            minutes = gap_us // MINUTE_US
            reason = f"Nothing happened for {minutes} minutes."
            yield of_session("idling", session, reason, before.time_us, after.time_us, [before, after])


def _inactive(session: Subject, facts: list[Entry], limits: Thresholds) -> Iterator[Insight]:
    total, starts, evidence = Fraction(0), [], []
    for fact in facts:
        inactive = _items(fact, "inactive")
        seconds = sum((value for value, _, _ in inactive), Fraction(0))
        if seconds > 0:
            total += seconds
            evidence.append(fact)
            starts.append(min([start for _, start, _ in inactive], default=fact.time_us))
    if evidence and total >= limits.inactive_seconds:
        reason = f"The app reported {int(total)} seconds as inactive."
        yield of_session("idling", session, reason, min(starts), evidence[-1].time_us, evidence)


def _shopping(session: Subject, facts: list[Entry], limits: Thresholds) -> Iterator[Insight]:
    """Lessons begun one after another since the last completion, none of them ever completed in the session."""
    completed = {id_of(fact.event.get("object")) for fact in facts if _completes(fact)}
    begun: dict[str, Entry] = {}
    for fact in facts:
        if _completes(fact):
            yield from _dense(session, list(begun.values()), limits)
            begun = {}
            continue
        lesson = _begins(fact)
        if lesson is not None and lesson not in completed:
            begun.setdefault(lesson, fact)
    yield from _dense(session, list(begun.values()), limits)


def _dense(session: Subject, starts: list[Entry], limits: Thresholds) -> Iterator[Insight]:
    first: int | None = None
    last = 0
    size = limits.shopping_lessons
    for at in range(len(starts) - size + 1):
        end = at + size - 1
        if starts[end].time_us - starts[at].time_us <= limits.shopping_us:
            if first is not None and at > last:
                yield _shopped(session, starts[first : last + 1])
                first = None
            first = at if first is None else first
            last = end
    if first is not None:
        yield _shopped(session, starts[first : last + 1])


def _shopped(session: Subject, starts: list[Entry]) -> Insight:
    reason = f"{len(starts)} lessons were begun one after another, and none was completed."
    return of_session("topic-shopping", session, reason, starts[0].time_us, starts[-1].time_us, starts)


def _skipped(session: Subject, facts: list[Entry]) -> Iterator[Insight]:
    kinds: dict[str, str] = {}
    parents: dict[str, str] = {}
    for fact in facts:
        _describe(fact.event.get("object"), kinds, parents)
    taken: set[str] = set()
    for fact in facts:
        if fact.attribution.type in {"AssessmentEvent", "AssessmentItemEvent"}:
            above = _chain(id_of(fact.event.get("object")), parents)
            if len(above) < 2:
                return  # an assessment of who knows which lesson: no lesson can be said to lack its own
            taken |= above
    told: set[str] = set()
    for fact in facts:
        lesson = id_of(fact.event.get("object"))
        if not _is_lesson_event(fact, "Completed") or lesson is None or lesson in taken | told:
            continue
        if kinds.get(lesson, "curriculum/lesson") == "curriculum/lesson":
            told.add(lesson)
            reason = "A lesson was completed, and its assessment was not begun in the session."
            end_us = session.last_activity_us if session.ended_us is None else session.ended_us
            yield of_session("skip-assessment", session, reason, fact.time_us, max(fact.time_us, end_us), [fact])


def _items(fact: Entry, category: str) -> list[tuple[Fraction, int, int]]:
    """Seconds, start and end of each time item of a category; without a window, the seconds before the event.

    What says more than a day is no account of time and tells nothing.
    """
    if fact.attribution.type != "TimeSpentEvent":
        return []
    found = []
    for name, value, item in items(fact.event):
        if name == category and 0 < value * SECOND_US <= LONGEST_US:
            start_us = time_in(item, "startDate", "start_date")
            end_us = time_in(item, "endDate", "end_date")
            if start_us is None or end_us is None or end_us <= start_us:
                start_us, end_us = max(fact.time_us - int(value * SECOND_US), FIRST_US), fact.time_us
            found.append((value, start_us, end_us))
    return found


def _active_windows(fact: Entry) -> list[tuple[int, int]]:
    return [(start_us, end_us) for _, start_us, end_us in _items(fact, "active")]


def _is_lesson_event(fact: Entry, action: str) -> bool:
    return fact.attribution.type == "AssignableEvent" and fact.attribution.action == action


def _begins(fact: Entry) -> str | None:
    """The lesson that is worked on from here: an AssignableEvent Started, or time spent on an activity."""
    if _is_lesson_event(fact, "Started") or fact.attribution.type == "TimeSpentEvent":
        return id_of(fact.event.get("object"))
    return None


def _completes(fact: Entry) -> bool:
    return _is_lesson_event(fact, "Completed") or fact.attribution.type == "ActivityEvent"


def _describe(node: object, kinds: dict[str, str], parents: dict[str, str]) -> None:
    for _ in range(32):
        fields = fields_of(node)
        child, parent = id_of(fields), id_of(fields.get("isPartOf"))
        if child is None:
            return
        if isinstance(fields.get("mediaType"), str):
            kinds[child] = fields["mediaType"]
        if parent is not None:
            parents[child] = parent
        node = fields.get("isPartOf")


def _chain(start: str | None, parents: dict[str, str]) -> set[str]:
    found: set[str] = set()
    while start is not None and start not in found:
        found.add(start)
        start = parents.get(start)
    return found
