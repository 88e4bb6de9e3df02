"""Sessions are right whenever they are asked for: open, idle and not yet swept, closed, joined late, made of gaps."""

import pytest

from functions.core.errors import TransientError
from functions.store import keys
from tests.log_records import records_of
from tests.payloads import APP
from tests.unit.query.world import OTHER_APP, STUDENT, World, ids, principal_of


@pytest.fixture
def world() -> World:
    return World()


def login(world: World, session: str, minute: float) -> None:
    event = world.payloads.logged_in(STUDENT, session) | {"eventTime": world.time(minute)}
    event["session"]["startedAtTime"] = world.time(minute)
    world.send(event)


def logout(world: World, session: str, minute: float) -> None:
    event = world.payloads.logged_out(STUDENT, session) | {"eventTime": world.time(minute)}
    event["session"]["endedAtTime"] = world.time(minute)
    world.send(event)


def test_an_open_session_shows_how_it_stands(world: World) -> None:
    session = world.payloads.urn()
    world.set_clock(12)
    login(world, session, 0)
    world.send(world.event(10, session=session))
    (row,) = world.get("/sessions", id=session)["sessions"]
    assert row["id"] == session
    assert row["actor"] == STUDENT
    assert row["app"] == APP
    assert row["edApp"] == world.payloads.app
    assert row["state"] == "open"
    assert row["startedAtTime"] == world.time(0)
    assert row["lastActivityTime"] == world.time(10)
    assert row["endedAtTime"] is None
    assert row["endedBy"] is None
    assert "numbers" in row
    assert world.get("/sessions", actor=STUDENT)["sessions"] == [row]


def test_a_logged_out_session_is_closed_before_the_sweep_has_run_and_after(world: World) -> None:
    session = world.payloads.urn()
    world.set_clock(21)
    login(world, session, 0)
    logout(world, session, 20)
    before = world.get("/sessions", id=session)["sessions"]
    assert (before[0]["state"], before[0]["endedBy"], before[0]["endedAtTime"]) == (
        "closed",
        "LoggedOut",
        world.time(20),
    )
    world.set_clock(22)
    world.sweep()
    world.drain()
    assert world.get("/sessions", id=session)["sessions"] == before


@pytest.mark.parametrize("drained", [True, False])
def test_an_idle_session_is_closed_once_the_sweep_has_run(world: World, drained: bool) -> None:
    session = world.payloads.urn()
    world.set_clock(11)
    login(world, session, 0)
    world.send(world.event(10, session=session))
    world.set_clock(60)
    assert world.get("/sessions", id=session)["sessions"][0]["state"] == "open"
    world.sweep()
    if drained:
        world.drain()
    (row,) = world.get("/sessions", id=session)["sessions"]
    assert (row["state"], row["endedBy"], row["endedAtTime"]) == ("closed", "TimedOut", world.time(10))
    assert "timedOut" not in row


def test_what_arrives_late_is_in_the_numbers_at_once(world: World) -> None:
    session = world.payloads.urn()
    world.set_clock(11)
    login(world, session, 0)
    world.set_clock(60)
    world.sweep()
    count = world.get("/sessions", id=session)["sessions"][0]["events"]
    world.send(world.event(5, session=session))
    (row,) = world.get("/sessions", id=session)["sessions"]
    assert row["events"] == count + 1
    assert row["state"] == "closed"
    assert row["endedAtTime"] == world.time(0)


def test_gap_sessions_are_listed_before_and_after_the_sweep(world: World) -> None:
    world.set_clock(200)
    world.send(*(world.event(minute) for minute in (0, 10, 20, 180, 190)))
    before = world.get("/sessions", actor=STUDENT)["sessions"]
    assert [(row["startedAtTime"], row["lastActivityTime"]) for row in before] == [
        (world.time(0), world.time(20)),
        (world.time(180), world.time(190)),
    ]
    assert world.get("/sessions", id=before[0]["id"])["sessions"] == before[:1]
    world.set_clock(300)
    world.sweep()
    world.drain()
    after = world.get("/sessions", actor=STUDENT)["sessions"]
    assert [row["id"] for row in after] == [row["id"] for row in before]
    assert {row["state"] for row in after} == {"closed"}
    for row in after:
        assert world.get("/sessions", id=row["id"])["sessions"] == [row]


def test_a_late_event_of_a_closed_gap_session_is_counted_at_once(world: World) -> None:
    world.set_clock(30)
    world.send(world.event(0), world.event(20))
    world.set_clock(100)
    world.sweep()
    world.drain()
    (closed,) = world.get("/sessions", actor=STUDENT)["sessions"]
    world.send(world.event(10))
    (row,) = world.get("/sessions", actor=STUDENT)["sessions"]
    assert row["id"] == closed["id"]
    assert row["events"] == closed["events"] + 1
    assert row["endedAtTime"] == closed["endedAtTime"]
    assert world.get("/sessions", id=row["id"])["sessions"] == [row]


def test_many_sessions_are_paged_by_start_without_gap_or_repeat(world: World) -> None:
    world.set_clock(2000)
    for hour in range(12):
        world.send(
            world.event(60 * hour, session=world.payloads.urn()), world.event(60 * hour + 10, edApp="https://b/")
        )
    for swept in (False, True):
        if swept:
            world.set_clock(2100)
            world.sweep()
            world.drain()
        everything = world.get("/sessions", actor=STUDENT)["sessions"]
        starts = [row["startedAtTime"] for row in everything]
        assert len(starts) == 24
        assert starts == sorted(starts)
        assert world.all("/sessions", "sessions", actor=STUDENT, limit=5) == everything
        assert world.all("/sessions", "sessions", actor=STUDENT, limit=5, order="desc") == everything[::-1]
        window = world.get("/sessions", actor=STUDENT, from_=world.time(60), to=world.time(120))["sessions"]
        assert [row["startedAtTime"] for row in window] == [world.time(60), world.time(70)]


@pytest.mark.slow
@pytest.mark.parametrize("count", [100, 400])
def test_all_open_sessions_of_a_learner_are_read_once_and_folded_once(world: World, count: int) -> None:
    world.set_clock(100)
    for number in range(count):
        session = world.payloads.urn()
        login(world, session, number / 10)
        world.send(world.event(number / 10 + 0.01))
    world.table.rows_read = 0
    assert len(world.get("/sessions", actor=STUDENT, limit=500)["sessions"]) == count
    assert world.table.rows_read <= 6 * 2 * count + count


def test_a_session_that_is_used_again_after_a_pause_has_sittings(world: World) -> None:
    session = world.payloads.urn()
    world.set_clock(50)
    login(world, session, 0)
    world.send(world.event(50, session=session))
    world.set_clock(630)
    world.send(world.event(600, session=session), world.event(620, session=session))
    for minute in (631, 660):
        world.set_clock(minute)
        (row,) = world.get("/sessions", id=session)["sessions"]
        assert (row["state"], row["events"], row["conflicts"], row["earlierSittings"]) == ("open", 4, 0, 0)
        assert row["startedAtTime"] == world.time(0)
        first, second, third = row["sittings"]
        ended = (world.time(0), "TimedOut") if minute == 660 else (None, None)
        assert (first["startedAtTime"], first["endedAtTime"], first["endedBy"]) == (world.time(0), *ended)
        assert second["startedAtTime"] == world.time(50)
        assert (third["startedAtTime"], third["duration"], third["endedBy"]) == (world.time(600), "PT20M", None)
        assert row["duration"] == "PT20M"
        world.sweep()
        world.drain()
    world.set_clock(700)
    world.sweep()
    world.drain()
    (row,) = world.get("/sessions", id=session)["sessions"]
    assert [sitting["endedBy"] for sitting in row["sittings"]] == ["TimedOut"] * 3
    assert len(world.get("/events", session=session)["events"]) == 4 + 3


def test_a_session_says_how_many_of_its_events_are_in_conflict(world: World) -> None:
    session = world.payloads.urn()
    event = world.event(0, session=session)
    world.send(event, event | {"action": "Skipped"}, world.event(1, session=session))
    (row,) = world.get("/sessions", id=session)["sessions"]
    assert (row["events"], row["conflicts"]) == (2, 1)


def test_a_row_that_cannot_be_read_is_left_out_of_every_answer(world: World) -> None:
    world.set_clock(10)
    sent = [world.event(minute) for minute in (0, 5, 10)]
    world.send(*sent)
    key = sorted(key for key in world.table.items if key[1].startswith(keys.EVENT))[1]
    world.table.items[key] = world.table.items[key] | {"body": b"of a dictionary that is not there"}
    (row,) = world.get("/sessions", actor=STUDENT)["sessions"]
    assert row["events"] == 2
    readable = [sent[0]["id"], sent[2]["id"]]
    assert ids(world.get("/events", actor=STUDENT)["events"]) == readable
    assert ids(world.get("/events", session=row["id"])["events"]) == readable
    assert world.get("/events", id=sent[1]["id"])["events"] == []
    assert world.get("/progress", actor=STUDENT)["days"][0]["events"] == 2
    timer = keys.learner_pk(keys.tenant_of(APP), STUDENT), keys.TIMER
    world.set_clock(45)
    world.sweep()
    world.drain()
    (closed,) = (key for key in world.table.items if key[1].startswith(keys.INFERRED))
    world.set_clock(100)
    world.send(world.event(100, session=world.payloads.urn()))
    world.table.items[closed] = world.table.items[closed] | {"body": b"of a dictionary that is not there"}
    assert len(world.get("/sessions", actor=STUDENT)["sessions"]) == 1
    world.table.items[timer] = {name: value for name, value in world.table.items[timer].items() if name != "state"}
    assert world.get("/sessions", actor=STUDENT)["sessions"] == []


def test_a_session_without_a_learner_is_found_by_its_id(world: World) -> None:
    session = world.payloads.urn()
    world.send(world.event(0, session=session, actor={"id": APP, "type": "SoftwareApplication"}))
    (row,) = world.get("/sessions", id=session)["sessions"]
    assert row["actor"] is None


def test_a_session_id_that_two_learners_share_is_two_sessions(world: World) -> None:
    session, other = world.payloads.urn(), world.payloads.urn()
    world.send(world.event(0, session=session), world.event(1, session=session) | {"actor": other})
    assert {row["actor"] for row in world.get("/sessions", id=session)["sessions"]} == {STUDENT, other}


def test_a_session_id_that_many_share_is_paged_without_gap_or_repeat(world: World) -> None:
    session, learners = world.payloads.urn(), [world.payloads.urn() for _ in range(7)]
    world.send(*(world.event(0, session=session) | {"actor": learner} for learner in learners))
    for limit in (1, 3, 7):
        actors = [row["actor"] for row in world.all("/sessions", "sessions", id=session, limit=limit)]
        assert sorted(actors) == sorted(learners)


def test_sessions_of_another_app_do_not_exist(world: World) -> None:
    session = world.payloads.urn()
    login(world, session, 0)
    world.principal = principal_of(OTHER_APP)
    assert world.get("/sessions", id=session) == {"sessions": [], "cursor": None}
    assert world.get("/sessions", actor=STUDENT)["sessions"] == []


@pytest.mark.parametrize("parameters", [{}, {"actor": "a", "id": "b"}, {"session": "a"}])
def test_exactly_one_selector_is_needed(world: World, parameters: dict[str, str]) -> None:
    assert world.refused("/sessions", **parameters)[0] == 400


def test_settled_sessions_of_a_learner_cost_one_query(world: World) -> None:
    world.set_clock(2000)
    world.send(*(world.event(60 * hour, session=world.payloads.urn()) for hour in range(12)))
    world.set_clock(2100)
    world.sweep()
    world.drain()
    world.warm()
    world.calls.counts.clear()
    assert len(world.get("/sessions", actor=STUDENT)["sessions"]) == 12
    assert dict(world.calls.counts) == {"query": 1, "get_all": 1}, "the sessions; which other ids are the learner's"


def test_an_open_session_costs_a_bounded_number_of_queries(world: World) -> None:
    session = world.payloads.urn()
    login(world, session, 0)
    world.warm()
    world.calls.counts.clear()
    world.get("/sessions", id=session)
    assert dict(world.calls.counts) == {"query": 3, "get_all": 2}


def test_heartbeats_that_a_federated_session_asks_for_are_missed_by_the_sweep_as_well(world: World) -> None:
    """Blackboard gives its session as `federatedSession` alone."""
    session = {"id": world.payloads.urn(), "type": "LtiSession", "extensions": {"requiresHeartbeat": True}}
    event = world.event(0) | {"federatedSession": session}
    del event["session"]
    world.send(event)
    (row,) = world.get("/sessions", id=session["id"])["sessions"]
    assert row["requiresHeartbeat"]
    world.set_clock(6)
    world.sweep()
    world.drain()
    (row,) = world.get("/sessions", id=session["id"])["sessions"]
    assert (row["state"], row["endedBy"]) == ("closed", "TimedOut")


def test_of_gap_sessions_that_are_open_at_once_the_oldest_is_found_by_id_and_each_once_it_is_closed(
    world: World,
) -> None:
    world.set_clock(66)
    world.send(*(world.event(minute) for minute in (0, 5, 60, 65)))
    first, second = world.get("/sessions", actor=STUDENT)["sessions"]
    world.set_clock(90)
    world.send(world.event(3), world.event(62))
    world.set_clock(97)
    world.sweep()
    for session, count in ((first, 1), (second, 0)):
        assert len(world.get("/sessions", id=session["id"])["sessions"]) == count
        assert len(world.get("/events", session=session["id"])["events"]) == 3 * count
    world.set_clock(121)
    world.sweep()
    world.drain()
    for session in (first, second):
        assert world.get("/sessions", id=session["id"])["sessions"][0]["events"] == 3
        assert len(world.get("/events", session=session["id"])["events"]) == 4


def test_a_row_that_cannot_be_read_is_left_out_of_sessions_and_told_to_the_operator(world: World) -> None:
    world.send(world.event(0), world.event(1))
    key = max(key for key in world.table.items if key[1].startswith(keys.EVENT))
    world.table.items[key] = world.table.items[key] | {"body": b"KLUv not a frame"}
    with records_of("query.functions.query.sessions.folding") as log:
        (session,) = world.get("/sessions", actor=STUDENT)["sessions"]
    assert session["events"] == 1
    assert log.single("rows that cannot be read were left out").rows == ["|".join(key)]


def test_a_table_that_does_not_answer_is_503_and_told_to_the_operator_by_route(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise TransientError("throttled")

    monkeypatch.setattr(world.table, "query", failing)
    with records_of("query") as log:
        assert world.refused("/sessions", actor=STUDENT) == (503, "store-unavailable")
    record = log.single("an AWS call failed")
    assert (record.levelname, record.reason, record.route) == ("ERROR", "TransientError", "/sessions")
