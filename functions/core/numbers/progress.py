"""How far a learner is in each course: a fold over the ActivityEvents of that learner's timeline.

Read by `query`. Mastered units are summed over all submissions, negative corrections included (TimeBack: the server
sums them), and set against the number of lessons of the course. Of that percentage and one that the app states itself,
the later by `eventTime` is told. What parts of a timeline say of a course can be added (`CourseTotals`), so that a
standing is not folded from all of life.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from fractions import Fraction

from msgspec import Struct

from functions.core.identity import identity
from functions.core.ids import canonical_id, id_digest
from functions.core.numbers.metrics import as_number, exact, items
from functions.core.numbers.totals import Json
from functions.core.timeline.counting import counted
from functions.core.timeline.entry import Entry, fields_of
from functions.core.times import format_time

ACTIVITY_CHARS = 8  # of a digest: 48 bits tell the activities of one course apart


class CourseTotals(Struct, frozen=True, kw_only=True):
    """What some facts say of one course. `units` as they add up; `activities` with units, by the start of a digest.

    `computed_us`: when units came last. `stated`: when the app last stated a percentage, and which.
    """

    units: Fraction = Fraction(0)
    activities: frozenset[str] = frozenset()
    computed_us: int | None = None
    stated: tuple[int, Fraction] | None = None
    last_us: int = 0
    conflicts: int = 0

    def plus(self, later: "CourseTotals") -> "CourseTotals":
        """With what facts say that came after; they may overlap in no fact."""
        return CourseTotals(
            units=self.units + later.units,
            activities=self.activities | later.activities,
            computed_us=_later(self.computed_us, later.computed_us),
            stated=max((dated for dated in (later.stated, self.stated) if dated is not None), key=_time, default=None),
            last_us=max(self.last_us, later.last_us),
            conflicts=self.conflicts + later.conflicts,
        )


class Progress(Struct, frozen=True, kw_only=True):
    """One learner in one course. `evidence` are the ids of the events that were counted, by time and id.

    `percent` is 0 to 100, None if nothing says it: no statement of the app, and a course without lessons on record.
    `stated` tells that it is the app's own. `conflicts`: how many ids of the course's events were sent with other
    content too.
    """

    course: str
    mastered_units: Fraction
    activities: int
    lessons: int | None
    percent: int | float | None
    stated: bool
    last_us: int
    evidence: tuple[str, ...]
    conflicts: int = 0

    def as_dict(self) -> Json:
        """Ready for JSON."""
        return {
            "course": self.course,
            "masteredUnits": as_number(self.mastered_units),
            "activities": self.activities,
            "totalLessons": self.lessons,
            "pctCompleteApp": self.percent,
            "stated": self.stated,
            "lastActivityTime": format_time(self.last_us),
            "evidence": list(self.evidence),
            "conflicts": self.conflicts,
        }


def fold(entries: Iterable[Entry], *, lessons: Mapping[str, int]) -> list[Progress]:
    """Progress in each course that an ActivityEvent names, by course. Independent of order and copies.

    `lessons` are the courses on record (course id → number of lessons).
    """
    chosen = counted(entries)
    evidence: dict[str, list[str]] = {}
    for entry in chosen.facts:
        if is_evidence(entry):
            evidence.setdefault(str(entry.attribution.course), []).append(entry.id)
    return [
        progress_of(course, totals, lessons.get(course), evidence=evidence.get(course, ()))
        for course, totals in sorted(course_totals(chosen.facts, chosen.conflicts).items())
    ]


def course_totals(facts: Iterable[Entry], conflicts: Collection[str]) -> dict[str, CourseTotals]:
    """What the facts that count say of each course that an ActivityEvent names; `facts` in order."""
    by_course: dict[str, list[Entry]] = {}
    for entry in facts:
        course = entry.attribution.course if entry.attribution.type == "ActivityEvent" else None
        if course is not None:
            by_course.setdefault(course, []).append(entry)
    return {course: _of_course(events, conflicts) for course, events in by_course.items()}


def is_evidence(entry: Entry) -> bool:
    """Whether a fact that counts adds mastered units to a course."""
    if entry.attribution.type != "ActivityEvent" or entry.attribution.course is None:
        return False
    return any(name == "masteredUnits" for name, _, _ in items(entry.event))


def progress_of(
    course: str, totals: CourseTotals, lessons: int | None, *, evidence: Sequence[str], activities: int | None = None
) -> Progress:
    """The standing in one course; `activities` if they were counted before."""
    units = max(totals.units, Fraction(0))
    percent: int | float | None = percent_complete(float(units), lessons) if lessons else None
    stated, computed_us = totals.stated, totals.computed_us
    states = stated is not None and (percent is None or computed_us is None or stated[0] >= computed_us)
    if stated is not None and states:
        percent = as_number(stated[1])
    return Progress(
        course=course,
        mastered_units=units,
        activities=len(totals.activities) if activities is None else activities,
        lessons=lessons,
        percent=percent,
        stated=states,
        last_us=totals.last_us,
        evidence=tuple(evidence),
        conflicts=totals.conflicts,
    )


def percent_complete(mastered_units: float, lessons: int) -> int:
    """`clamp(round(units / lessons × 100))`, in the arithmetic of the Python SDK: half to even, on floats."""
    return min(max(round(mastered_units / lessons * 100), 0), 100)


def stated_percent(entry: Entry) -> Fraction | None:
    """The percentage that an app states, as it was sent."""
    extensions = fields_of(fields_of(entry.event.get("generated")).get("extensions"))
    return exact(extensions.get("pctCompleteApp"))


def _of_course(events: Sequence[Entry], conflicts: Collection[str]) -> CourseTotals:
    total, computed_us = Fraction(0), None
    activities: set[str] = set()
    stated: tuple[int, Fraction] | None = None
    for entry in events:  # in order: the last statement wins
        units = [value for name, value, _ in items(entry.event) if name == "masteredUnits"]
        if units:
            total += sum(units, Fraction(0))
            computed_us = entry.time_us
            activities.add(id_digest(identity(entry.event.get("object")) or entry.content)[:ACTIVITY_CHARS])
        said = stated_percent(entry)
        if said is not None:
            stated = (entry.time_us, min(max(said, Fraction(0)), Fraction(100)))
    return CourseTotals(
        units=total,
        activities=frozenset(activities),
        computed_us=computed_us,
        stated=stated,
        last_us=events[-1].time_us,
        conflicts=len({canonical_id(entry.id) for entry in events} & set(conflicts)),
    )


def _later(one_us: int | None, other_us: int | None) -> int | None:
    return max((us for us in (one_us, other_us) if us is not None), default=None)


def _time(stated: tuple[int, Fraction]) -> int:
    return stated[0]
