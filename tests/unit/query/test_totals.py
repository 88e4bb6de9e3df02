"""Stored totals say what one fold of everything says, whenever the sweep ran and whatever came late."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.core.numbers.progress import fold, progress_of
from functions.core.numbers.runs import fold_run, per_day
from functions.core.timeline.entry import Entry
from functions.core.times import FIRST_US, LAST_US
from functions.core.totals.tallies import by_day, by_run, numbers_of
from functions.store import keys
from functions.store.facts.reading import Reading
from functions.store.slices import Slice, between
from functions.store.totals.reading import LearnerTotals, learner_totals
from tests.payloads import APP, Json
from tests.unit.query.world import QUERY, STUDENT, World

PK = keys.learner_pk(keys.tenant_of(APP), STUDENT)
HOUR, DAY = 60, 1440
ALL_SENT = 6 * DAY
LESSON = "https://app.example.org/lessons/"
ITEM = "https://app.example.org/items/"
RUNS = [f"urn:uuid:00000000-0000-4000-8000-0000000000c{number}" for number in range(2)]
AGENT = {"id": "https://app.example.org/agent", "type": "SoftwareApplication"}


@dataclass(frozen=True)
class Sent:
    """One event in minutes, small enough to shrink. `delay`: how much later it arrives."""

    what: str
    minute: int
    about: int = 0
    run: int = 0  # 0: it names none
    value: int = 1
    identifier: int | None = None
    delay: int = 0
    auto: bool = True

    def event(self, world: World, number: int) -> Json:
        identifier = number if self.identifier is None else 900 + self.identifier
        lesson = {"id": f"{LESSON}{self.about}", "type": "DigitalResource"}
        event: Json = {
            "@context": "http://purl.imsglobal.org/ctx/caliper/v1p2",
            "id": f"urn:uuid:e0e00000-0000-4000-8000-{identifier:012d}",
            "type": "NavigationEvent",
            "action": "NavigatedTo",
            "actor": {"id": STUDENT, "type": "Person"},
            "object": lesson,
            "eventTime": world.time(self.minute),
            "edApp": APP,
            "extensions": {"courseId": f"COURSE-{self.about}"},
        }
        if self.auto:
            event["session"] = "urn:tag:auto-attach"
        if self.run:
            event["extensions"]["runId"] = RUNS[self.run - 1]
        changed: Json = getattr(self, f"_{self.what}")(world, event)
        return event | changed

    def _view(self, world: World, event: Json) -> Json:
        del world, event
        return {}

    def _windowless(self, world: World, event: Json) -> Json:
        return {"type": "TimeSpentEvent", "action": "SpentTime", "generated": self._items(active=self.value)}

    def _window(self, world: World, event: Json) -> Json:
        start, end = world.time(self.minute - 5 * self.value), world.time(self.minute)
        item = {"type": "active", "value": 100 * self.value, "startDate": start, "endDate": end}
        return {"type": "TimeSpentEvent", "action": "SpentTime", "generated": {"items": [item]}}

    def _attempt(self, world: World, event: Json) -> Json:
        """Value 0: begun; 1: named; else submitted."""
        attempt: Json = {"id": f"urn:attempt:{self.about}", "type": "Attempt", "assignable": event["object"]}
        if self.value == 0:
            attempt["startedAtTime"] = world.time(self.minute)
        elif self.value > 1:
            attempt["endedAtTime"] = world.time(self.minute)
        return {"type": "AssessmentEvent", "action": "Submitted", "generated": attempt}

    def _submission(self, world: World, event: Json) -> Json:
        items = self._items(xpEarned=self.value, masteredUnits=self.value - 1, totalQuestions=4, correctQuestions=3)
        extensions = {"pctCompleteApp": 10 * self.value} if self.value > 2 else {}
        return {"type": "ActivityEvent", "action": "Completed", "generated": {**items, "extensions": extensions}}

    def _grade(self, world: World, event: Json) -> Json:
        item = {"id": f"{ITEM}{self.about}", "type": "AssessmentItem"}
        if self.value > 1:
            item["isPartOf"] = event["object"]
        score = {"type": "Score", "scoreType": "QUESTION_RESULT", "scoreGiven": self.value % 2, "maxScore": 1}
        return {"type": "GradeEvent", "action": "Graded", "object": item, "generated": score}

    def _part(self, world: World, event: Json) -> Json:
        return {"object": {"id": f"{ITEM}{self.about}", "type": "AssessmentItem", "isPartOf": event["object"]}}

    @staticmethod
    def _items(**metrics: int) -> Json:
        return {"items": [{"type": name, "value": value} for name, value in metrics.items()]}


SENT = st.builds(
    Sent,
    what=st.sampled_from(["view", "windowless", "window", "attempt", "submission", "grade", "part"]),
    minute=st.one_of(st.integers(0, 48).map(lambda n: 5 * n), st.integers(0, 250).map(lambda n: 15 * n)),
    about=st.integers(0, 1),
    run=st.sampled_from([0, 0, 1, 2]),
    value=st.integers(0, 4),
    identifier=st.one_of(st.none(), st.none(), st.none(), st.integers(0, 2)),
    delay=st.sampled_from([0, 0, 0, 10, 90, DAY, 3 * DAY]),
    auto=st.booleans(),
)


def facts(world: World) -> list[Entry]:
    return [fact.entry for fact in between(world.table, PK, FIRST_US, LAST_US, Reading(slice_gap_us=0))]


def told(world: World, **span: Any) -> LearnerTotals:
    def none(of: Slice) -> Mapping[str, str]:
        del of
        return {}

    reading = Reading(slice_gap_us=QUERY.timeouts.slice_gap_us)
    return learner_totals(world.table, PK, reading, sessions_of=none, facts_at_most=1000, **span)


def without_sessions(numbers: Mapping[str, Any]) -> Json:
    """Which inferred session an event was in is held by the tests of sessions."""
    return {name: value for name, value in numbers.items() if name != "sessions"}


def check(
    world: World, zones: tuple[tzinfo, ...] = (UTC, ZoneInfo("America/New_York"), ZoneInfo("Asia/Kathmandu"))
) -> None:
    entries = facts(world)
    found = told(world)
    for zone in zones:
        expected = {day: without_sessions(one.as_dict()) for day, one in per_day(entries, zone=zone).items()}
        days = by_day(found.tallies, zone)
        assert {day: without_sessions(numbers_of(own, part=True).as_dict()) for day, own in days.items()} == expected
    runs = by_run(found.tallies)
    for run in RUNS:
        own = [entry for entry in entries if entry.attribution.run == run]
        numbers = numbers_of(runs.get(run, {}).values())
        assert without_sessions(numbers.as_dict()) == without_sessions(fold_run(own, beside=entries).as_dict())
    evidence: dict[str, list[tuple[int, str]]] = {}
    for place, tally in found.tallies.items():
        evidence.setdefault(str(place.course), []).extend(tally.evidence)
    standing = [
        progress_of(
            course,
            one.totals,
            12,
            activities=one.activities,
            evidence=[identifier for _, identifier in sorted(evidence.get(course, []))],
        )
        for course, one in sorted(found.standing.items())
    ]
    assert standing == fold(entries, lessons={"COURSE-0": 12, "COURSE-1": 12})


def settle(world: World, minute: int = ALL_SENT) -> None:
    for hour in range(1, 4):
        world.at(minute + HOUR * hour)
        world.sweep()
        world.drain()
    assert not [row for row in world.table.items.values() if keys.DUE_PK in row]


def lived(sent: list[Sent], sweeps: list[int], check_at: list[int] | None = None) -> World:
    world = World()
    arrivals: list[tuple[int, Sent | None]] = [(one.minute + one.delay, one) for one in sent]
    arrivals += [(minute, None) for minute in sweeps]
    for number, (minute, one) in enumerate(sorted(arrivals, key=lambda arrival: arrival[0])):
        world.at(minute)
        if one is None:
            world.sweep()
            world.drain()
            check(world, (UTC,))
        else:
            world.send(one.event(world, number))
    return world


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(SENT, min_size=1, max_size=9), st.lists(st.integers(0, 4 * 48).map(lambda n: 30 * n), max_size=6))
def test_totals_equal_the_folds_however_late_an_event_was_and_whenever_the_sweep_ran(
    sent: list[Sent], sweeps: list[int]
) -> None:
    world = lived(sent, sweeps)
    check(world)
    settle(world)
    check(world)
    assert told(world) == told(world)
