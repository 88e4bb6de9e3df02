"""The next run of a request may begin, and end, before the run that asked for it is over."""

from typing import Any

import pytest

from functions.privacy.steps import SETTLED_S, Desk, work_on
from functions.store.erasure.requests import read_request
from functions.store.erasure.work import Work
from tests.payloads import APP
from tests.unit.privacy.erasing_world import ADA, ErasingWorld
from tests.unit.privacy.test_steps import ONE_OF_EACH, TENANT, Function
from tests.unit.query.world import app_of

pytestmark = pytest.mark.slow


class Eager(Function):
    """A queue whose message is worked on by another worker before it is sent, as its sender sees it."""

    def desk(self) -> Desk:
        return Desk(
            office=self.world.office(),
            queue=self,
            exports=self,
            app=lambda _: app_of(APP),
            apps=lambda: [app_of(APP)],
        )

    def send(self, work: Work, *, delay_s: int = 0) -> None:
        self.runs += 1
        self.delays.append(delay_s)
        self.world.now_us += delay_s * 1_000_000
        left = iter([True] * self.objects_a_run)
        work_on(work, self.desk(), time_left=lambda: next(left, False))


@pytest.mark.parametrize("objects_a_run", [1, 1000])
def test_a_request_that_is_done_is_not_said_to_be_running(objects_a_run: int) -> None:
    function = Eager(ErasingWorld(ONE_OF_EACH), objects_a_run=objects_a_run)
    asked_us = function.world.now_us
    common: dict[str, Any] = {"app": APP, "tenant": TENANT, "learner": ADA, "asked_us": asked_us}
    function.send(Work(request="r1", kind="count", **common))
    count = read_request(function.world.table, TENANT, "r1")
    assert count is not None
    assert count.state == "done"
    function.send(Work(request="r2", kind="erase", code=count.code, **common))
    erasure = read_request(function.world.table, TENANT, "r2")
    assert erasure is not None
    assert (erasure.state, erasure.counts) == ("done", count.counts)
    assert function.delays.count(SETTLED_S) == 1
