"""What a slice of a timeline says about other slices: the links by which numbers reach across a silence.

Used where totals are stored and read. Most slices stand alone: what their facts add to the numbers depends on nothing
else. A regrade, an Attempt that goes on tomorrow, an id that was sent again with other content, or a report of time
about yesterday ties two slices together, and they must be folded as one. A slice *offers* a mark for each such thing
that it tells of. Two slices are linked where one offers the counterpart of what the other offers, or where both report
time of the same instant.

A mark is a hash of 36 bits and a role of four. Two things with one hash cost a fold of two slices that was not needed,
never a wrong number.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from functions.core.identity import identity, is_anonymous
from functions.core.ids import canonical_id
from functions.core.numbers.densest import merged
from functions.core.numbers.metrics import items
from functions.core.numbers.scores import LINKS_MAX, REPORTED_BY, children_of, graded, judged
from functions.core.numbers.time_spent import Told, intervals, is_learners, time_items, window_of
from functions.core.timeline.attempt import attempts_of
from functions.core.timeline.counting import attempt_number, counted
from functions.core.timeline.entry import Entry
from functions.core.times import QUARTER_US, day_of

type Span = tuple[int, int]

ID, ATTEMPT, REPORT_IN_RUN, INTERVAL_IN_RUN = range(4)
REPORT_OF_NO_RUN, REPORT_OF_A_RUN, INTERVAL_OF_NO_RUN, INTERVAL_OF_RUNS = range(4, 8)
ACCOUNT, GRADE_IN_ACCOUNT, PART_OF, GRADE_IN_PART, GRADE, SUBMISSION = range(8, 14)
_COUNTERPARTS: Mapping[int, tuple[int, ...]] = {
    ID: (ID,),
    ATTEMPT: (ATTEMPT, GRADE_IN_PART),
    REPORT_IN_RUN: (INTERVAL_IN_RUN,),
    INTERVAL_IN_RUN: (REPORT_IN_RUN,),
    REPORT_OF_NO_RUN: (INTERVAL_OF_NO_RUN, INTERVAL_OF_RUNS),
    REPORT_OF_A_RUN: (INTERVAL_OF_NO_RUN,),
    INTERVAL_OF_NO_RUN: (REPORT_OF_NO_RUN, REPORT_OF_A_RUN),
    INTERVAL_OF_RUNS: (REPORT_OF_NO_RUN,),
    ACCOUNT: (GRADE_IN_ACCOUNT,),
    GRADE_IN_ACCOUNT: (ACCOUNT,),
    PART_OF: (GRADE_IN_PART,),
    GRADE_IN_PART: (PART_OF, ATTEMPT),
    GRADE: (GRADE,),
    SUBMISSION: (SUBMISSION,),
}
MARK_BYTES = 5
_ROLE_BITS = 4
_ROLE = (1 << _ROLE_BITS) - 1


class Links(NamedTuple):
    """`offers`: marks. `reach`: the times of which it reports how long was worked, apart and in order."""

    offers: frozenset[int]
    reach: tuple[Span, ...]

    def plus(self, other: "Links") -> "Links":
        """With the links of another reading of the same slice."""
        return Links(self.offers | other.offers, _bridged((*self.reach, *other.reach)))

    def counterparts(self) -> frozenset[int]:
        """The marks of others by which they are linked to it."""
        return frozenset(mark & ~_ROLE | role for mark in self.offers for role in _COUNTERPARTS[mark & _ROLE])


class Surroundings(NamedTuple):
    """What slices that are folded together tell as one: Attempts with their times, and what each thing is part of."""

    intervals: Mapping[str, Told]
    parents: Mapping[str, Collection[str]]


def surroundings(entries: Iterable[Entry]) -> Surroundings:
    """Those of all `entries`."""
    facts = counted(entries).facts
    parents: dict[str, set[str]] = defaultdict(set)
    for parent, children in children_of(facts).items():
        for child in children:
            parents[child].add(parent)
    return Surroundings(intervals(facts), parents)


def links_of(entries: Sequence[Entry], known: Surroundings, *, ids: Iterable[str] = ()) -> Links:
    """The links of one slice, which is among what is `known`. `ids`: of events that are in it and not yet stored."""
    marks = {_mark(ID, canonical_id(identifier)) for identifier in ids}
    spans: list[Span] = []
    identities: set[str] = set()
    for entry in entries:
        if entry.attribution.kind != "event":
            continue
        if entry.id and not is_anonymous(entry.id):
            marks.add(_mark(ID, canonical_id(entry.id)))
        if entry.system or entry.attribution.masqueraded:
            continue
        marks.update(_of_attempts(entry, identities))
        if entry.attribution.type == "TimeSpentEvent":
            marks.update(_of_report(entry, spans))
        elif entry.attribution.type == "ActivityEvent":
            marks.update(_of_submission(entry))
        elif entry.attribution.type == "GradeEvent":
            marks.update(_of_grade(entry, known.parents))
    for key in identities & known.intervals.keys():
        interval = known.intervals[key]
        spans.append((interval.start_us, interval.end_us))
        marks.update(_of_interval(interval))
    for children in children_of(entry for entry in entries if entry.attribution.kind == "event").values():
        marks.update(_mark(PART_OF, child) for child in children - identities)  # an Attempt is part of what it is at
    return Links(frozenset(marks), _bridged(spans))


def overlap(reach: Sequence[Span], other: Sequence[Span]) -> bool:
    """Whether two lists of spans, each apart and in order, have an instant in common."""
    position = 0
    for start_us, end_us in reach:
        while position < len(other) and other[position][1] < start_us:
            position += 1
        if position < len(other) and other[position][0] <= end_us:
            return True
    return False


def _bridged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Spans that are less than a quarter hour apart as one: they are short to store, and hardly reach further."""
    return tuple((start_us, end_us - QUARTER_US) for start_us, end_us in merged((a, z + QUARTER_US) for a, z in spans))


def _mark(role: int, *names: str) -> int:
    digest = hashlib.blake2b("\x1f".join(names).encode("utf-8", "surrogatepass"), digest_size=MARK_BYTES).digest()
    return int.from_bytes(digest) & ~_ROLE | role


def _of_attempts(entry: Entry, identities: set[str]) -> Iterator[int]:
    for attempt in attempts_of(entry):
        if is_learners(attempt, entry):
            identities.add(attempt.key)
            if attempt.identity is not None:
                yield _mark(ATTEMPT, attempt.identity)


def _of_interval(interval: Told) -> Iterator[int]:
    role = INTERVAL_OF_RUNS if interval.runs else INTERVAL_OF_NO_RUN
    for activity in interval.activities:
        for run in interval.runs:
            yield _mark(INTERVAL_IN_RUN, activity, run)
        for day in {day_of(interval.start_us), day_of(interval.end_us)}:
            yield _mark(role, activity, day)


def _of_report(entry: Entry, spans: list[Span]) -> Iterator[int]:
    plain = False
    for _, seconds, item in time_items(entry.event):
        window = window_of(item, seconds)
        if window is None:
            plain = True
            continue
        start_us = min(window.start_us, window.end_us - window.value_us)
        spans.append((start_us, window.end_us))
    activity, run = identity(entry.event.get("object")), entry.attribution.run
    if not plain or activity is None:
        return
    if run is not None:
        yield _mark(REPORT_IN_RUN, activity, run)
    yield _mark(REPORT_OF_NO_RUN if run is None else REPORT_OF_A_RUN, activity, day_of(entry.time_us))


def _of_submission(entry: Entry) -> Iterator[int]:
    activity, run = identity(entry.event.get("object")), entry.attribution.run
    metrics = {metric for metric, _, _ in items(entry.event)}.intersection(REPORTED_BY.values())
    for metric in metrics:
        for name in {activity, run} - {None}:
            yield _mark(ACCOUNT, metric, str(name))
    if activity is not None:
        yield _mark(SUBMISSION, activity, run or "", str(attempt_number(entry.event)))


def _of_grade(entry: Entry, parents: Mapping[str, Collection[str]]) -> Iterator[int]:
    grade = judged(entry.event)
    if grade is None:
        return
    about, run = graded(entry), entry.attribution.run
    if about != entry.content:
        yield _mark(GRADE, grade.kind, about)
    edge = {name for name in (about, run) if name is not None}
    reached = set(edge)
    for _ in range(LINKS_MAX if grade.kind == "QUESTION_RESULT" else 1):
        for name in edge:
            yield _mark(GRADE_IN_PART, name)
        edge = {parent for name in edge for parent in parents.get(name, ())} - reached
        if not edge:
            break
        reached |= edge
    for name in reached:
        yield _mark(GRADE_IN_ACCOUNT, REPORTED_BY[grade.kind], name)
