"""The learners of a course: their numbers are those of `/progress`, and reads are bounded."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.core.ids import id_digest
from functions.core.times import MINUTE_US
from functions.query.people import courses
from functions.store import keys
from functions.store.days import months_between
from functions.store.people.aliases import add_alias
from functions.store.people.roster import Enrolment, RosterCourse, RosterUser, put_roster
from functions.store.registry import Registry
from functions.store.rows.courses import Course
from tests.examples import examples
from tests.payloads import APP
from tests.unit.query.test_aliases import NAMED, OTHER, TENANT, Named, lived
from tests.unit.query.test_totals import ALL_SENT, DAY, Sent, settle
from tests.unit.query.world import NINE_US, STUDENT, World, app_of

SPAN = {"from_": "2026-02-20", "to": "2026-03-15"}
NUMBERS = ("seconds", "xpEarned", "totalQuestions", "correctQuestions", "accuracy", "masteredUnits")
LEARNERS = 2_000
ZONES = st.sampled_from(["UTC", "America/New_York"])


def learners(world: World, course: str = "COURSE-0", **parameters: Any) -> dict[str, Any]:
    """The rows of a course by learner, read page by page."""
    rows = world.all("/courses", "learners", id=course, limit=parameters.pop("limit", 1), **{**SPAN, **parameters})
    assert len({row["actor"] for row in rows}) == len(rows)
    return {row["actor"]: row for row in rows}


def submitted(minute: int, *, is_others: bool = False, about: int = 0) -> Named:
    return Named(Sent("submission", minute, about=about, value=3), is_others)


def enrol(world: World, *learners: str, role: Any = "student", names: dict[str, str] | None = None) -> None:
    put_roster(
        world.table,
        TENANT,
        users=[RosterUser(learner=learner, name=name) for learner, name in (names or {}).items()],
        courses=[RosterCourse(course="COURSE-0", title="Fractions")],
        enrolments=[Enrolment(learner=learner, course="COURSE-0", role=role) for learner in learners],
        imported_us=1,
    )


@pytest.mark.slow
@settings(max_examples=examples(25), deadline=None, suppress_health_check=list(HealthCheck))
@given(NAMED, st.lists(st.integers(0, ALL_SENT), max_size=2), ZONES, st.booleans())
def test_a_course_tells_what_the_totals_of_its_learners_tell(
    named: list[Named], sweeps: list[int], zone: str, aliased: bool
) -> None:
    world = lived(named, sweeps)
    settle(world)
    if aliased:
        add_alias(world.table, TENANT, person=STUDENT, alias=OTHER)
    for number in range(2):
        course = f"COURSE-{number}"
        listed = learners(world, course, timezone=zone)
        for learner in (STUDENT, OTHER):
            progress = world.get("/progress", actor=learner, course=course)["progress"]
            row = listed.get(STUDENT if aliased else learner)
            if progress:
                assert row is not None
                (whole,) = progress
                assert {name: whole[name] for name in row["progress"]} == row["progress"]
        if aliased or {event.sent.about for event in named} != {number}:
            continue  # of several courses `/progress` tells the days together
        for learner in (STUDENT, OTHER):
            days = world.get("/progress", actor=learner, timezone=zone, **SPAN)["days"]
            row = listed.get(learner, {"xpEarned": 0, "seconds": {"active": 0}})
            assert row["xpEarned"] == sum(day["xpEarned"] for day in days)
            assert row["seconds"]["active"] == sum(day["seconds"]["active"] for day in days)


def test_minutes_xp_progress_and_last_seen_are_those_of_the_learner() -> None:
    spent = Named(Sent("windowless", 10, value=90, auto=False), is_others=False)
    world = lived([submitted(0), spent, submitted(5, about=1)], [])
    settle(world)
    Registry(world.table).put_course(app_of(APP), Course(id="COURSE-0", lessons=4))
    row = learners(world)[STUDENT]
    assert (row["minutes"], row["xpEarned"], row["masteredUnits"]) == (1.5, 3, 2)
    assert row["progress"] == {
        "masteredUnits": 2,
        "activities": 1,
        "totalLessons": 4,
        "pctCompleteApp": 30,
        "stated": True,
    }
    assert row["lastActivityTime"] == world.time(10)


def test_days_are_those_of_the_time_asked_for_and_progress_is_of_all() -> None:
    world = lived([submitted(0), submitted(2 * DAY)], [])
    settle(world)
    row = learners(world, from_="2026-03-04", to="2026-03-05")[STUDENT]
    assert (row["xpEarned"], row["progress"]["masteredUnits"]) == (3, 4)
    assert learners(world, from_="2026-03-05", to="2026-03-06")[STUDENT]["xpEarned"] == 0


def test_who_did_nothing_for_some_days_is_quiet() -> None:
    world = lived([submitted(0), submitted(5 * DAY, is_others=True)], [])
    settle(world)
    listed = learners(world, quietDays=4)
    assert {learner: row["quiet"] for learner, row in listed.items()} == {STUDENT: True, OTHER: False}
    assert listed[STUDENT]["daysQuiet"] == 6


def test_a_roster_names_learners_and_tells_of_those_who_never_came() -> None:
    world = lived([submitted(0)], [])
    settle(world)
    enrol(world, STUDENT, "urn:never", names={STUDENT: "Ada Lovelace"})
    enrol(world, "urn:teacher", role="teacher")
    listed = learners(world)
    assert {learner: (row["name"], row["enrolled"]) for learner, row in listed.items()} == {
        STUDENT: ("Ada Lovelace", True),
        "urn:never": (None, True),
    }
    never = listed["urn:never"]
    assert (never["quiet"], never["daysQuiet"], never["lastActivityTime"], never["minutes"]) == (True, None, None, 0)


def test_two_ids_are_one_learner_of_the_course() -> None:
    world = lived([submitted(0), submitted(1, is_others=True)], [])
    settle(world)
    enrol(world, OTHER, names={OTHER: "Ada Lovelace"})
    assert len(learners(world)) == 2
    add_alias(world.table, TENANT, person=STUDENT, alias=OTHER)
    (row,) = learners(world).values()
    assert (row["xpEarned"], row["name"], row["enrolled"]) == (6, "Ada Lovelace", True)


def test_a_course_comes_as_csv() -> None:
    world = lived([submitted(0)], [])
    settle(world)
    answer = world.ask_raw("/courses", "id=COURSE-0&from=2026-03-01&to=2026-03-15", accept="text/csv")
    head, row, _ = answer["body"].split("\r\n")
    assert head.startswith("actor,name,app,course,enrolled,minutes,xpEarned")
    assert row.startswith(f"{STUDENT},,{APP},COURSE-0,false,0.0,3")


def test_too_many_days_are_refused() -> None:
    assert World().refused("/courses", id="c", from_="2020-01-01", to="2026-01-01") == (400, "too-many-days")


def test_months_are_of_utc_and_the_end_is_not_included() -> None:
    assert months_between(NINE_US, NINE_US) == []
    assert months_between(NINE_US, NINE_US + 60 * DAY * MINUTE_US) == ["202603", "202604", "202605"]


@pytest.mark.slow
def test_a_course_of_two_thousand_learners_is_read_in_two_pages_of_bounded_reads() -> None:
    """Also counted by `python -m tests.bench courses`."""
    world = World()
    event = submitted(0).event(world, 0)
    for number in range(LEARNERS // 100):
        batch = [
            event | {"id": world.payloads.urn(), "actor": {"id": f"urn:l:{number}:{each}", "type": "Person"}}
            for each in range(100)
        ]
        world.send(*batch)
    settle(world, minute=60)
    world.warm()
    before, world.table.read_units = Counter(world.calls.counts), 0
    listed = learners(world, limit=1000)
    assert len(listed) == LEARNERS
    counts = world.calls.counts - before
    assert counts["query"] == 2 * 7  # a page: learners, roster, two months, two of several ids, whether there are names
    assert counts["get_all"] == 2  # a page: lessons on record
    assert world.table.read_units < 200


def test_a_course_whose_learners_all_have_two_ids_is_read_in_pages_of_bounded_calls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(courses, "SEVERAL_AT_ONCE", 4)
    world = World()
    event = submitted(0).event(world, 0)
    names = [(f"urn:l:{number}", f"urn:also:{number}") for number in range(10)]
    for learner in (name for pair in names for name in pair):
        world.send(event | {"id": world.payloads.urn(), "actor": {"id": learner, "type": "Person"}})
    settle(world, minute=60)
    for person, alias in names:
        add_alias(world.table, TENANT, person=person, alias=alias)
    world.warm()
    calls = world.calls.total
    listed = learners(world, limit=1000)
    assert set(listed) == {person for person, _ in names}
    assert {row["xpEarned"] for row in listed.values()} == {6}
    # Twenty places, four a page: of each page fourteen calls at most, and of each person 4 of each id (timer, totals).
    assert world.calls.total - calls <= 6 * 14 + 10 * 8


def test_who_is_listed_stays_listed_once_while_learners_come_in_between() -> None:
    world = World()
    event = submitted(0).event(world, 0)

    def come(*numbers: int) -> None:
        for number in numbers:
            actor = {"id": f"urn:l:{number}", "type": "Person"}
            world.send(event | {"id": world.payloads.urn(), "actor": actor, "eventTime": world.time(0)})

    come(*range(10))
    settle(world, minute=60)
    seen: list[str] = []
    cursor: dict[str, str] = {}
    for page in range(100):
        answer = world.get("/courses", id="COURSE-0", limit=2, **SPAN, **cursor)
        seen += [row["actor"] for row in answer["learners"]]
        if answer["cursor"] is None:
            break
        cursor = {"cursor": answer["cursor"]}
        come(page % 10, 100 + page)  # who is there, and who is new
        settle(world, minute=120 + 60 * page)
    assert len(set(seen)) == len(seen)
    assert set(seen) >= {f"urn:l:{number}" for number in range(10)}


def test_a_course_that_no_one_named_has_no_learner_and_a_time_that_ends_before_it_begins_is_refused() -> None:
    world = World()
    assert world.get("/courses", id="nothing") == {"learners": [], "cursor": None}
    assert world.ask("/courses", id="c", from_="2026-03-10", to="2026-03-01")["statusCode"] == 400


@pytest.mark.parametrize(("zone", "hours"), [("America/New_York", 23), ("UTC", 24)])
def test_a_day_on_which_clocks_change_is_as_long_as_it_is(zone: str, hours: int) -> None:
    """The 8th of March 2026 in New York has 23 hours and begins at 05:00 UTC."""
    begins = 5 if zone == "America/New_York" else 0
    first = (6 * 24 + begins - 9) * 60  # minutes since the 2nd, 09:00 UTC
    day = {"from_": "2026-03-08", "to": "2026-03-09", "timezone": zone}
    for minute, counts in (
        (first - 1, False),
        (first, True),
        (first + hours * 60 - 1, True),
        (first + hours * 60, False),
    ):
        world = lived([submitted(minute)], [])
        settle(world, minute=minute + 60)
        assert learners(world, **day)[STUDENT]["xpEarned"] == (3 if counts else 0), minute


def test_a_sitting_that_changes_nothing_writes_nothing_of_its_course() -> None:
    world = lived([submitted(0), submitted(1)], [])
    settle(world)
    course = f"{TENANT}#Y#{id_digest('COURSE-0')}"
    before = {key: row for key, row in world.table.items.items() if key[0].startswith(course)}
    assert len(before) == 2
    world.send(submitted(0).event(world, 0))  # the same again
    settle(world, minute=ALL_SENT + DAY)
    after = {key: row for key, row in world.table.items.items() if key[0].startswith(course)}
    assert after == before


def test_a_rebuilt_table_tells_the_same_of_a_course() -> None:
    world = lived([submitted(0), submitted(DAY, is_others=True)], [])
    settle(world)
    other = World()
    other.now_us = world.now_us
    for message in world.archive.messages():
        other.store(message)
    settle(other)
    assert learners(other) == learners(world)
    assert keys.tenant_of(APP) == TENANT
