"""An event id that was sent with several contents: every number counts one of them, the same one everywhere.

The contents come in different batches and lie on other days, with other learners, in other sessions and runs, so that
no batch, no slice and no answer holds them all.
"""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.core.ids import content_digest
from functions.core.times import MINUTE_US
from functions.store import keys
from tests.examples import examples
from tests.payloads import Json
from tests.unit.query.world import NINE_US, STUDENT, World, ids

ID = "urn:uuid:c0f11c70-0000-4000-8000-000000000001"
LEARNERS = [f"urn:uuid:0a0a0a0a-0000-4000-8000-00000000000{n}" for n in range(1, 4)]
DAY = 24 * 60
LAST_MINUTE = 3 * DAY
PLACES = st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 20).map(lambda n: 17 * n))


def content(world: World, number: int, place: tuple[int, int, int]) -> Json:
    """A content of the id: `10 ** number` XP of one learner, in a session and a run of their own."""
    learner, day, minute = place
    event = world.payloads.activity_completed(LEARNERS[learner], f"urn:uuid:40400000-0000-4000-8000-{number:012d}")
    event["generated"]["items"] = [{"type": "xpEarned", "value": 10**number}]
    session = f"urn:uuid:5e550000-0000-4000-8000-{number:012d}"
    event["actor"] = {**event["actor"], "id": LEARNERS[learner]}
    return event | {"id": ID, "eventTime": world.time(day * DAY + minute), "session": session}


def sent_apart(places: list[tuple[int, int, int]], order: list[int]) -> tuple[World, list[Json]]:
    """Each content in a batch of its own, in that order, with sweeps in between."""
    world = World()
    contents = [content(world, number, place) for number, place in enumerate(places)]
    for batch, number in enumerate(order):
        world.set_clock(LAST_MINUTE + 90 * batch)
        world.send(contents[number])
        world.sweep()
        world.drain()
    return world, contents


def settle(world: World) -> None:
    """Walk through all ids, and let the sweep do what that asks for."""
    minute = (world.now_us - NINE_US) // MINUTE_US
    for hour in range(1, 5):
        world.set_clock(minute + 60 * hour)
        world.walk()
        world.sweep()
        world.drain()
    assert not [row for row in world.table.items.values() if keys.DUE_PK in row]


def numbers_of(world: World) -> dict[str, Any]:
    """The XP of the id, as each read tells them, with the conflicts that they tell of."""
    listed: dict[str, Any] = {"sessions": [], "runs": [], "days": []}
    for learner in LEARNERS:
        listed["sessions"] += [
            (row["id"], row["numbers"]["xpEarned"], row["conflicts"])
            for row in world.all("/sessions", "sessions", actor=learner)
            if row["numbers"]["events"]  # a sitting whose TimedOut was published stays, though nothing is left in it
        ]
        for run in world.all("/runs", "runs", actor=learner):
            listed["runs"].append((run["id"], run["xpEarned"], run["conflicts"]))
            assert world.get("/runs", id=run["id"])["runs"] == [run]
        days = world.get("/progress", actor=learner)["days"]
        listed["days"] += [(learner, row["day"], row["xpEarned"], row["conflicts"]) for row in days]
    return listed


@pytest.mark.slow
@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(PLACES, min_size=2, max_size=4, unique=True), st.data())
def test_every_read_counts_the_same_content_of_an_id(places: list[tuple[int, int, int]], data: st.DataObject) -> None:
    numbers = list(range(len(places)))
    world, contents = sent_apart(places, data.draw(st.permutations(numbers)))
    settle(world)
    counting = min(numbers, key=lambda number: content_digest(contents[number]))
    rows = numbers_of(world)
    for name in ("sessions", "runs", "days"):
        assert sum(row[-2] for row in rows[name]) == 10**counting, name
        assert all(row[-1] > 0 for row in rows[name]), name
    assert len(rows["runs"]) == len(places)
    listed = world.all("/conflicts", "conflicts")
    assert [row["id"] for row in listed] == [ID] * (len(places) - 1)
    rebuilt = World()
    rebuilt.set_clock(LAST_MINUTE + 90 * len(places))
    rebuilt.send(*(contents[number] for number in data.draw(st.permutations(numbers))))
    settle(rebuilt)
    assert numbers_of(rebuilt) == rows


def two_learners() -> tuple[World, list[Json]]:
    return sent_apart([(0, 0, 0), (1, 1, 0)], [0, 1])


def test_a_content_that_came_apart_is_told_with_the_event() -> None:
    world, _ = two_learners()
    settle(world)
    for learner in LEARNERS[:2]:
        for order in ("asc", "desc"):
            (row,) = [listed for listed in world.all("/events", "events", actor=learner, order=order, limit=1)
                      if listed["event"]["id"] == ID]  # fmt: skip
            assert "id-conflict" in [warning["code"] for warning in row["warnings"]]


def test_a_resend_of_a_content_does_not_hide_its_rival() -> None:
    world, contents = two_learners()
    settle(world)
    before = numbers_of(world)
    for event in contents:
        world.send(event)
    settle(world)
    assert numbers_of(world) == before


def test_what_is_known_is_not_noticed_again() -> None:
    world, _ = two_learners()
    assert [world.walk(), world.walk()] == [1, 0]


@pytest.mark.slow
@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.integers(0, 12).map(lambda n: 17 * n), st.integers(0, 3)), min_size=2, max_size=9),
    st.integers(0, 300),
    st.integers(1, 4),
    st.sampled_from(["asc", "desc"]),
)
def test_what_is_said_of_a_content_depends_on_no_page(
    sent: list[tuple[int, int]], swept: int, limit: int, order: str
) -> None:
    """Before all ids have been walked through, too. Nothing names a session; some share an id, or have none."""
    world = World()
    run, names = world.payloads.urn(), [{"id": ID}, {"id": ID.replace("c0f", "d0f")}, {"id": "_:event"}, {}]
    events = [
        world.payloads.activity_completed(STUDENT, run)
        | {"actor": STUDENT, "eventTime": world.time(minute), "session": "urn:tag:auto-attach"}
        | names[number]
        for minute, number in sent
    ]
    for part in (events[::2], events[1::2]):
        world.set_clock(swept)
        world.send(*part)
        world.sweep()
        world.drain()
        swept += 90
    whole = world.all("/events", "events", actor=STUDENT, order=order)
    assert len(whole) >= len({*sent})
    assert world.all("/events", "events", actor=STUDENT, order=order, limit=limit) == whole
    for session in {row["session"] for row in whole} - {None}:
        own = world.all("/events", "events", session=session, order=order)
        assert world.all("/events", "events", session=session, order=order, limit=limit) == own
    of_run = [row for row in whole if row["run"] is not None]
    assert world.all("/events", "events", run=run, order=order) == of_run
    assert world.all("/events", "events", run=run, order=order, limit=limit) == of_run


def test_events_of_one_empty_id_have_the_sessions_of_their_own_times() -> None:
    world = World()
    world.set_clock(LAST_MINUTE)
    world.send(*(world.event(minute, id="_:event") for minute in (0, DAY)))
    rows = world.all("/events", "events", actor=STUDENT)
    assert len({row["session"] for row in rows} - {None}) == 2


def test_an_id_that_names_nothing_is_no_conflict() -> None:
    world = World()
    for minute in (0, 3 * DAY):
        world.set_clock(LAST_MINUTE)
        world.send(world.event(minute, id="_:event"))
    assert world.walk() == 0
    assert world.get("/conflicts")["conflicts"] == []


def test_the_rows_of_rivals_are_in_no_list_of_events() -> None:
    world, contents = two_learners()
    settle(world)
    world.send(world.event(1, actor=LEARNERS[0]))
    for learner, event in zip(LEARNERS[:2], contents, strict=True):
        named = world.all("/events", "events", actor=learner, limit=1)
        assert ids(named).count(ID) == 1
        assert ids(world.all("/events", "events", session=event["session"])).count(ID) == 1


def test_a_walk_goes_on_where_it_stopped_and_misses_no_id() -> None:
    world, _ = two_learners()
    for number in range(30):
        world.send(world.event(5 + number))
    for size in range(2, 9):
        world.table.page_rows = size
        rows = {key: row for key, row in world.table.items.items() if not key[0].startswith(f"{keys.WALK}")}
        world.table.items = {key: row for key, row in rows.items() if keys.place_of(key[0])[0] != "V"}
        noticed = sum(world.walk() for _ in range(40))
        assert noticed >= 1, size


def test_an_index_of_which_a_part_is_read_costs_its_pages() -> None:
    world, _ = two_learners()
    world.calls.counts.clear()
    world.walk()
    assert world.calls.counts["scan"] == 1
    world.calls.counts.clear()
    world.walk()
    assert world.calls.counts == {"get_all": 2, "scan": 1}


def test_a_walk_costs_a_fortieth_of_a_read_unit_for_each_event() -> None:
    world = World()
    events = 1000
    for _ in range(events // 100):
        world.send(*(world.event(minute) for minute in range(100)))
    world.table.read_units = 0
    world.walk()
    assert world.table.read_units / events <= 1 / 40
