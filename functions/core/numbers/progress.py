"""How far a learner is in each course: a fold over the ActivityEvents of that learner's timeline.

Read by `query`. Mastered units are summed over all submissions, negative corrections included (TimeBack: the server
sums them), and set against the number of lessons of the course. Of that percentage and one that the app states itself,
the later by `eventTime` is told.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction

from msgspec import Struct

from functions.core.identity import identity
from functions.core.ids import canonical_id
from functions.core.numbers.metrics import as_number, exact, items
from functions.core.numbers.totals import Json
from functions.core.timeline.counting import counted
from functions.core.timeline.entry import Entry, fields_of
from functions.core.times import format_time


class Progress(Struct, frozen=True, kw_only=True):
    """One learner in one course. `evidence` are the ids of the events that were counted, by time and id.

    `percent` is 0 to 100, None where nothing says it: no statement of the app, and a course without lessons on record.
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
    by_course: dict[str, list[Entry]] = {}
    for entry in chosen.facts:
        course = entry.attribution.course if entry.attribution.type == "ActivityEvent" else None
        if course is not None:
            by_course.setdefault(course, []).append(entry)
    return [
        _of_course(course, events, lessons.get(course), chosen.conflicts)
        for course, events in sorted(by_course.items())
    ]


def percent_complete(mastered_units: float, lessons: int) -> int:
    """`clamp(round(units / lessons × 100))`, in the arithmetic of the Python SDK: half to even, on floats."""
    return min(max(round(mastered_units / lessons * 100), 0), 100)


def stated_percent(entry: Entry) -> Fraction | None:
    """The percentage that an app states, as it was sent."""
    extensions = fields_of(fields_of(entry.event.get("generated")).get("extensions"))
    return exact(extensions.get("pctCompleteApp"))


def _of_course(course: str, events: list[Entry], lessons: int | None, conflicts: frozenset[str]) -> Progress:
    total, computed_us = Fraction(0), None
    activities: set[str] = set()
    evidence: list[str] = []
    stated: tuple[int, Fraction] | None = None
    for entry in events:  # in order: the last statement wins
        units = [value for name, value, _ in items(entry.event) if name == "masteredUnits"]
        if units:
            total += sum(units, Fraction(0))
            computed_us = entry.time_us
            activities.add(identity(entry.event.get("object")) or entry.content)
            evidence.append(entry.id)
        said = stated_percent(entry)
        if said is not None:
            stated = (entry.time_us, min(max(said, Fraction(0)), Fraction(100)))
    total = max(total, Fraction(0))
    percent: int | float | None = percent_complete(float(total), lessons) if lessons else None
    states = stated is not None and (percent is None or computed_us is None or stated[0] >= computed_us)
    if stated is not None and states:
        percent = as_number(stated[1])
    return Progress(
        course=course,
        mastered_units=total,
        activities=len(activities),
        lessons=lessons,
        percent=percent,
        stated=states,
        last_us=events[-1].time_us,
        evidence=tuple(evidence),
        conflicts=len({canonical_id(entry.id) for entry in events} & conflicts),
    )
