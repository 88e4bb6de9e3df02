"""What a session tells about lessons: several begun and left (topic shopping), one completed without its assessment."""

from collections.abc import Iterator, Mapping, Sequence

from functions.core.caliper.terms import term, text
from functions.core.identity import identity
from functions.core.insights.insight import Insight, Subject, Thresholds, of_session
from functions.core.timeline.entry import Entry, fields_of

_LESSON = "curriculum/lesson"
_ASSESSMENT_EVENTS = frozenset({"AssessmentEvent", "AssessmentItemEvent"})
_ASSESSMENTS = frozenset({"Assessment", "AssessmentItem"})
_COURSES = frozenset({"CourseOffering", "CourseSection"})
_LINKS_MAX = 32  # of an isPartOf chain


class Curriculum:
    """What the events of a session say about their activities: which kind each is, and what it is part of."""

    def __init__(self, facts: Sequence[Entry]) -> None:
        self.kinds: dict[str, str] = {}
        self.parents: dict[str, str] = {}
        self.assessments = False
        for fact in facts:
            self._describe(fact.event.get("object"))
        begun = {_activity(fact) for fact in facts if _is_lesson_event(fact, "Started")}
        self._holders: set[str] = set()  # what something that was begun is part of
        for activity in begun:
            above = self.parents.get(activity) if activity is not None else None
            while above is not None and above not in self._holders:
                self._holders.add(above)
                above = self.parents.get(above)

    def is_lesson(self, activity: str) -> bool:
        """Whether it is a lesson as far as is known: no course, no unit, nothing that holds what else was begun."""
        return self.kinds.get(activity, _LESSON) == _LESSON and activity not in self._holders

    def completes_lesson(self, activity: str) -> bool:
        """Whether what was completed is said to be a lesson, or not said to be anything else."""
        return self.kinds.get(activity, _LESSON) == _LESSON

    def _describe(self, node: object) -> None:
        for _ in range(_LINKS_MAX):
            fields = fields_of(node)
            child, parent = identity(fields), identity(fields.get("isPartOf"))
            kind_of = term(text(fields, "type"))
            self.assessments = self.assessments or kind_of in _ASSESSMENTS
            if child is None:
                return
            if isinstance(fields.get("mediaType"), str):
                self.kinds[child] = fields["mediaType"]
            elif kind_of in _COURSES | _ASSESSMENTS:
                self.kinds.setdefault(child, kind_of)
            if parent is not None:
                self.parents[child] = parent
            node = fields.get("isPartOf")


def shopping(session: Subject, facts: Sequence[Entry], limits: Thresholds) -> Iterator[Insight]:
    """Lessons begun one after another since the last completion, none of them ever completed in the session."""
    curriculum = Curriculum(facts)
    completed = {_activity(fact) for fact in facts if _completes(fact)}
    begun: dict[str, Entry] = {}
    for fact in facts:
        if _completes(fact):
            yield from _dense(session, list(begun.values()), limits)
            begun = {}
            continue
        lesson = _begins(fact)
        if lesson is not None and lesson not in completed and curriculum.is_lesson(lesson):
            begun.setdefault(lesson, fact)
    yield from _dense(session, list(begun.values()), limits)


def skipped(session: Subject, facts: Sequence[Entry], end_us: int) -> Iterator[Insight]:
    """Lessons that were completed and whose assessment was not begun, if the session's events name an assessment."""
    curriculum = Curriculum(facts)
    events = [fact for fact in facts if fact.attribution.type in _ASSESSMENT_EVENTS]
    if not (events or curriculum.assessments):
        return
    taken: set[str] = set()  # each link is followed once
    for fact in events:
        above = _activity(fact)
        if above is None or above not in curriculum.parents:
            return  # an assessment of an unknown lesson: no lesson can be said to lack its own
        taken |= _chain(above, curriculum.parents, taken)
    reported: set[str] = set()
    for fact in facts:
        lesson = _activity(fact)
        if not _is_lesson_event(fact, "Completed") or lesson is None or lesson in taken or lesson in reported:
            continue
        if curriculum.completes_lesson(lesson):
            reported.add(lesson)
            reason = "A lesson was completed, and its assessment was not begun in the session."
            yield of_session("skip-assessment", session, reason, fact.time_us, max(fact.time_us, end_us), [fact])


def _dense(session: Subject, starts: list[Entry], limits: Thresholds) -> Iterator[Insight]:
    first: int | None = None
    last = 0
    size = limits.shopping_lessons
    for begin in range(len(starts) - size + 1):
        end = begin + size - 1
        if starts[end].time_us - starts[begin].time_us <= limits.shopping_us:
            if first is not None and begin > last:
                yield _shopped(session, starts[first : last + 1])
                first = None
            first = begin if first is None else first
            last = end
    if first is not None:
        yield _shopped(session, starts[first : last + 1])


def _shopped(session: Subject, starts: list[Entry]) -> Insight:
    reason = f"{len(starts)} lessons were begun one after another, and none was completed."
    return of_session("topic-shopping", session, reason, starts[0].time_us, starts[-1].time_us, starts)


def _activity(fact: Entry) -> str | None:
    return identity(fact.event.get("object"))


def _is_lesson_event(fact: Entry, action: str) -> bool:
    return fact.attribution.type == "AssignableEvent" and fact.attribution.action == action


def _begins(fact: Entry) -> str | None:
    """The activity that is worked on from here: an AssignableEvent Started, or time spent on it."""
    if _is_lesson_event(fact, "Started") or fact.attribution.type == "TimeSpentEvent":
        return _activity(fact)
    return None


def _completes(fact: Entry) -> bool:
    return _is_lesson_event(fact, "Completed") or fact.attribution.type == "ActivityEvent"


def _chain(start: str, parents: Mapping[str, str], known: set[str]) -> set[str]:
    """`start` and all that it is part of, up to what is known already."""
    chain: set[str] = set()
    above: str | None = start
    while above is not None and above not in chain and above not in known:
        chain.add(above)
        above = parents.get(above)
    return chain
