"""Each write of a timer that a sweep evaluates: what it changes, what it leaves, and who else may have written."""

from collections.abc import Callable
from copy import replace
from typing import Any

import orjson
import pytest

from functions.core.sessions.timer import SessionTimer
from functions.core.times import MINUTE_US
from functions.store import keys
from functions.store.bus import Notice
from functions.store.dynamodb.row import Row
from functions.store.rows.timers import SLACK_US, TimerRow, timer_key, timer_of, timer_row
from functions.timeout import mark as mark_module
from functions.timeout.mark import ATTEMPTS, Mark
from tests.fakes import FailingBus
from tests.payloads import APP
from tests.world import NINE_US, STUDENT, TENANT, TIMEOUT, World

LEARNER = keys.learner_pk(TENANT, STUDENT)
KEY = timer_key(LEARNER)
NOTICE: Notice = ("TimedOut", {"app": APP, "event": {"id": "urn:x:0"}})
WAITING = {"kind": "TimedOut", "about": NOTICE[1]}
OUTBOX = ({"decided": NINE_US, "events": [{"id": "urn:x:0"}]},)


def timer(**changed: Any) -> SessionTimer:
    known: dict[str, Any] = {"tenant": TENANT, "app_id": APP, "learner": STUDENT, "session": None, "version": 5}
    return SessionTimer(**{**known, "from_us": NINE_US, "due_us": NINE_US + 1, **changed})


class Marked:
    """A world with one timer, and the mark of a sweep that has read it."""

    def __init__(self, stored: TimerRow, *, begun: bool = True, **limits: Any) -> None:
        self.world = World()
        self.world.set_clock(60)
        self.world.table.put_all([timer_row(LEARNER, stored, expires_s=1)])
        self.mark = Mark(self.world.context(**limits), LEARNER, stored)
        if begun:
            assert self.mark.set()

    @property
    def stored(self) -> TimerRow:
        return timer_of(self.world.table.items[KEY])

    def change(self, **changed: Any) -> None:
        """As another writer does, with the next version."""
        stored = self.stored
        changed_timer = replace(stored.timer, version=stored.timer.version + 1, **changed)
        self.world.table.put_all([timer_row(LEARNER, replace(stored, timer=changed_timer), expires_s=1)])


def waits(stored: TimerRow) -> tuple[tuple[Any, ...], int, int]:
    """Which notices wait for the bus, how often it failed, and when it is asked again."""
    return stored.unpublished, stored.bus_failures, stored.publish_at_us


REST: dict[str, Any] = {"inferred": "s", "skipped": ("E#1",), "totalled": True}


@pytest.mark.parametrize(("tried", "rest_minutes"), [(0, None), (1, 1), (2, 2), (3, 4), (4, 8)])
def test_a_mark_is_a_try_and_after_tries_that_did_not_end_it_rests(tried: int, rest_minutes: int | None) -> None:
    before = TimerRow(timer=timer(tried=tried), **REST)
    marked = Marked(before)
    rest_us = 0 if rest_minutes is None else marked.world.now_us + rest_minutes * MINUTE_US
    expected = replace(before.timer, state="evaluating", version=6, marked=6, tried=tried + 1)
    assert marked.stored == TimerRow(timer=expected, resting_until_us=rest_us, **REST)
    assert marked.mark.stored == marked.stored
    assert marked.mark.before == before


def test_a_mark_takes_up_what_was_added_since_it_was_read() -> None:
    marked = Marked(TimerRow(timer=timer()), begun=False)
    marked.change(from_us=NINE_US - 7)
    assert marked.mark.set()
    assert (marked.stored.timer.from_us, marked.stored.timer.version) == (NINE_US - 7, 7)


def test_a_timer_that_another_sweep_marked_since_is_not_marked() -> None:
    marked = Marked(TimerRow(timer=timer()), begun=False)
    marked.change(marked=6, state="evaluating")
    before = marked.stored
    assert not marked.mark.set()
    assert marked.stored == before


def test_a_mark_that_a_sweep_left_behind_is_taken_over() -> None:
    marked = Marked(TimerRow(timer=timer(marked=4, state="evaluating", tried=1)), begun=False)
    assert marked.mark.set()
    assert marked.stored.timer.marked == 6


def test_a_timer_that_is_gone_is_not_marked() -> None:
    marked = Marked(TimerRow(timer=timer()), begun=False)
    del marked.world.table.items[KEY]
    assert not marked.mark.set()
    assert KEY not in marked.world.table.items


def test_a_timer_that_changes_before_every_write_is_left_after_eight_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    marked, tries = Marked(TimerRow(timer=timer()), begun=False), []

    def put_if(_row: Row, version: int | None) -> bool:
        tries.append(version)
        marked.change()
        return False

    monkeypatch.setattr(marked.world.table, "put_if", put_if)
    assert not marked.mark.set()
    assert tries == [5, 6, 7, 8, 9, 10, 11, 12]
    assert ATTEMPTS == 8


def test_every_write_of_a_timer_lets_it_outlive_the_events_by_a_month() -> None:
    marked = Marked(TimerRow(timer=timer()))
    kept_us = TIMEOUT.retention_days * 24 * 60 * MINUTE_US
    expires_s = marked.world.table.items[KEY][keys.TTL]
    assert expires_s == (marked.world.now_us + kept_us + SLACK_US) // 1_000_000


def test_a_decision_puts_timed_outs_into_the_outbox_and_notices_behind_those_that_wait() -> None:
    marked = Marked(TimerRow(timer=timer()))
    assert marked.mark.decide(outbox=OUTBOX, over=(), notices=[NOTICE])
    assert (marked.stored.timer.outbox, marked.stored.unpublished) == (OUTBOX, (WAITING,))
    assert marked.stored.publish_at_us == marked.world.now_us


def test_notices_that_join_others_wait_as_long_as_these() -> None:
    later_us = NINE_US + 90 * MINUTE_US
    before = TimerRow(timer=timer(), unpublished=({**WAITING, "kind": "SessionEnded"},), publish_at_us=later_us)
    marked = Marked(replace(before, bus_failures=2))
    assert marked.mark.decide(outbox=(), over=(), notices=[NOTICE])
    assert [notice["kind"] for notice in marked.stored.unpublished] == ["SessionEnded", "TimedOut"]
    assert (marked.stored.publish_at_us, marked.stored.bus_failures) == (later_us, 2)


def test_a_decision_without_notices_leaves_those_that_wait() -> None:
    before = TimerRow(timer=timer(), unpublished=(WAITING,), publish_at_us=NINE_US + 90 * MINUTE_US)
    marked = Marked(before)
    assert marked.mark.decide(outbox=OUTBOX, over=(), notices=())
    assert (marked.stored.unpublished, marked.stored.publish_at_us) == ((WAITING,), before.publish_at_us)


DECISIONS: list[Callable[[Mark], object]] = [
    lambda mark: mark.decide(outbox=OUTBOX, over=(), notices=()),
    lambda mark: mark.leave([], from_us=None),
    lambda mark: mark.release(),
    lambda mark: mark.put_off(),
    lambda mark: mark.wait_for_bus(),
]


@pytest.mark.parametrize("write", DECISIONS)
def test_a_sweep_whose_mark_another_took_over_writes_nothing_more(write: Callable[[Mark], object]) -> None:
    marked = Marked(TimerRow(timer=timer()))
    marked.change(marked=7)
    before = dict(marked.world.table.items[KEY])
    assert not write(marked.mark)
    assert marked.world.table.items[KEY] == before


@pytest.mark.parametrize(("minutes", "is_time"), [(-1, True), (0, True), (1, False)])
def test_notices_are_published_once_it_is_time(minutes: int, is_time: bool) -> None:
    at_us = NINE_US + (60 + minutes) * MINUTE_US
    marked = Marked(TimerRow(timer=timer(), unpublished=(WAITING,), publish_at_us=at_us, bus_failures=3))
    assert marked.mark.publish_notices()
    assert marked.world.bus.notices == ([NOTICE] if is_time else [])
    left = () if is_time else (WAITING,)
    assert waits(marked.mark.stored) == ((left, 0, 0) if is_time else (left, 3, at_us))


@pytest.mark.parametrize(("failures", "minutes"), [(0, 1), (1, 2), (2, 4), (5, 32), (6, 60), (9, 60)])
def test_notices_that_the_bus_does_not_take_wait_longer_each_time_up_to_an_hour(failures: int, minutes: int) -> None:
    bus = FailingBus()
    before = TimerRow(timer=timer(), unpublished=(WAITING,), bus_failures=failures, publish_at_us=1)
    marked = Marked(before, bus=bus)
    assert not marked.mark.publish_notices()
    again_us = marked.world.now_us + minutes * MINUTE_US
    assert waits(marked.mark.stored) == ((WAITING,), failures + 1, again_us)
    marked.mark.wait_for_bus()
    assert (marked.stored.resting_until_us, marked.stored.publish_at_us) == (again_us, again_us)
    assert (marked.stored.timer.state, marked.stored.timer.outbox) == ("scheduled", ())


@pytest.mark.parametrize(("spare", "is_full"), [(0, False), (-1, True)])
def test_a_row_is_full_with_more_bytes_of_notices_than_it_may_hold(
    spare: int, is_full: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mark_module, "NOTICE_BYTES", len(orjson.dumps([WAITING])) + spare)
    marked = Marked(TimerRow(timer=timer(), unpublished=(WAITING,), publish_at_us=1))
    assert marked.mark.is_full is is_full
    assert not Marked(TimerRow(timer=timer())).mark.is_full


def test_an_outbox_that_was_published_is_emptied_unless_it_is_another_since() -> None:
    marked = Marked(TimerRow(timer=timer(outbox=OUTBOX, state="idle"), **REST), begun=False)
    marked.mark.empty()
    assert marked.stored == TimerRow(timer=timer(state="idle", version=6), **REST)
    other = ({"decided": NINE_US + 1, "events": []},)
    marked = Marked(TimerRow(timer=timer(outbox=OUTBOX)), begun=False)
    marked.change(outbox=other)
    marked.mark.empty()
    assert marked.stored.timer.outbox == other


def test_a_timeline_that_is_left_idle_or_open_has_what_the_evaluation_says_of_it() -> None:
    marked = Marked(TimerRow(timer=timer(tried=1)))
    marked.mark.leave([], from_us=None, resting_until_us=8, inferred="i", skipped=("E#2",), totalled=False)
    idle = replace(timer(), state="idle", version=7, tried=0)
    assert marked.stored == TimerRow(timer=idle, resting_until_us=8, inferred="i", skipped=("E#2",), totalled=False)


def test_a_timeline_that_something_was_added_to_is_due_no_sooner_than_now() -> None:
    marked = Marked(TimerRow(timer=timer()), lag_us=2 * MINUTE_US)
    marked.change(since_us=NINE_US - 5)
    marked.mark.leave([], from_us=None)
    assert marked.stored.timer.state == "scheduled"
    assert (marked.stored.timer.from_us, marked.stored.timer.due_us) == (NINE_US - 5, NINE_US + 58 * MINUTE_US)


@pytest.mark.parametrize("tried", [0, 2])
def test_a_mark_that_is_given_back_leaves_the_timer_as_it_was(tried: int) -> None:
    before = TimerRow(timer=timer(tried=tried), resting_until_us=9, **REST)
    marked = Marked(before)
    marked.mark.release()
    assert marked.stored == replace(before, timer=replace(before.timer, version=7))


@pytest.mark.parametrize(("tried", "minutes"), [(0, 15), (1, 30), (2, 60), (3, 120)])
def test_a_timeline_that_cannot_be_read_is_put_off_for_longer_each_time(tried: int, minutes: int) -> None:
    before = TimerRow(timer=timer(tried=tried), **REST)
    marked = Marked(before)
    marked.mark.put_off()
    later_us = marked.world.now_us + minutes * MINUTE_US
    put_off = replace(before.timer, version=7, tried=tried + 1, due_us=later_us)
    assert marked.stored == TimerRow(timer=put_off, resting_until_us=later_us, **REST)
