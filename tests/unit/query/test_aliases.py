"""Two ids that are one person: every answer tells of both, nothing counts twice, and taken back all is as it was."""

from collections.abc import Mapping
from copy import replace
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.core.numbers.runs import fold_run, per_day
from functions.core.timeline.entry import IdAndContent
from functions.core.times import FIRST_US, LAST_US
from functions.core.totals.tallies import by_day, by_run, numbers_of
from functions.store import keys
from functions.store.facts.reading import Reading
from functions.store.people.aliases import AliasRefused, add_alias, ids_of, remove_alias
from functions.store.people.keys import EVERY_APP
from functions.store.people.several_ids import several_ids
from functions.store.slices import Slice, between
from functions.store.totals.reading import person_totals
from tests.examples import examples
from tests.payloads import APP, Json
from tests.unit.query.test_totals import ALL_SENT, DAY, RUNS, SENT, Sent, settle, without_sessions
from tests.unit.query.world import OTHER_APP, QUERY, STUDENT, World, ids, in_turn

OTHER = "urn:uuid:0a0a0a0a-0000-4000-8000-000000000002"
TENANT = keys.tenant_of(APP)
PKS = [keys.learner_pk(TENANT, name) for name in (STUDENT, OTHER)]
BARE, OTHER_BARE = (name.removeprefix("urn:uuid:") for name in (STUDENT, OTHER))


@dataclass(frozen=True)
class Named:
    """An event and which of the two ids it names."""

    sent: Sent
    is_others: bool

    def event(self, world: World, number: int) -> Json:
        event = self.sent.event(world, number)
        return event | ({"actor": {"id": OTHER, "type": "Person"}} if self.is_others else {})


NAMED = st.lists(st.builds(Named, SENT, st.booleans()), min_size=1, max_size=10)


def lived(named: list[Named], sweeps: list[int]) -> World:
    world = World()
    arrivals = [(each.sent.minute + each.sent.delay, each) for each in named]
    for number, minute, each in in_turn(arrivals, sweeps):
        world.set_clock(minute)
        if each is None:
            world.sweep()
            world.drain()
            world.walk()
        else:
            world.send(each.event(world, number))
    return world


def alias(world: World) -> None:
    add_alias(world.table, TENANT, person=STUDENT, alias=OTHER)


def take_back(world: World) -> None:
    assert remove_alias(world.table, TENANT, OTHER) is not None


def check_totals(world: World) -> None:
    """Held against one fold of all facts of both ids."""

    def none(of: Slice) -> Mapping[IdAndContent, str]:
        del of
        return {}

    entries = [
        fact.entry for pk in PKS for fact in between(world.table, pk, FIRST_US, LAST_US, Reading(slice_gap_us=0))
    ]
    reading = Reading(slice_gap_us=QUERY.timeouts.slice_gap_us)
    totals = person_totals(world.table, PKS, reading, sessions_of=none, facts_at_most=1000)
    expected = {day: without_sessions(each.as_dict()) for day, each in per_day(entries).items()}
    days = by_day(totals.tallies)
    assert {day: without_sessions(numbers_of(own, part=True).as_dict()) for day, own in days.items()} == expected
    runs = by_run(totals.tallies)
    for run in RUNS:
        own = [entry for entry in entries if entry.attribution.run == run]
        numbers = numbers_of(runs.get(run, {}).values())
        assert without_sessions(numbers.as_dict()) == without_sessions(fold_run(own, beside=entries).as_dict())


@pytest.mark.slow
@settings(max_examples=examples(60), deadline=None, suppress_health_check=list(HealthCheck))
@given(NAMED, st.lists(st.integers(0, 2 * ALL_SENT // 3), max_size=2), st.booleans())
def test_the_totals_of_two_ids_are_those_of_one_fold_of_both(named: list[Named], sweeps: list[int], rest: bool) -> None:
    world = lived(named, sweeps)
    world.set_clock(ALL_SENT)
    check_totals(world)
    if rest:
        settle(world)
        check_totals(world)


def answers(world: World, actor: str) -> dict[str, Any]:
    """What is answered about a learner, by question."""
    bare = actor.removeprefix("urn:uuid:")
    lists = ("events", "sessions", "runs", "insights")
    return {
        **{name: world.all(f"/{name}", name, actor=actor, limit=100) for name in lists},
        "pages of events": world.all("/events", "events", actor=actor, limit=3),
        "events, newest first": world.all("/events", "events", actor=actor, limit=3, order="desc"),
        "pages of sessions": world.all("/sessions", "sessions", actor=actor, limit=1),
        "events by arrival": world.all("/events", "events", actor=actor, receivedFrom="2026-03-01"),
        "progress": world.get("/progress", actor=actor),
        "run": world.get("/runs", id=RUNS[0]),
        "TimeBack's events": world.get("/caliper/events", actorId=actor, limit=100)["events"],
        "activity": world.get("/edubridge/analytics/activity", studentId=bare),
        "week": world.get("/edubridge/analytics/facts/weekly", studentId=bare, weekDate="2026-03-03T00:00:00Z"),
        "enrolments": world.get(f"/edubridge/enrollments/user/{bare}"),
        "TimeBack's sessions": world.get(f"/insights/1.0/users/{bare}/sessions", limit=100),
        "overview": world.get(f"/insights/1.0/users/{bare}/overview"),
    }


def named_in(events: list[Json]) -> list[tuple[str, Json]]:
    """Which events a list has, each with the id that it named."""
    return [(row["actor"], row["event"]) for row in events]


def anonymous(value: Any) -> Any:
    """Answers without the id that they were asked by."""
    text = repr(value)
    for name in (STUDENT, OTHER, BARE, OTHER_BARE):
        text = text.replace(name, "…")
    return text


@pytest.mark.slow
@settings(max_examples=examples(15), deadline=None, suppress_health_check=list(HealthCheck))
@given(NAMED, st.lists(st.integers(0, ALL_SENT), max_size=1))
def test_an_alias_that_is_taken_back_leaves_every_answer_as_it_was(named: list[Named], sweeps: list[int]) -> None:
    world = lived(named, sweeps)
    world.set_clock(ALL_SENT)
    before = {name: answers(world, name) for name in (STUDENT, OTHER)}
    alias(world)
    aliased = {name: answers(world, name) for name in (STUDENT, OTHER)}
    for name in ("progress", "runs", "activity", "overview"):
        assert anonymous(aliased[STUDENT][name]) == anonymous(aliased[OTHER][name])
    for name in ("events", "sessions", "insights", "events by arrival"):
        assert aliased[STUDENT][name] == aliased[OTHER][name]
        every = [*before[STUDENT][name], *before[OTHER][name]]
        assert sorted(map(repr, aliased[STUDENT][name])) == sorted(map(repr, every))
    whole = aliased[STUDENT]
    assert named_in(whole["pages of events"]) == named_in(whole["events"])
    assert named_in(whole["events, newest first"]) == named_in(whole["events"])[::-1]
    assert whole["pages of sessions"] == whole["sessions"]
    take_back(world)
    assert {name: answers(world, name) for name in (STUDENT, OTHER)} == before


def submitted(minute: int, *, is_others: bool, identifier: int | None = None) -> Named:
    return Named(Sent("submission", minute, run=1, value=3, identifier=identifier), is_others)


def test_an_event_that_came_under_both_ids_counts_once() -> None:
    world = lived([submitted(0, is_others=False, identifier=1), submitted(5, is_others=True, identifier=1)], [])
    settle(world)
    alone = world.get("/progress", actor=STUDENT)["days"][0]["xpEarned"]
    alias(world)
    assert world.get("/progress", actor=STUDENT)["days"][0]["xpEarned"] == 3
    assert alone == 3


def test_time_that_one_id_measured_and_the_other_reported_counts_once() -> None:
    begun = Named(Sent("attempt", 0, run=1, value=0), is_others=False)
    ended = Named(replace(begun.sent, minute=10, value=2), is_others=False)
    reported = Named(Sent("windowless", 10, run=1, value=4), is_others=True)
    world = lived([begun, ended, reported], [])
    settle(world)
    seconds = [world.get("/progress", actor=name)["days"][0]["seconds"]["active"] for name in (STUDENT, OTHER)]
    assert seconds == [600, 4]
    alias(world)
    assert world.get("/progress", actor=OTHER)["days"][0]["seconds"]["active"] == 4


def test_lists_say_which_id_an_event_named() -> None:
    world = lived([submitted(0, is_others=False), submitted(1, is_others=True)], [])
    alias(world)
    assert [row["actor"] for row in world.get("/events", actor=OTHER)["events"]] == [STUDENT, OTHER]
    assert {row["actor"] for row in world.get("/sessions", actor=OTHER)["sessions"]} == {STUDENT, OTHER}


def test_a_run_of_both_ids_is_one_row() -> None:
    world = lived([submitted(0, is_others=False), submitted(DAY, is_others=True)], [])
    rows = world.all("/runs", "runs", id=RUNS[0], limit=1)
    assert [(row["actor"], row["xpEarned"]) for row in rows] == [(STUDENT, 3), (OTHER, 3)]
    alias(world)
    (row,) = world.all("/runs", "runs", id=RUNS[0], limit=1)
    assert (row["actor"], row["xpEarned"], len(row["days"])) == (STUDENT, 6, 2)


def test_an_alias_of_one_app_says_nothing_of_another() -> None:
    world = World()
    world.register(APP, OTHER_APP)
    alias(world)
    assert ids_of(world.table, keys.tenant_of(OTHER_APP), STUDENT) == (STUDENT,)
    assert world.get("/aliases", actor=OTHER) == {"people": [{"person": STUDENT, "aliases": [OTHER], "app": APP}]}
    assert world.get("/aliases", actor=RUNS[0]) == {"people": []}


def test_an_alias_of_every_app_joins_those_of_one() -> None:
    world = World()
    alias(world)
    add_alias(world.table, EVERY_APP, person=OTHER, alias=RUNS[0])
    assert ids_of(world.table, TENANT, STUDENT) == (STUDENT, OTHER, RUNS[0])
    assert ids_of(world.table, TENANT, RUNS[0]) == (RUNS[0], OTHER, STUDENT)
    assert ids_of(world.table, keys.tenant_of(OTHER_APP), STUDENT) == (STUDENT,)


def test_whoever_is_asked_for_the_same_ids_are_answered() -> None:
    """Eight ids by the app's word, and eight of one of them in every app."""
    world = World()
    for number in range(7):
        add_alias(world.table, TENANT, person=STUDENT, alias=f"urn:of-app:{number}")
        add_alias(world.table, EVERY_APP, person="urn:of-app:6", alias=f"urn:of-every:{number}")
    everyone = set(ids_of(world.table, TENANT, STUDENT))
    assert len(everyone) == 15
    assert all(set(ids_of(world.table, TENANT, name)) == everyone for name in everyone)
    listed = several_ids(world.table, TENANT, sorted(everyone))
    assert {ids[0] for ids in listed.values()} == {STUDENT}
    assert all(set(ids) == everyone for ids in listed.values())


def test_who_has_several_ids_is_read_alike_if_many_have(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    for number in range(30):
        add_alias(world.table, TENANT, person=f"urn:p:{number}", alias=f"urn:a:{number}")
    wanted = ["urn:p:3", "urn:a:4", STUDENT]
    of_few = several_ids(world.table, TENANT, wanted)
    assert of_few == {"urn:p:3": ("urn:p:3", "urn:a:3"), "urn:a:4": ("urn:p:4", "urn:a:4")}
    query = world.table.query
    monkeypatch.setattr(world.table, "query", lambda pk, **how: query(pk, **{**how, "limit": 7}))  # as if it were long
    before = world.calls.total
    assert several_ids(world.table, TENANT, wanted) == of_few
    assert world.calls.total - before == 2 + 2


def test_a_new_pair_costs_two_calls() -> None:
    world = World()
    before = world.calls.total
    alias(world)
    assert world.calls.total - before == 2


def test_a_question_about_an_id_without_aliases_costs_one_read_more() -> None:
    world = World()
    world.send(submitted(0, is_others=False).event(world, 0))
    world.warm()
    before = world.calls.counts["get_all"]
    world.get("/events", actor=STUDENT)
    assert world.calls.counts["get_all"] - before == 2  # the ids; and the timer, for events that name no session


@pytest.mark.parametrize("later", [5, DAY, 3 * DAY])
def test_one_completion_that_came_under_both_ids_counts_once_on_whatever_days(later: int) -> None:
    world = lived([submitted(0, is_others=False, identifier=1), submitted(later, is_others=True, identifier=1)], [])
    settle(world, minute=later + 60)
    alias(world)
    assert sum(day["xpEarned"] for day in world.get("/progress", actor=OTHER)["days"]) == 3


@pytest.mark.parametrize(
    ("person", "other", "code"),
    [
        (OTHER, RUNS[0], "person-is-alias"),
        (RUNS[0], STUDENT, "is-related"),
        (RUNS[0], OTHER, "is-related"),
        (STUDENT, STUDENT, "same-id"),
    ],
)
def test_an_id_is_the_alias_of_one_person_at_most(person: str, other: str, code: str) -> None:
    world = World()
    alias(world)
    with pytest.raises(AliasRefused) as refusal:
        add_alias(world.table, TENANT, person=person, alias=other)
    assert refusal.value.code == code
    assert ids_of(world.table, TENANT, STUDENT) == (STUDENT, OTHER)


def test_a_person_has_eight_ids_at_most() -> None:
    world = World()
    for number in range(7):
        add_alias(world.table, TENANT, person=STUDENT, alias=f"urn:id:{number}")
    with pytest.raises(AliasRefused):
        add_alias(world.table, TENANT, person=STUDENT, alias=OTHER)
    assert len(ids(world.get("/events", actor="urn:id:3")["events"])) == 0
    remove_alias(world.table, TENANT, "urn:id:3")
    alias(world)
    assert set(ids_of(world.table, TENANT, OTHER)) == {STUDENT, OTHER, *(f"urn:id:{n}" for n in range(7) if n != 3)}
    assert ids_of(world.table, TENANT, "urn:id:3") == ("urn:id:3",)
