"""What must come of a simulated school day, as plain data: nothing here is computed by the product."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

type Json = dict[str, Any]
type Totals = dict[str, Fraction]  # by metric
type Finding = tuple[str, frozenset[str]]  # kind of an insight, and the ids of the events that it rests on


def clock(ms: int) -> str:
    """A time as events carry it, of milliseconds since 1970 (UTC)."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _zeros() -> Totals:
    return defaultdict(Fraction)


@dataclass(slots=True, kw_only=True)
class Sitting:
    """One session, once all is quiet. `id` is None if the service names it.

    `earlier_ends_ms` are the ends of its sittings before the last one. `insights` are those of what came in time;
    `late_insights` replace them if late events change them.
    """

    what: str
    id: str | None
    edapp: str
    started_ms: int = 0
    ended_ms: int = 0
    ended_by: str = "TimedOut"
    earlier_ends_ms: list[int] = field(default_factory=list)
    process_insights: bool = False
    insights: set[Finding] = field(default_factory=set)
    late_insights: set[Finding] | None = None
    events: set[str] = field(default_factory=set)
    totals: Totals = field(default_factory=_zeros)

    @property
    def timed_out_ms(self) -> list[int]:
        """When its sittings ended by inactivity."""
        return [*self.earlier_ends_ms, *([self.ended_ms] if self.ended_by == "TimedOut" else [])]

    @property
    def kind(self) -> str:
        return "auto" if self.id is None else "explicit"


@dataclass(slots=True, kw_only=True)
class Run:
    """What a run adds up to over all its sittings."""

    events: set[str] = field(default_factory=set)
    totals: Totals = field(default_factory=_zeros)


@dataclass(slots=True, kw_only=True)
class Course:
    """Mastered units over all submissions, and the app's own percentage where the last submission states one."""

    mastered_units: int = 0
    stated: int | None = None
    stated_last: bool = False

    def add(self, units: int, stated: int | None) -> None:
        """One submission more, later than those before."""
        self.mastered_units += units
        self.stated_last = stated is not None
        self.stated = self.stated if stated is None else stated

    def states(self, lessons: int | None) -> bool:
        """Whether the app's percentage is told: the later of it and the computed one, if any can be computed."""
        return self.stated is not None and (self.stated_last or not lessons)

    def percent(self, lessons: int | None) -> int | None:
        if self.states(lessons):
            return self.stated
        return min(round(self.mastered_units / lessons * 100), 100) if lessons else None


@dataclass(slots=True, kw_only=True)
class Pupil:
    """One learner as one app knows them: what is sent, in time and late, and what must be told of it."""

    app: str  # "timeback", "lms" or "reader"
    id: str
    events: dict[str, Json] = field(default_factory=dict)
    late: set[str] = field(default_factory=set)  # ids of the events that are sent after every session was closed
    twice: dict[str, Json] = field(default_factory=dict)  # another content under the id of an event
    refused: list[Json] = field(default_factory=list)
    sittings: list[Sitting] = field(default_factory=list)
    courses: dict[str, Course] = field(default_factory=lambda: defaultdict(Course))
    credits: list[tuple[str, str, Fraction]] = field(default_factory=list)  # event id, metric, amount
    sitting_of: dict[str, Sitting] = field(default_factory=dict)
    run_of: dict[str, str] = field(default_factory=dict)

    runs: dict[str, Run] = field(default_factory=dict)
    days: dict[str, Totals] = field(default_factory=dict)

    def known(self, *, late: bool) -> dict[str, Json]:
        """The events that were sent by then, by id."""
        return {name: event for name, event in self.events.items() if late or name not in self.late}

    def add_up(self, *, late: bool) -> None:
        """Fill in members and totals of sittings, runs and days: of what came in time, or of all."""
        self.runs = defaultdict(Run)
        self.days = defaultdict(_zeros)
        for sitting in self.sittings:
            sitting.events, sitting.totals = set(), _zeros()
        known = self.known(late=late)
        for name in known:
            self.days[self._day(name)]["events"] += 1
            if name in self.sitting_of:
                self.sitting_of[name].events.add(name)
            if name in self.run_of:
                self.runs[self.run_of[name]].events.add(name)
        for name, metric, amount in self.credits:
            if name in known:
                self.days[self._day(name)][metric] += amount
                if name in self.sitting_of:
                    self.sitting_of[name].totals[metric] += amount
                if name in self.run_of:
                    self.runs[self.run_of[name]].totals[metric] += amount

    def _day(self, name: str) -> str:
        return str(self.events[name]["eventTime"])[:10].replace("-", "")
