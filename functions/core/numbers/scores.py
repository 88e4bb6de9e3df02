"""What a learner earned: XP, questions and mastery, from ActivityEvents or from the grades of TimeBack's
reference.

Used by `runs`. The rules:

ActivityEvents add up: they never change, and a mistake is corrected by another one with a negative value.
A GradeEvent states one fact about its `object.id`; a later one (by `eventTime`, then id) replaces it.
Where both report the same metric for one activity, the ActivityEvent counts: it is the account of a whole
run, with XP, questions and mastery that belong together, and TimeBack's own XP comes from it. One activity:
the same run; or the grade's object, or what that is an attempt at, is the ActivityEvent's object; for a
question also anything that it is part of.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from functions.core.numbers.metrics import Credit, exact, items
from functions.core.numbers.time_spent import attempts_in
from functions.core.timeline.entry import Entry, fields_of, id_of

ACTIVITY_METRICS = ("xpEarned", "totalQuestions", "correctQuestions", "masteredUnits")
REPORTED_BY = {"XP": "xpEarned", "QUESTION_RESULT": "totalQuestions", "MASTERY": "masteredUnits"}
MASTERY_SHARE = Fraction(9, 10)  # TimeBack's mastery gate: 90 %
_LINKS_MAX = 32


def earned(entries: Sequence[Entry]) -> list[Credit]:
    """What each event adds to each metric. `entries`: one content per id, in order."""
    found: list[Credit] = []
    reported: dict[str, set[str]] = defaultdict(set)  # metric → the activities and runs that account for it
    for entry in entries:
        if entry.attribution.type == "ActivityEvent":
            for metric, amount, _ in items(entry.event):
                if metric in ACTIVITY_METRICS:
                    found.append(Credit(entry, metric, amount))
                    names = {id_of(entry.event.get("object")), entry.attribution.run}
                    reported[metric] |= {name for name in names if name is not None}
    parents = _parents(entries)
    for (kind, key), entry in _standing_grades(entries).items():
        reach = _LINKS_MAX if kind == "QUESTION_RESULT" else 1
        about = _ancestors(key, parents, reach) | {entry.attribution.run}
        if not about & reported[REPORTED_BY[kind]]:
            found += _of_grade(entry, kind)
    return found


def attempts(entries: Sequence[Entry]) -> list[Credit]:
    """One for each Attempt, at the first event that tells of it; for ActivityEvents, one for each activity,
    run and attempt number (1 where none is given).
    """
    seen: set[tuple[str | int | None, ...]] = set()
    found: list[Credit] = []
    for entry in entries:
        event = entry.event
        keys: list[tuple[str | int | None, ...]] = []
        if entry.attribution.type == "ActivityEvent":
            number = fields_of(event.get("generated")).get("attempt")
            attempt = number if isinstance(number, int) else 1
            keys = [(id_of(event.get("object")), entry.attribution.run, attempt)]
        elif entry.attribution.type != "GradeEvent":
            keys = [(id_of(attempt) or entry.id,) for attempt in attempts_in(event)]
        for key in keys:
            if key not in seen:
                seen.add(key)
                found.append(Credit(entry, "attempts", Fraction(1)))
    return found


def score_type(event: Mapping[str, Any]) -> str:
    """XP, MASTERY or QUESTION_RESULT: on the Score (seed 000), or in its extensions as live clients send it."""
    score = fields_of(event.get("generated"))
    for value in (score.get("scoreType"), fields_of(score.get("extensions")).get("scoreType")):
        if isinstance(value, str):
            return value.upper()
    return ""


def _standing_grades(entries: Sequence[Entry]) -> dict[tuple[str, str], Entry]:
    standing: dict[tuple[str, str], Entry] = {}
    for entry in entries:  # in order, so the last one stands
        kind = score_type(entry.event)
        if entry.attribution.type == "GradeEvent" and kind in REPORTED_BY:
            attempt = id_of(entry.event.get("object")) or next(map(id_of, attempts_in(entry.event)), None)
            standing[kind, attempt or entry.id] = entry
    return standing


def _of_grade(entry: Entry, kind: str) -> Iterator[Credit]:
    score = fields_of(entry.event.get("generated"))
    given, most = exact(score.get("scoreGiven")), exact(score.get("maxScore"))
    if given is None:
        return
    if kind == "XP":
        yield Credit(entry, "xpEarned", given)
    elif kind == "QUESTION_RESULT":
        yield Credit(entry, "totalQuestions", Fraction(1))
        if given >= (1 if most is None else most) and given > 0:
            yield Credit(entry, "correctQuestions", Fraction(1))
    elif given > 0 and given >= (most or 0) * MASTERY_SHARE:
        yield Credit(entry, "masteredUnits", Fraction(1))


def _parents(entries: Sequence[Entry]) -> dict[str, set[str]]:
    """Entity id → what it is an attempt at or a part of, as any of these events tells it."""
    parents: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        target = entry.event.get("object")
        for node in (target, entry.event.get("generated"), *attempts_in(entry.event)):
            _link(node, parents)
        for attempt in attempts_in(entry.event):
            child, parent = id_of(attempt), id_of(target)
            if child and parent and child != parent:
                parents[child].add(parent)
    return parents


def _link(node: object, parents: dict[str, set[str]]) -> None:
    for _ in range(_LINKS_MAX):
        fields = fields_of(node)
        child = id_of(fields)
        above = fields.get("assignable") or fields.get("isPartOf")
        parent = id_of(above)
        if child and parent:
            parents[child].add(parent)
        if not isinstance(above, Mapping):
            return
        node = above


def _ancestors(key: str, parents: Mapping[str, set[str]], reach: int) -> set[str | None]:
    found: set[str | None] = {key}
    edge = {key}
    for _ in range(reach):
        edge = {parent for child in edge for parent in parents.get(child, ())} - found
        if not edge:
            break
        found |= edge
    return found
