"""How far a learner is in each course: a fold over the ActivityEvents of that learner's timeline.

Read by `query`. The rules are those of the TimeBack SDK (its course progress), which computes the same before it
sends: mastered units are summed, each activity once, and set against the number of lessons of the course; a
percentage that the app states itself wins.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from functions.core.numbers.metrics import as_number, exact, items
from functions.core.numbers.runs import Json
from functions.core.timeline.entry import Entry, fields_of, id_of, one_content_per_id
from functions.core.times import format_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One learner in one course. `evidence` are the ids of the events that were counted, by time and id.

    `percent` is 0 to 100, None where nothing says it: no statement of the app, and a course without lessons on record.
    `stated` tells that it is the app's own.
    """

    course: str
    mastered_units: Fraction
    activities: int
    lessons: int | None
    percent: int | float | None
    stated: bool
    last_us: int
    evidence: tuple[str, ...]

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
        }


def fold(entries: Iterable[Entry], *, lessons: Mapping[str, int]) -> list[Progress]:
    """Progress in each course that an ActivityEvent names, by course. Independent of order and copies.

    `lessons` are the courses on record (course id → number of lessons). Of an activity that says several times how
    many units were mastered, the earliest counts, by time and id. Of several percentages stated the latest counts.
    """
    by_course: dict[str, list[Entry]] = {}
    for entry in one_content_per_id(entries):
        course = entry.attribution.course
        if entry.attribution.type == "ActivityEvent" and course is not None:
            by_course.setdefault(course, []).append(entry)
    return [_of_course(course, events, lessons.get(course)) for course, events in sorted(by_course.items())]


def percent_complete(mastered_units: float, lessons: int) -> int:
    """`clamp(round(units / lessons × 100))`, in the arithmetic of the Python SDK: half to even, on floats."""
    return min(max(round(mastered_units / lessons * 100), 0), 100)


def _of_course(course: str, events: list[Entry], lessons: int | None) -> Progress:
    counted: dict[str, tuple[Entry, Fraction]] = {}
    stated: int | float | None = None
    for entry in events:  # in order: the first of an activity stays, the last statement wins
        units = [value for name, value, _ in items(entry.event) if name == "masteredUnits"]
        if units:
            counted.setdefault(id_of(entry.event.get("object")) or entry.id, (entry, sum(units, Fraction(0))))
        said = exact(_extensions(entry).get("pctCompleteApp"))
        if said is not None:
            stated = as_number(min(max(said, Fraction(0)), Fraction(100)))
    total = sum((units for _, units in counted.values()), Fraction(0))
    percent = percent_complete(float(total), lessons) if lessons else None
    return Progress(
        course=course,
        mastered_units=total,
        activities=len(counted),
        lessons=lessons,
        percent=percent if stated is None else stated,
        stated=stated is not None,
        last_us=events[-1].time_us,
        evidence=tuple(entry.id for entry, _ in counted.values()),
    )


def _extensions(entry: Entry) -> Mapping[str, object]:
    return fields_of(fields_of(entry.event.get("generated")).get("extensions"))
