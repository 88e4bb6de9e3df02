"""What a learner earned: XP, questions and mastery, from ActivityEvents or from the grades of TimeBack's
reference.

Used by `totals`. The rules:

ActivityEvents add up: they never change, and a mistake is corrected by another one with a negative value.
A GradeEvent states one fact about its `object`; a later one (by `eventTime`, then id) replaces it, on the day of the
first. A grade that cannot be judged (`judged`) states nothing.
Where both report the same metric for one activity, the ActivityEvent counts: it is the account of a whole
run, with XP, questions and mastery that belong together, and TimeBack's own XP comes from it. One activity:
the same run; or the grade's object, or what that is an attempt at, is the ActivityEvent's object; for a
question also anything that it is part of.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from msgspec import Struct

from functions.core.caliper.terms import term
from functions.core.identity import identity
from functions.core.numbers.metrics import Credit, exact, items
from functions.core.numbers.time_spent import is_learners
from functions.core.timeline.attempt import attempts_of
from functions.core.timeline.counting import attempt_number
from functions.core.timeline.entry import Entry, fields_of

ACTIVITY_METRICS = ("xpEarned", "totalQuestions", "correctQuestions", "masteredUnits")
REPORTED_BY = {"XP": "xpEarned", "QUESTION_RESULT": "totalQuestions", "MASTERY": "masteredUnits"}
MASTERY_SHARE = Fraction(9, 10)  # TimeBack's mastery gate: 90 %
_AWARDS = frozenset({"XP", "MASTERY"})  # their Attempt (seed 000) is made for the award, not by the learner
LINKS_MAX = 32


class Grade(Struct, frozen=True):
    """A score that can be judged. `most` is None if the event leaves it to the default of its kind."""

    kind: str
    score_given: Fraction
    most: Fraction | None


def earned(facts: Sequence[Entry]) -> list[Credit]:
    """What each event adds to each metric. `facts`: what counts, in order."""
    credited: list[Credit] = []
    reported: dict[str, set[str]] = defaultdict(set)  # metric → the activities and runs that account for it
    for entry in facts:
        if entry.attribution.type == "ActivityEvent":
            for metric, amount, _ in items(entry.event):
                if metric in ACTIVITY_METRICS:
                    credited.append(Credit(entry, metric, amount, entry.time_us))
                    names = {identity(entry.event.get("object")), entry.attribution.run}
                    reported[metric] |= {name for name in names if name is not None}
    children = children_of(facts) if reported else {}
    accounted = {
        kind: _reached(reported[metric], children, LINKS_MAX if kind == "QUESTION_RESULT" else 1)
        for kind, metric in REPORTED_BY.items()
    }
    for (kind, key), (first, standing) in _standing_grades(facts).items():
        if key not in accounted[kind] and standing.attribution.run not in accounted[kind]:
            credited += _of_grade(standing, first.time_us)
    return credited


def attempts(facts: Sequence[Entry]) -> list[Credit]:
    """One for each Attempt, at the first event that tells of it; for ActivityEvents, one for each activity,
    run and attempt number (1 if none is given). The Attempt of an XP or mastery award is none.
    """
    seen: set[tuple[str | int | None, ...]] = set()
    credited: list[Credit] = []
    for entry in facts:
        keys: list[tuple[str | int | None, ...]] = []
        if entry.attribution.type == "ActivityEvent":
            activity = identity(entry.event.get("object")) or entry.content
            keys = [(activity, entry.attribution.run, attempt_number(entry.event))]
        elif score_type(entry.event) not in _AWARDS:
            keys = [(attempt.key,) for attempt in attempts_of(entry) if is_learners(attempt, entry)]
        for key in keys:
            if key not in seen:
                seen.add(key)
                credited.append(Credit(entry, "attempts", Fraction(1), entry.time_us))
    return credited


def score_type(event: Mapping[str, Any]) -> str:
    """XP, MASTERY or QUESTION_RESULT: on the Score (seed 000), or in its extensions as live clients send it."""
    score = fields_of(event.get("generated"))
    for value in (score.get("scoreType"), fields_of(score.get("extensions")).get("scoreType")):
        if isinstance(value, str):
            return term(value.strip()).upper()
    return ""


def judged(event: Mapping[str, Any]) -> Grade | None:
    """The grade that a GradeEvent states, or None if it cannot be judged.

    A `maxScore` that is not a number, or not above zero, leaves a question and a mastery not judged; only an absent or
    null one means the default. XP is not judged against a maximum.
    """
    kind, score = score_type(event), fields_of(event.get("generated"))
    score_given = exact(score.get("scoreGiven"))
    if kind not in REPORTED_BY or score_given is None:
        return None
    stated = score.get("maxScore")
    most = exact(stated)
    if kind != "XP" and stated is not None and (most is None or most <= 0):
        return None
    return Grade(kind, score_given, most)


def _standing_grades(facts: Sequence[Entry]) -> dict[tuple[str, str], tuple[Entry, Entry]]:
    """For each fact that is graded, the first and the last grade of it."""
    standing: dict[tuple[str, str], tuple[Entry, Entry]] = {}
    for entry in facts:  # in order, so the last one stands
        if entry.attribution.type != "GradeEvent":
            continue
        grade = judged(entry.event)
        if grade is not None:
            of = (grade.kind, graded(entry))
            standing[of] = (standing[of][0] if of in standing else entry, entry)
    return standing


def graded(entry: Entry) -> str:
    """What a grade is about: its object, else the Attempt that its score names, else nothing but itself."""
    named = identity(entry.event.get("object"))
    if named is None:
        named = next((attempt.identity for attempt in attempts_of(entry) if attempt.identity is not None), None)
    return named or entry.content


def _of_grade(entry: Entry, time_us: int) -> Iterator[Credit]:
    grade = judged(entry.event)
    assert grade is not None, "only grades that can be judged stand"
    if grade.kind == "XP":
        yield Credit(entry, "xpEarned", grade.score_given, time_us)
    elif grade.kind == "QUESTION_RESULT":
        yield Credit(entry, "totalQuestions", Fraction(1), time_us)
        if grade.score_given >= (1 if grade.most is None else grade.most) and grade.score_given > 0:
            yield Credit(entry, "correctQuestions", Fraction(1), time_us)
    elif grade.score_given > 0 and grade.score_given >= (grade.most or 0) * MASTERY_SHARE:
        yield Credit(entry, "masteredUnits", Fraction(1), time_us)


def children_of(facts: Iterable[Entry]) -> dict[str, set[str]]:
    """Entity id → what is an attempt at it or a part of it, as any of these events tells it."""
    children: dict[str, set[str]] = defaultdict(set)
    for entry in facts:
        target = entry.event.get("object")
        attempts = attempts_of(entry)
        for node in (target, entry.event.get("generated"), *(attempt.node for attempt in attempts)):
            _link(node, children)
        for attempt in attempts:
            if attempt.identity and attempt.activity:
                children[attempt.activity].add(attempt.identity)
            parent = identity(target)
            if attempt.identity and parent and attempt.identity != parent:
                children[parent].add(attempt.identity)
    return children


def _link(node: object, children: dict[str, set[str]]) -> None:
    for _ in range(LINKS_MAX):
        fields = fields_of(node)
        child = identity(fields)
        above = fields.get("assignable") or fields.get("isPartOf")
        parent = identity(above)
        if child and parent:
            children[parent].add(child)
        if not isinstance(above, Mapping):
            return
        node = above


def _reached(names: Iterable[str], children: Mapping[str, set[str]], links: int) -> set[str | None]:
    """`names` and all that lies at most that many links below any of them: each link is followed once."""
    reached: set[str | None] = set(names)
    edge = set(names)
    for _ in range(links):
        edge = {child for name in edge for child in children.get(name, ())} - reached
        if not edge:
            break
        reached |= edge
    return reached
