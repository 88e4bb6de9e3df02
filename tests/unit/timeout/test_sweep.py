"""Who walks away is timed out once, at the last thing done, and nobody who is still there or still queued is."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import pytest

from functions.core.errors import TransientError
from functions.core.times import MINUTE_US, format_time
from functions.store import keys
from functions.store.dynamodb.table import Key, Page, Row
from functions.store.rows.sessions import SessionRow
from functions.store.rows.timers import timer_of
from functions.timeout.context import SweepResult
from tests.fakes import Crash, MemoryTable
from tests.payloads import APP, Json
from tests.world import NINE_US, STUDENT, TENANT, World


@pytest.fixture
def world() -> World:
    return World()


def answer(session: SessionRow) -> Json:
    """The session as the API shows what is stored of it."""
    return session.answer()


def test_an_idle_session_is_timed_out_at_its_last_activity(world: World) -> None:
    world.send(world.event(0), world.event(10), received_us=NINE_US + 10 * MINUTE_US)
    world.set_clock(41)
    assert world.sweep().closed == 1
    (event,) = world.drain()
    assert event["action"] == "TimedOut"
    assert event["eventTime"] == event["object"]["endedAtTime"] == "2026-03-02T09:10:00.000Z"
    assert event["object"]["startedAtTime"] == "2026-03-02T09:00:00.000Z"
    assert event["object"]["user"] == STUDENT
    assert event["edApp"] == APP
    assert world.timed_out() == [event]


def test_a_session_in_use_is_armed_again(world: World) -> None:
    world.send(world.event(0))
    world.set_clock(25)
    world.send(world.event(25))
    world.set_clock(31)
    assert world.sweep() == SweepResult(evaluated=1, rescheduled=1, rows=2)
    world.set_clock(54)
    assert world.sweep().evaluated == 0
    world.set_clock(56)
    assert world.sweep().closed == 1


@pytest.mark.parametrize("session", ["urn:tag:auto-attach", "urn:uuid:11111111-2222-4333-8444-555555555555"])
def test_a_session_is_timed_out_once_however_often_the_sweep_runs(world: World, session: str) -> None:
    world.send(world.event(0, session=session))
    emitted: list[Json] = []
    for minute in range(20, 180, 7):
        world.set_clock(minute)
        world.sweep()
        emitted += world.drain()
    assert len(emitted) == 1
    assert len(world.timed_out()) == 1


def test_what_comes_within_the_idle_time_is_one_session_and_after_it_another(world: World) -> None:
    world.send(
        world.event(0),
        world.event(29),
        world.event(80),
        world.event(100),
        received_us=NINE_US + 100 * MINUTE_US,
    )
    world.set_clock(140)
    world.sweep()
    ended = [(event["object"]["startedAtTime"][11:16], event["eventTime"][11:16]) for event in world.drain()]
    assert sorted(ended) == [("09:00", "09:29"), ("10:20", "10:40")]


def test_last_years_events_are_closed_session_by_session_and_no_live_one_early(world: World) -> None:
    world.send(world.event(0))
    year = 365 * 24 * 60
    world.send(world.event(-year), world.event(-year + 10), world.event(-year + 600))
    world.set_clock(20)
    world.send(world.event(20))
    world.set_clock(45)
    world.sweep()
    assert all(event["eventTime"] < "2026" for event in world.drain())
    world.set_clock(51)
    world.sweep()
    assert [event["eventTime"] for event in world.drain()] == ["2026-03-02T09:20:00.000Z"]
    assert len(world.timed_out()) == 3


def test_a_logout_closes_without_a_timed_out(world: World) -> None:
    session = world.payloads.urn()
    opened = world.payloads.logged_in(STUDENT, session) | {"eventTime": format_time(NINE_US)}
    closed = world.payloads.logged_out(STUDENT, session)
    world.send(opened, closed)
    world.set_clock(1)
    assert world.sweep().closed == 1
    assert world.drain() == []
    (row,) = world.sessions()
    assert answer(row)["endedBy"] == "LoggedOut"
    assert answer(row)["endedAtTime"] == closed["session"]["endedAtTime"]


def test_a_queue_backlog_closes_nobody_early(world: World) -> None:
    world.send(world.event(0))
    world.set_clock(45)
    assert world.sweep(lag_us=20 * MINUTE_US).closed == 0
    world.set_clock(66)
    assert world.sweep(lag_us=0).closed == 1


def test_a_late_event_joins_the_closed_session_without_moving_its_end(world: World) -> None:
    session = world.payloads.urn()
    world.send(world.event(0, session=session), world.event(5, session=session))
    world.set_clock(36)
    world.sweep()
    world.drain()
    world.set_clock(50)
    world.send(world.event(4, session=session), world.event(20, session=session))
    world.set_clock(90)
    world.sweep()
    assert world.drain() == []
    (row,) = world.sessions()
    frozen = answer(row)
    assert (frozen["endedAtTime"][11:16], frozen["events"]) == ("09:05", 4)


@pytest.mark.parametrize("logged_out", [True, False])
def test_a_late_event_that_names_no_session_counts_in_the_closed_session_it_joins(
    world: World, logged_out: bool
) -> None:
    session = world.payloads.urn()
    opened = world.payloads.logged_in(STUDENT, session) | {"eventTime": format_time(NINE_US)}
    opened["session"]["startedAtTime"] = opened["eventTime"]
    closed = world.payloads.logged_out(STUDENT, session) | {"eventTime": format_time(NINE_US + 10 * MINUTE_US)}
    closed["session"]["endedAtTime"] = closed["eventTime"]
    sent = [opened, world.event(5), *([closed] if logged_out else [])]
    world.send(*sent, received_us=NINE_US + 10 * MINUTE_US)
    world.set_clock(60)
    world.sweep()
    world.drain()
    world.send(world.event(4))
    for minute in (91, 92):  # the first finds out whose the event is, the second counts it
        world.set_clock(minute)
        world.sweep()
        assert world.drain() == []
    (row,) = world.sessions()
    frozen = answer(row)
    end = "09:10" if logged_out else "09:05"
    assert (frozen["endedAtTime"][11:16], frozen["events"]) == (end, len(sent) + 1)
    world.set_clock(93)
    assert world.sweep() == SweepResult()


def test_a_late_event_joins_the_closed_session_made_of_gaps(world: World) -> None:
    world.send(world.event(0), world.event(5))
    world.set_clock(36)
    world.sweep()
    world.drain()
    world.send(world.event(2), world.event(25))
    world.set_clock(120)
    world.sweep()
    assert world.drain() == []
    (row,) = world.sessions()
    frozen = answer(row)
    assert (frozen["startedAtTime"][11:16], frozen["endedAtTime"][11:16], frozen["events"]) == (
        "09:00",
        "09:05",
        4,
    )


def test_a_session_that_asked_for_heartbeats_times_out_sooner(world: World) -> None:
    opened = world.payloads.logged_in(STUDENT, requiresHeartbeat=True) | {"eventTime": format_time(NINE_US)}
    world.send(opened)
    world.set_clock(4.9)
    assert world.sweep().evaluated == 0
    world.set_clock(5.1)
    assert world.sweep().closed == 1


def test_a_minute_with_nothing_due_costs_sixteen_queries_however_many_are_open(world: World) -> None:
    for _ in range(60):
        world.send(world.payloads.question_started(world.payloads.urn()))
    world.set_clock(1)
    world.calls.counts.clear()
    world.sweep()
    assert world.calls.counts == {"query": 16}


def test_what_the_queue_did_not_take_is_sent_by_the_next_sweep(world: World) -> None:
    world.send(world.event(0))
    world.set_clock(31)
    world.queue.refuse = {0}
    assert world.sweep().sent == 0
    world.queue.refuse = set()
    world.set_clock(32)
    assert world.sweep().sent == 1
    assert len(world.drain()) == 1
    world.set_clock(33)
    assert world.sweep().evaluated == 0


@pytest.mark.parametrize("damage", [{"body": b"KLUv not a frame"}, {"received": None}])
def test_a_row_that_cannot_be_read_is_left_out_and_told_of_once(world: World, damage: Json) -> None:
    world.set_clock(8)
    world.send(world.event(0), world.event(5), world.event(8))
    key = sorted(key for key in world.table.items if key[1].startswith(keys.EVENT))[1]
    damaged = {**world.table.items[key], **damage}
    world.table.items[key] = {name: value for name, value in damaged.items() if value is not None}
    world.set_clock(39)
    swept = world.sweep()
    assert (swept.closed, swept.failed, swept.unreadable) == (1, 0, 1)
    assert [event["eventTime"][11:16] for event in world.drain()] == ["09:08"]
    world.send(world.event(9))
    world.set_clock(80)
    swept = world.sweep()
    assert (swept.evaluated, swept.unreadable) == (1, 0)
    assert [answer(session)["events"] for session in world.sessions()] == [3]


def test_a_session_row_that_cannot_be_read_keeps_no_sitting_open(world: World) -> None:
    session = world.payloads.urn()
    world.send(world.event(0, session=session))
    world.set_clock(31)
    world.sweep()
    world.drain()
    key = keys.learner_pk(TENANT, STUDENT), keys.session_sk(session)
    world.table.items[key] = world.table.items[key] | {"body": b"KLUv not a frame"}
    world.set_clock(90)
    world.send(world.event(90, session=session), world.event(90))
    world.set_clock(121)
    swept = world.sweep()
    assert (swept.sent, swept.failed, swept.unreadable) == (1, 0, 1)


@pytest.mark.parametrize("damaged", range(3))
def test_a_session_row_that_cannot_be_read_keeps_no_other_session_from_being_stored(world: World, damaged: int) -> None:
    sessions = [world.payloads.urn() for _ in range(3)]
    world.send(*(world.event(0, session=session) for session in sessions))
    world.set_clock(31)
    world.sweep()
    world.drain()
    before = {row.id: answer(row)["events"] for row in world.sessions()}
    key = keys.learner_pk(TENANT, STUDENT), keys.session_sk(sessions[damaged])
    whole = world.table.items[key]
    world.table.items[key] = whole | {"body": b"KLUv not a frame"}
    world.set_clock(32)
    world.send(*(world.event(0, session=session) for session in sessions))
    world.set_clock(90)
    world.sweep()
    world.table.items[key] = whole
    after = {row.id: answer(row)["events"] for row in world.sessions()}
    assert [after[session] - before[session] for session in sessions] == [number != damaged for number in range(3)]


def test_timers_that_dynamodb_does_not_give_fail_the_sweep_and_stay_due(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.send(world.event(0))
    world.set_clock(31)

    def failing(keys_of_rows: Iterable[Key], **how: Any) -> dict[Key, Row]:
        wanted = list(keys_of_rows)
        if any(key[1] == keys.TIMER for key in wanted):
            raise TransientError("throttled")
        return MemoryTable.get_all(world.table, wanted, **how)

    monkeypatch.setattr(world.table, "get_all", failing)
    with pytest.raises(TransientError):
        world.sweep()
    monkeypatch.undo()
    assert world.sweep().closed == 1


def test_an_inferred_session_that_is_open_beside_a_named_one_is_found_by_its_own_id(world: World) -> None:
    world.send(world.event(0))
    world.set_clock(21)
    session = world.payloads.urn()
    world.send(world.event(20), world.event(21, session=session))
    world.set_clock(32)
    world.sweep()
    (row,) = [row for (_, sk), row in world.table.items.items() if sk == keys.TIMER]
    stored = timer_of(row)
    assert stored.timer.state == "scheduled"
    assert stored.inferred is not None
    assert stored.inferred != session


def test_a_timer_that_cannot_be_read_is_counted_and_keeps_no_other_open(world: World) -> None:
    other = world.payloads.urn()
    world.send(world.event(0), world.event(0) | {"actor": other})
    key = keys.learner_pk(TENANT, STUDENT), keys.TIMER
    world.table.items[key] = {name: value for name, value in world.table.items[key].items() if name != "from"}
    world.set_clock(31)
    swept = world.sweep()
    assert (swept.closed, swept.failed) == (1, 1)


class Timelines(MemoryTable):
    """A table that counts the queries of one partition, or kills whoever makes one."""

    watched, reads, deadly = keys.learner_pk(TENANT, STUDENT), 0, False

    def query(self, pk: str, **parameters: Any) -> Page:
        self.reads += pk == self.watched
        if pk == self.watched and self.deadly:
            raise Crash("out of memory")
        return super().query(pk, **parameters)


def crowded() -> tuple[World, Timelines]:
    """A learner with an explicit session and twelve facts around it, and six others who left."""
    world = World()
    table = world.table = Timelines(world.calls, page_rows=4)
    session = world.payloads.urn()
    world.send(*(world.event(second / 60, session=session) for second in range(12)))
    for _ in range(3):
        world.send(world.payloads.logged_in(world.payloads.urn()) | {"eventTime": format_time(NINE_US)})
        world.send(world.payloads.question_started(world.payloads.urn()) | {"eventTime": format_time(NINE_US)})
    return world, table


def closed(world: World) -> int:
    return len(world.sessions())


@pytest.mark.slow
def test_a_timeline_with_more_rows_than_may_be_held_is_put_off_longer_each_time() -> None:
    world, _ = crowded()
    looks = 0
    for minute in range(31, 24 * 60, 5):
        world.set_clock(minute)
        swept = world.sweep(rows_at_once=10)
        looks += swept.failed
        assert swept.errors <= {"TooLong"}
        if minute == 31:
            assert swept.closed == 6, "the others are closed at once"
    assert looks == 7, "after 15 minutes, 30, 1 hour, 2, 4, 8"
    world.set_clock(40 * 60)
    assert world.sweep().closed == 1, "by a sweep that may hold so many"


def test_years_of_a_learner_who_came_daily_are_no_timeline_too_long(world: World) -> None:
    days = [world.event(-1440 * day + minute) for day in range(1, 30) for minute in range(5)]
    world.send(*days)
    world.set_clock(31)
    assert world.sweep(rows_at_once=10).closed == 29


def test_a_timeline_that_takes_all_the_time_leaves_the_sweep_to_the_others() -> None:
    world, table = crowded()
    for minute, again in ((31, 0), (32, 1)):
        world.set_clock(minute)
        table.reads = 0
        swept = world.sweep(time_left=lambda: table.reads < 3)
        assert (swept.incomplete, swept.failed) == (True, again), (
            "put off and told of where it had all the time that was left"
        )
    assert closed(world) == 6
    world.set_clock(34)
    assert world.sweep().closed == 1


def test_a_watch_whose_reading_kills_the_sweep_keeps_no_other_open() -> None:
    world, table = crowded()
    table.deadly, killed = True, 0
    for minute in range(31, 31 + 60):
        world.set_clock(minute)
        try:
            world.sweep()
        except Crash:
            killed += 1
    assert killed == 7, "twice at first, then after 1 minute, 2, 4, 8 and 16"
    assert closed(world) == 6
    table.deadly = False
    world.set_clock(200)
    assert world.sweep().closed == 1


def _crashes() -> Iterator[tuple[str, int]]:
    for moment in ("fail_before", "fail_after"):
        for number in range(1, 40):
            yield moment, number


@pytest.mark.slow
@pytest.mark.parametrize("session", ["urn:tag:auto-attach", "urn:uuid:11111111-2222-4333-8444-555555555555"])
def test_a_crash_at_any_call_of_the_sweep_still_ends_in_one_timed_out(session: str) -> None:
    reached = 0
    for moment, number in _crashes():
        world = World()
        world.send(world.event(0, session=session), world.event(3, session=session))
        world.set_clock(40)
        setattr(world.calls, moment, world.calls.total + number)
        try:
            world.sweep()
        except Crash:
            reached += 1
        setattr(world.calls, moment, None)
        for minute in (41, 42, 80):
            world.drain()
            world.set_clock(minute)
            world.sweep()
        world.drain()
        assert len(world.timed_out()) == 1, (moment, number)
        (row,) = world.sessions()
        assert answer(row)["endedAtTime"] == "2026-03-02T09:03:00.000Z"
        assert world.pending() == []
    assert reached > 40


@pytest.mark.slow
def test_an_event_that_arrives_while_the_sweep_reads_is_not_missed() -> None:
    """The race of DESIGN §5: between every two calls of the sweep, an event arrives."""
    for number in range(17, 40):
        world = World()
        world.send(world.event(0))
        world.set_clock(30.5)
        world.calls.interrupt(world.calls.total + number, partial(world.send, world.event(30)))
        world.sweep()
        for minute in (31, 59, 61, 62, 95):
            world.drain()
            world.set_clock(minute)
            world.sweep()
        world.drain()
        ends = [event["eventTime"][11:16] for event in world.timed_out()]
        assert len(ends) == 1
        assert ends[0] in ("09:30", "09:00"), number


def test_a_clients_timed_out_that_says_no_user_closes_the_learners_session(world: World) -> None:
    session = world.payloads.urn()
    opened = world.payloads.logged_in(STUDENT, session) | {"eventTime": format_time(NINE_US)}
    ended = format_time(NINE_US + 7 * MINUTE_US)
    timed_out = world.event(7, type="SessionEvent", action="TimedOut", actor={"id": APP, "type": "SoftwareApplication"})
    timed_out |= {"object": {"id": session, "type": "Session", "endedAtTime": ended}}
    del timed_out["session"]
    for first, second in ((opened, timed_out), (timed_out, opened)):
        fresh = World()
        fresh.set_clock(8)
        fresh.send(first)
        fresh.send(second)
        for minute in (9, 40, 60):
            fresh.set_clock(minute)
            fresh.sweep()
            assert fresh.drain() == []
        closed = [answer(row) for row in fresh.sessions() if answer(row)]
        assert [(session["actor"], session["endedAtTime"], session["endedBy"]) for session in closed] == [
            (STUDENT, ended, "TimedOut")
        ]


@pytest.mark.slow
def test_a_timeline_that_is_in_use_at_every_moment_of_every_sweep_is_ended_all_the_same(world: World) -> None:
    """A shared account: somebody is always there, while others of it leave."""
    left = world.payloads.urn()
    world.send(world.event(0, session=left))
    for minute in range(1, 60):
        world.set_clock(minute)
        world.send(world.event(minute, session=world.payloads.urn()))
        for call in range(17, 40, 3):
            busy = world.event(minute, session=world.payloads.urn())
            world.calls.interrupt(world.calls.total + call, partial(world.send, busy))
        world.set_clock(minute + 0.5)
        world.sweep()
        world.calls.interruptions.clear()
        ended = {event["object"]["id"] for event in world.timed_out()}
        assert (left in ended) == (minute >= 30), "at the first minute at which it is due"


def test_what_is_due_now_does_not_wait_for_a_backlog(world: World) -> None:
    """More timers of one shard than a sweep reads at once: the longest due and the latest are both looked at."""
    shard = keys.due_shard(keys.learner_pk(TENANT, STUDENT))
    learners = [urn for urn in (world.payloads.urn() for _ in range(400)) if _shard(urn) == shard][:12]
    for minute, learner in enumerate(learners):
        world.set_clock(minute)
        world.send(world.event(minute) | {"actor": learner})
    world.set_clock(60)
    evaluated: list[str] = []

    def time_left() -> bool:
        evaluated[:] = sorted(pk for pk in map(_pk, learners) if pk not in world.pending())
        return len(evaluated) < 4

    world.sweep(shard_timers=2, time_left=time_left)
    assert {_pk(learners[0]), _pk(learners[-1])} <= set(evaluated)


def _pk(learner: str) -> str:
    return keys.learner_pk(TENANT, learner)


def _shard(learner: str) -> str:
    return keys.due_shard(_pk(learner))


@pytest.mark.slow
def test_a_timeline_that_was_much_work_rests(world: World) -> None:
    world.send(*(world.event(number / 1000) for number in range(7000)))
    world.set_clock(31)
    world.send(world.event(31, session=world.payloads.urn()))
    world.set_clock(31.5)
    swept = world.sweep()
    assert swept.rows >= 7000
    world.send(world.payloads.logged_out(STUDENT, world.payloads.urn()) | {"eventTime": world.event(31)["eventTime"]})
    world.set_clock(32)
    assert world.sweep().evaluated == 0, "for 10 ms a row, though something was added that is due at once"
    world.set_clock(34)
    assert world.sweep().evaluated == 1


def test_nothing_ends_sooner_than_sqs_counts_what_was_sent(world: World) -> None:
    world.send(world.event(0))
    world.set_clock(30.9)
    assert world.sweep(lag_us=MINUTE_US).evaluated == 0
    world.set_clock(31.1)
    assert world.sweep(lag_us=MINUTE_US).closed == 1


@pytest.mark.slow
def test_four_thousand_sittings_of_one_learner_are_ended_by_one_look(world: World) -> None:
    world.set_clock(1)
    for _ in range(20):
        world.send(*(world.event(0.5, session=world.payloads.urn()) for _ in range(200)))
    world.set_clock(40)
    before = world.calls.counts.copy()
    assert world.sweep().closed == 4000
    calls = world.calls.counts - before
    assert len(world.drain()) == 4000
    assert calls["put_if"] <= 4000 + 2 + 4000 / 200 + 1, "and one row of totals"
    assert calls["query"] <= 16 + 16 + 15
