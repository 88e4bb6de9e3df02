"""A timer that an earlier sweep did not read to the end is looked at again, behind whatever backlog of another app."""

from collections.abc import Iterator
from copy import replace
from functools import partial

import pytest

from functions.core.sessions.timer import evaluate
from functions.store import keys
from functions.store.rows.timers import timer_key, timer_of, timer_row
from functions.timeout.sweep import sweep
from tests.payloads import APP
from tests.unit.query.world import OTHER_APP, STUDENT, World

BACKLOG = 1_000
CHECKS = 1_500  # of the time that is left, some three a look


@pytest.mark.slow
def test_a_session_whose_sweep_was_killed_ends_though_another_app_has_more_due_than_a_sweep_can_end() -> None:
    world = World()
    world.set_clock(0)
    world.send(world.event(0))
    for number in range(BACKLOG):
        learner = {"id": f"urn:x:{number}", "type": "Person"}
        world.send(world.event(0) | {"actor": learner}, app=OTHER_APP)
    key = timer_key(keys.learner_pk(keys.tenant_of(APP), STUDENT))
    stored = timer_of(world.table.items[key])
    killed = evaluate(stored.timer)
    assert killed is not None
    world.table.put_all([timer_row(key[0], replace(stored, timer=killed), expires_s=2_000_000_000)])
    world.set_clock(120)
    checks = iter(range(CHECKS))
    sweep(world.sweep_context(), time_left=partial(_is_left, checks))
    world.drain()
    assert timer_of(world.table.items[key]).timer.state == "idle"
    assert next(checks, None) is None, "the backlog was longer than the sweep"


def _is_left(checks: Iterator[int]) -> bool:
    return next(checks, None) is not None
