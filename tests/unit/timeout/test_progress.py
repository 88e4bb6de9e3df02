"""What an evaluation remembers of what it leaves open, and what its timer then says."""

from typing import Any

import pytest

from functions.core.sessions.sitting import Sitting
from functions.core.times import MINUTE_US
from functions.core.totals.slice_totals import SliceFacts
from functions.store import keys
from functions.store.rows.timers import TimerRow, timer_key, timer_of
from functions.timeout import progress as progress_module
from functions.timeout.evaluation import Evaluation
from functions.timeout.progress import ROWS_AT_ONCE, Progress
from tests.world import NINE_US, STUDENT, TENANT, World

LEARNER = keys.learner_pk(TENANT, STUDENT)


def sitting(session: str, *, minute: float, explicit: bool = True, members: tuple[Any, ...] = ()) -> Sitting:
    last_us = NINE_US + round(minute * MINUTE_US)
    return Sitting(
        session=session,
        explicit=explicit,
        app=None,
        edapp=None,
        started_us=NINE_US,
        last_activity_us=last_us,
        last_arrival_us=last_us,
        timeout_us=MINUTE_US,
        members=members,
    )


def stored_timer(world: World) -> TimerRow:
    return timer_of(world.table.items[timer_key(LEARNER)])


def test_of_slices_without_an_open_sitting_nothing_is_kept() -> None:
    progress = Progress()
    progress.note_open([], 7)
    assert progress == Progress()
    assert (progress.next_end, progress.open_from_us, progress.inferred, progress.totalled) == (None, None, None, None)


def test_the_timer_reads_again_from_the_first_slice_with_an_open_sitting() -> None:
    progress = Progress()
    for first_us, still_open in ((1, []), (2, [sitting("a", minute=5)]), (3, [sitting("b", minute=1)]), (4, [])):
        progress.note_open(still_open, first_us)
    assert progress.open_from_us == 2


@pytest.mark.parametrize("slices", [[["late", "soon"]], [["soon", "late"]], [["late"], ["soon"]], [["soon"], ["late"]]])
def test_the_timer_is_due_at_the_soonest_end_of_all_slices(slices: list[list[str]]) -> None:
    minutes = {"late": 9, "soon": 4}
    progress = Progress()
    for names in slices:
        progress.note_open([sitting(name, minute=minutes[name]) for name in names], 0)
    assert progress.next_end is not None
    assert progress.next_end.session == "soon"
    assert progress.next_end.deadline_us == NINE_US + 5 * MINUTE_US


def test_of_an_open_sitting_no_member_is_held() -> None:
    progress = Progress()
    progress.note_open([sitting("a", minute=1, members=("entry",))], 0)
    assert progress.next_end == sitting("a", minute=1)


def test_the_inferred_session_that_is_open_is_the_first_that_names_none() -> None:
    progress = Progress()
    progress.note_open([sitting("named", minute=1)], 0)
    assert progress.inferred is None
    progress.note_open([sitting("named", minute=1), sitting("first", minute=9, explicit=False)], 1)
    progress.note_open([sitting("second", minute=1, explicit=False)], 2)
    assert progress.inferred == "first"


@pytest.mark.parametrize(("facts", "is_full"), [([3, 1], False), ([3, 2], True), ([5], True), ([], False)])
def test_slices_of_many_facts_are_stored_before_more_is_read(
    facts: list[int], is_full: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress_module, "FACTS_AT_ONCE", 5)
    entries: Any = {count: (None,) * count for count in facts}
    settled = [
        SliceFacts(first_us=count, last_us=count, entries=entries[count], session_by_event={}) for count in facts
    ]
    assert Progress(changes=Evaluation(settled=settled)).is_full is is_full
    assert ROWS_AT_ONCE == 100


def test_a_timer_is_due_at_the_end_of_what_is_open_and_reads_no_slice_before_it() -> None:
    world = World()
    world.send(world.event(0))
    world.set_clock(200)
    world.send(world.event(190), world.event(195))
    world.sweep()
    stored = stored_timer(world)
    assert (stored.timer.state, stored.timer.from_us) == ("scheduled", NINE_US + 190 * MINUTE_US)
    assert stored.timer.due_us == NINE_US + 230 * MINUTE_US
    assert stored.inferred is not None
    rows_before = world.table.rows_read
    world.set_clock(231)
    swept = world.sweep()
    assert (swept.closed, swept.rows) == (1, 2)
    assert world.table.rows_read - rows_before < 20
    assert stored_timer(world).timer.state == "idle"


def test_a_timer_whose_open_sittings_are_all_named_keeps_the_inferred_session_that_it_had() -> None:
    world = World()
    world.send(world.event(0))
    inferred = stored_timer(world).inferred
    assert inferred is not None
    world.set_clock(20)
    world.send(world.event(20, session=world.payloads.urn()))
    world.set_clock(31)
    world.sweep()
    assert stored_timer(world).inferred == inferred
