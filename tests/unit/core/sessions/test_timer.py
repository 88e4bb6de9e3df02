"""Nothing is written while a learner is busy; every fact that can change an end makes the sweep look again."""

from copy import replace

import pytest

from functions.core.sessions.facts import Fact, fact_of
from functions.core.sessions.timer import (
    SessionTimer,
    TimerRequest,
    decide,
    evaluate,
    joined,
    leave,
    release,
    schedule,
    timer_request_of,
)
from functions.core.timeline.entry import Entry
from tests.unit.core.sessions.timelines import (
    HEARTBEATS,
    LEARNER,
    TENANT,
    TIMEOUTS,
    arrived,
    client_timed_out,
    clock_us,
    emitted,
    graded,
    happened,
    heartbeat,
    logged_in,
    logged_out,
    minutes,
    only,
    viewed,
)

TIMED_OUT = ({"id": "urn:uuid:1"},)


def fact(entry: Entry) -> Fact:
    return fact_of(entry, tenant=TENANT, learner=LEARNER)


def touched(timer: SessionTimer | None, *entries: Entry) -> SessionTimer | None:
    request = joined(request for entry in entries if (request := timer_request_of(fact(entry), TIMEOUTS)) is not None)
    return schedule(timer, request, tenant=TENANT, app_id="app", learner=LEARNER, session=None)


def begun(*entries: Entry) -> SessionTimer:
    timer = touched(None, *(entries or (viewed("9:00"),)))
    assert timer is not None
    return timer


def must(timer: SessionTimer | None) -> SessionTimer:
    assert timer is not None
    return timer


# due


@pytest.mark.parametrize(
    ("entry", "due"),
    [
        (viewed("9:00"), "9:30"),
        (happened("9:00"), "9:30"),
        (heartbeat("9:00"), "9:30"),
        (graded("9:00"), "9:30"),
        (arrived(viewed("9:00"), "12:00"), "12:30"),
        (logged_in("9:00", flags=HEARTBEATS), "9:05"),
        (arrived(logged_out("9:00"), "9:10"), "9:10"),
        (arrived(client_timed_out("9:00", learner=None), "9:10"), "9:10"),
        (arrived(logged_out("9:00", None), "9:10"), "9:10"),
        (arrived(viewed("11:00"), "9:00"), "9:30"),
    ],
)
def test_a_fact_is_looked_at_a_timeout_after_it_arrived_and_a_close_at_once(entry: Entry, due: str) -> None:
    assert timer_request_of(fact(entry), TIMEOUTS) == TimerRequest(from_us=entry.time_us, due_us=clock_us(due))


def test_what_the_sweep_itself_put_asks_for_nothing() -> None:
    assert timer_request_of(fact(emitted(only(viewed("9:00")), received="9:40")), TIMEOUTS) is None


def test_what_is_in_no_session_is_looked_at_for_the_totals() -> None:
    request = TimerRequest(from_us=clock_us("9:00"), due_us=clock_us("9:30"))
    assert timer_request_of(fact(happened("9:00", session=None)), TIMEOUTS) == request


def test_touches_join_the_same_way_round_either_way() -> None:
    first, other = TimerRequest(from_us=1, due_us=9), TimerRequest(from_us=3, due_us=4)
    assert joined([first, other]) == joined([other, first]) == TimerRequest(from_us=1, due_us=4)


# process


def test_the_first_fact_schedules_a_timer() -> None:
    timer = begun()
    assert (timer.state, timer.version, timer.from_us, timer.due_us) == (
        "scheduled",
        1,
        clock_us("9:00"),
        clock_us("9:30"),
    )


def test_an_event_in_an_open_sitting_writes_nothing() -> None:
    assert touched(begun(), viewed("9:10"), happened("9:20"), heartbeat("9:25")) is None


def test_an_event_before_the_first_moves_where_the_sweep_reads_from() -> None:
    timer = must(touched(begun(), arrived(viewed("8:00"), "9:10")))
    assert (timer.from_us, timer.due_us, timer.version) == (clock_us("8:00"), clock_us("9:30"), 2)


def test_a_close_and_a_first_wish_for_heartbeats_hurry_it() -> None:
    closed = must(touched(begun(), logged_out("9:10")))
    assert closed.due_us == clock_us("9:10")
    assert touched(closed, logged_out("9:12")) is None
    assert must(touched(begun(), viewed("9:10", flags=HEARTBEATS))).due_us == clock_us("9:15")


def test_an_idle_timer_is_scheduled_from_what_comes_after() -> None:
    timer = must(touched(replace(begun(), state="idle"), viewed("14:00")))
    assert (timer.state, timer.from_us, timer.due_us) == ("scheduled", clock_us("14:00"), clock_us("14:30"))


def test_a_fact_that_arrives_while_a_sweep_reads_is_remembered_by_the_earliest() -> None:
    marked = evaluate(begun())
    first = must(touched(marked, viewed("9:31")))
    assert (first.state, first.marked, first.since_us) == ("scheduled", marked.version, clock_us("9:31"))
    assert touched(first, viewed("9:32")) is None
    assert must(touched(first, viewed("9:20"))).since_us == clock_us("9:20")


# sweep


def test_a_sweep_marks_before_it_reads_and_counts_its_try() -> None:
    marked = evaluate(replace(begun(), outbox=TIMED_OUT, since_us=5))
    assert (marked.state, marked.version, marked.marked, marked.tried) == ("evaluating", 2, 2, 1)
    assert (marked.since_us, marked.outbox, marked.due_us) == (None, (), clock_us("9:30"))


def test_a_decision_is_put_into_the_outbox() -> None:
    marked = evaluate(begun())
    decided = must(decide(marked, marked=2, outbox=TIMED_OUT, over=[only(viewed("9:00"))]))
    assert (decided.outbox, decided.state, decided.version) == (TIMED_OUT, "evaluating", 3)


def test_a_decision_stands_though_a_learner_goes_on_later_than_the_timeout() -> None:
    marked = evaluate(begun())
    over = [only(viewed("9:00"))]
    assert decide(must(touched(marked, viewed("9:31"))), marked=2, outbox=TIMED_OUT, over=over) is not None
    assert decide(must(touched(marked, viewed("9:30"))), marked=2, outbox=TIMED_OUT, over=over) is None


def test_a_sweep_that_was_overtaken_by_another_decides_and_leaves_nothing() -> None:
    second = evaluate(evaluate(begun()))
    assert decide(second, marked=2, outbox=TIMED_OUT, over=[]) is None
    assert leave(second, marked=2, still_open=[], from_us=None, not_before_us=0) is None
    assert release(second, marked=2) is None


def test_a_timer_with_nothing_open_is_idle() -> None:
    decided = must(decide(evaluate(begun()), marked=2, outbox=TIMED_OUT, over=[only(viewed("9:00"))]))
    timer = must(leave(decided, marked=2, still_open=[], from_us=None, not_before_us=0))
    assert (timer.state, timer.outbox, timer.marked, timer.tried) == ("idle", (), None, 0)


def test_a_timer_with_open_sittings_is_scheduled_at_the_earliest_deadline() -> None:
    still_open = [only(viewed("9:00")), only(viewed("9:10"))]
    marked = evaluate(begun())
    timer = must(leave(marked, marked=2, still_open=still_open, from_us=clock_us("9:00"), not_before_us=0))
    assert (timer.state, timer.from_us, timer.due_us) == ("scheduled", clock_us("9:00"), clock_us("9:30"))
    later = must(
        leave(marked, marked=2, still_open=still_open, from_us=clock_us("9:00"), not_before_us=clock_us("9:45"))
    )
    assert later.due_us == clock_us("9:45")


def test_what_was_added_while_the_sweep_read_keeps_it_scheduled_from_there() -> None:
    marked = evaluate(begun())
    added = must(touched(marked, viewed("9:20")))
    timer = must(leave(added, marked=2, still_open=[], from_us=None, not_before_us=0))
    assert (timer.state, timer.from_us, timer.due_us, timer.since_us) == (
        "scheduled",
        clock_us("9:20"),
        clock_us("9:30"),
        None,
    )
    both = must(leave(added, marked=2, still_open=[only(viewed("9:00"))], from_us=clock_us("9:00"), not_before_us=0))
    assert both.from_us == clock_us("9:00")


def test_a_failing_call_leaves_the_timer_as_it_was_and_an_unreadable_timeline_is_put_off() -> None:
    before = begun()
    marked = evaluate(before)
    assert replace(must(release(marked, marked=2)), version=1) == before
    late = must(release(marked, marked=2, due_us=clock_us("9:30") + minutes(15)))
    assert (late.state, late.due_us, late.tried) == ("scheduled", clock_us("9:45"), 1)


def test_a_sweep_that_failed_after_its_decision_keeps_what_it_decided() -> None:
    decided = must(decide(evaluate(begun()), marked=2, outbox=TIMED_OUT, over=[]))
    assert must(release(decided, marked=2)).outbox == TIMED_OUT
