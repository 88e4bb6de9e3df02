"""Stored totals say what one fold of everything says, whenever the sweep ran and whatever came late."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.core.ids import id_digest
from functions.core.numbers.progress import fold, progress_of
from functions.core.numbers.runs import fold_run, per_day
from functions.core.timeline.entry import Entry, IdAndContent
from functions.core.times import DAY_US, FIRST_US, LAST_US
from functions.core.totals.tallies import by_day, by_run, numbers_of
from functions.http import page
from functions.query.sessions import progress
from functions.query.sessions import totals as totals_asked_for
from functions.query.timeback import platform
from functions.store import keys
from functions.store.archive import messages_of
from functions.store.facts.reading import Reading
from functions.store.slices import Slice, between
from functions.store.totals.reading import LearnerTotals, learner_totals
from functions.timeout import totals as totals_of_timelines
from tests.examples import examples
from tests.fakes import Calls, Crash
from tests.payloads import APP, Json
from tests.unit.query.world import QUERY, STUDENT, World, in_turn

pytestmark = pytest.mark.slow

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


def stored_totals(world: World, **span: Any) -> LearnerTotals:
    def none(of: Slice) -> Mapping[IdAndContent, str]:
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
    totals = stored_totals(world)
    for zone in zones:
        expected = {day: without_sessions(tally.as_dict()) for day, tally in per_day(entries, zone=zone).items()}
        days = by_day(totals.tallies, zone)
        assert {day: without_sessions(numbers_of(own, part=True).as_dict()) for day, own in days.items()} == expected
    runs = by_run(totals.tallies)
    for run in RUNS:
        own = [entry for entry in entries if entry.attribution.run == run]
        numbers = numbers_of(runs.get(run, {}).values())
        assert without_sessions(numbers.as_dict()) == without_sessions(fold_run(own, beside=entries).as_dict())
    evidence: dict[str, list[tuple[int, str]]] = {}
    for place, tally in totals.tallies.items():
        evidence.setdefault(str(place.course), []).extend(tally.evidence)
    standing = [
        progress_of(
            course,
            standing.totals,
            12,
            activities=standing.activities,
            evidence=[identifier for _, identifier in sorted(evidence.get(course, []))],
        )
        for course, standing in sorted(totals.standing.items())
    ]
    assert standing == fold(entries, lessons={"COURSE-0": 12, "COURSE-1": 12})


def check_pages(world: World) -> None:
    """Every page of the runs, in any window and order, is cut from the list that the totals of all days give."""
    own = by_run(stored_totals(world).tallies)
    first = sorted(
        (min(place.quarter_us for place in tallies) // DAY_US, id_digest(run)) for run, tallies in own.items()
    )
    runs = {id_digest(run): run for run in own}
    whole = world.get("/runs", actor=STUDENT)["runs"]
    assert [run["id"] for run in whole] == [runs[digest] for _, digest in first]
    for run in whole:
        assert without_sessions(run) == {
            "id": run["id"], "actor": STUDENT, "app": APP,
            **without_sessions(numbers_of(own[run["id"]].values()).as_dict()), "days": run["days"],
        }  # fmt: skip
    for from_, to in (("2026-03-02", "2026-03-20"), ("2026-03-03", "2026-03-04"), ("2026-03-04", "2026-03-20")):
        window = [run for run in whole if any(from_ <= day["day"] < to for day in run["days"])]
        for order, expected in (("asc", window), ("desc", window[::-1])):
            listed = world.all("/runs", "runs", actor=STUDENT, limit=1, order=order, from_=from_, to=to)
            assert listed == expected


def settle(world: World, minute: int = ALL_SENT) -> None:
    for hour in range(1, 4):
        world.set_clock(minute + HOUR * hour)
        world.sweep()
        world.drain()
    assert not [row for row in world.table.items.values() if keys.DUE_PK in row]


def lived(sent: list[Sent], sweeps: list[int], check_at: list[int] | None = None) -> World:
    world = World()
    arrivals = [(sent_event.minute + sent_event.delay, sent_event) for sent_event in sent]
    for number, minute, sent_event in in_turn(arrivals, sweeps):
        world.set_clock(minute)
        if sent_event is None:
            world.sweep()
            world.drain()
            world.walk()  # two contents under one id that lie far apart are strangers until the walk of the ids
            check(world, (UTC,))
        else:
            world.send(sent_event.event(world, number))
    return world


@settings(max_examples=examples(100), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(SENT, min_size=1, max_size=9), st.lists(st.integers(0, 4 * 48).map(lambda n: 30 * n), max_size=6))
def test_totals_equal_the_folds_however_late_an_event_was_and_whenever_the_sweep_ran(
    sent: list[Sent], sweeps: list[int]
) -> None:
    world = lived(sent, sweeps)
    world.walk()
    check(world)
    check_pages(world)
    settle(world)
    check(world)
    check_pages(world)
    assert stored_totals(world) == stored_totals(world)


@settings(
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(st.lists(SENT, min_size=2, max_size=9), st.lists(st.integers(0, 4 * 48).map(lambda n: 30 * n), max_size=4))
def test_slices_with_more_links_than_the_sweep_follows_are_folded_by_answers(
    monkeypatch: pytest.MonkeyPatch, sent: list[Sent], sweeps: list[int]
) -> None:
    monkeypatch.setattr(totals_of_timelines, "LINKED_FACTS", 1)
    world = lived(sent, sweeps)
    settle(world)
    check(world)


REGRADED = [Sent("grade", 0, value=1), Sent("grade", 2 * DAY, value=2), Sent("view", 2 * DAY + 1)]


def day_rows(world: World) -> dict[str, int]:
    """How often the row of each day was written."""
    return {sk: int(str(row["version"])) for (_, sk), row in world.table.items.items() if sk.startswith(keys.TOTALS)}


def test_the_end_of_a_sitting_writes_one_row_and_an_event_none() -> None:
    world = World()
    for minute in range(60):
        world.set_clock(minute)
        world.send(Sent("windowless", minute).event(world, minute))
        world.sweep()
        assert day_rows(world) == {}
    settle(world, 60)
    assert day_rows(world) == {"Q#20260302": 1}
    world.set_clock(300)
    world.send(Sent("view", 300).event(world, 61))
    settle(world, 301)
    assert day_rows(world) == {"Q#20260302": 2}


def test_a_late_event_writes_the_rows_that_it_changes_and_no_others() -> None:
    world = lived([Sent("view", day * DAY) for day in range(4)], [DAY, 2 * DAY, 3 * DAY])
    settle(world)
    before = day_rows(world)
    world.send(Sent("windowless", DAY + 5).event(world, 99))
    settle(world, ALL_SENT + 300)
    changed = {day for day, version in day_rows(world).items() if version != before[day]}
    assert changed == {"Q#20260303"}
    check(world)


def test_a_regrade_writes_the_day_of_the_first_grade() -> None:
    world = lived(REGRADED[:1], [])
    settle(world, 60)
    (day,) = by_day(stored_totals(world).tallies)
    assert numbers_of(by_day(stored_totals(world).tallies)[day]).total("correctQuestions") == 1
    for number, sent in enumerate(REGRADED[1:]):
        world.set_clock(sent.minute)
        world.send(sent.event(world, 10 + number))
    settle(world)
    assert numbers_of(by_day(stored_totals(world).tallies)[day]).total("correctQuestions") == 0
    assert set(day_rows(world)) == {"Q#20260302", "Q#20260304"}
    check(world)


@pytest.mark.slow
def test_answers_are_right_wherever_a_sweep_crashes() -> None:
    for call in range(1, 200):
        calls = Calls()
        world = World(calls)
        for number, sent in enumerate(REGRADED):
            world.set_clock(sent.minute)
            world.send(sent.event(world, number))
            if number == 0:
                settle(world, 60)
        world.set_clock(3 * DAY)
        calls.fail_before = calls.total + call
        try:
            world.sweep()
        except Crash:
            pass
        else:
            break
        finally:
            calls.fail_before = None
        check(world, (UTC,))
        settle(world)
        check(world, (UTC,))
    assert call > 15


def test_totals_that_an_older_version_never_stored_are_folded_and_then_stored() -> None:
    world = lived(REGRADED, [60, DAY])
    settle(world)
    for key, row in list(world.table.items.items()):
        if key[1].startswith(keys.TOTALS):
            del world.table.items[key]
        elif key[1] == keys.TIMER:
            del row["totals"]
            world.table.items[key] = row
    check(world)
    world.send(Sent("view", 3 * DAY).event(world, 50))
    settle(world, ALL_SENT + 300)
    check(world)
    assert set(day_rows(world)) == {"Q#20260302", "Q#20260304", "Q#20260305"}


def test_a_table_that_is_made_anew_has_the_same_totals() -> None:
    world = lived(
        [*REGRADED, Sent("submission", 30, value=3), Sent("attempt", 40), Sent("attempt", 50, value=2)], [DAY]
    )
    settle(world)
    anew = World()
    anew.set_clock(ALL_SENT)
    for _, lines in sorted(world.archive.objects.items(), reverse=True):
        anew.store(*messages_of(lines))
    settle(anew)
    assert stored_totals(anew) == stored_totals(world)
    assert set(day_rows(anew)) == set(day_rows(world))


def test_days_are_those_of_the_time_zone_asked_for() -> None:
    world = World()
    night = 15 * HOUR + 30  # 0:30 UTC, 19:30 in New York
    world.set_clock(night)
    world.send(*(Sent("windowless", night + minute, run=1, value=15).event(world, minute) for minute in range(3)))
    for settled in (False, True):
        if settled:
            settle(world, night + 5)
        new_york = {"timezone": "America/New_York"}
        assert [row["day"] for row in world.get("/progress", actor=STUDENT)["days"]] == ["2026-03-03"]
        assert [row["day"] for row in world.get("/progress", actor=STUDENT, **new_york)["days"]] == ["2026-03-02"]
        (run,) = world.get("/runs", actor=STUDENT, **new_york)["runs"]
        assert [(row["day"], row["seconds"]["active"]) for row in run["days"]] == [("2026-03-02", 45)]
        assert world.get("/runs", id=RUNS[0], **new_york)["runs"] == [run]
        overview = f"/insights/1.0/users/{STUDENT}/overview"
        assert [row["day"] for row in world.get(overview, **new_york)["days"]] == ["2026-03-02"]
        progress = world.get("/progress", actor=STUDENT, from_="2026-03-02", to="2026-03-03", **new_york)
        assert [row["events"] for row in progress["days"]] == [3]
        assert world.get("/progress", actor=STUDENT, from_="2026-03-02", to="2026-03-03")["days"] == []


@pytest.mark.parametrize("zone", ["Atlantis/Capital", "New York", "../etc/passwd", "EST5EDT,M3", "america/new_york/x"])
def test_a_time_zone_that_is_not_known_is_refused_with_what_to_send(zone: str) -> None:
    world = World()
    for path in ("/progress", "/runs"):
        answer = world.ask(path, actor=STUDENT, timezone=zone)
        assert answer["statusCode"] == 400
        assert "`timezone` is no known time zone: send an IANA name" in answer["json"]["message"]


def test_more_than_an_answer_may_fold_or_hold_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    world = lived([Sent("view", 10 * number) for number in range(6)], [])
    overview = f"/insights/1.0/users/{STUDENT}/overview"
    monkeypatch.setattr(totals_asked_for, "FACTS", 5)
    for path, parameters in (("/progress", {"actor": STUDENT}), ("/runs", {"actor": STUDENT}), (overview, {})):
        assert world.refused(path, **parameters) == (422, "too-many-events")
    settle(world, 60)
    assert world.get("/progress", actor=STUDENT)["days"][0]["events"] == 6
    monkeypatch.setattr(platform, "OVERVIEW_BYTES", 100)
    assert world.refused(overview) == (422, "too-many-days")


def test_progress_over_its_bytes_is_continued(monkeypatch: pytest.MonkeyPatch) -> None:
    world = lived([Sent("submission", day * DAY, value=2) for day in range(3)], [])
    settle(world)
    whole = world.get("/progress", actor=STUDENT)
    monkeypatch.setattr(progress, "page_for", lambda _, rows: page.PageBuilder(rows=rows, bytes_left=1000))
    assert world.get("/progress", actor=STUDENT)["cursor"] is not None
    assert world.all("/progress", "days", actor=STUDENT) == whole["days"]


def test_a_part_told_of_between_a_submission_and_a_grade_ties_them_though_each_is_in_a_slice_of_its_own() -> None:
    def sent_event(what: str, minute: int) -> Sent:
        return Sent(what=what, minute=minute, about=0, run=0, value=0, identifier=None, delay=0, auto=False)

    world = lived([sent_event("submission", 0), sent_event("part", 40), sent_event("grade", 80)], [])
    check(world)
    settle(world)
    check(world)
