"""The receipt of an erasure names all that a later run needs to do it again, also what came while it was under way."""

import pytest

from functions.core.ids import id_digest
from functions.core.messages import Message
from functions.privacy.steps import SETTLED_S
from functions.store.erasure.work import Work
from tests.payloads import APP
from tests.unit.privacy.erasing_world import ADA, ErasingWorld, Sent
from tests.unit.privacy.test_erase import assert_gone
from tests.unit.privacy.test_steps import ONE_OF_EACH, TENANT, Function

pytestmark = pytest.mark.slow

LATE = Sent(who=0, minute=1, kind="attempt", number=77)


class BehindTime(Function):
    """Between the two walks a worker archives what it had received before it knew of the erasure."""

    received_us = 0

    def send(self, work: Work, *, delay_s: int = 0) -> None:
        if delay_s == SETTLED_S:
            late = Message(
                tenant=TENANT, app_id=APP, job="l" * 22, received_us=self.received_us, items=[LATE.item(self.world)]
            )
            self.world.archive.write([late])
        super().send(work, delay_s=delay_s)


def test_a_describe_that_came_between_the_walks_is_in_the_receipt() -> None:
    world = ErasingWorld(ONE_OF_EACH)
    function = BehindTime(world)
    function.received_us = world.now_us - 1
    code = function.ask("count", ADA).code
    assert function.ask("erase", ADA, code, request="r2").state == "done"
    assert_gone(world)
    receipt = world.records.records["r2", TENANT]
    places = [erasure.digest for erasure in receipt.erasures if erasure.role == "describe"]
    assert [place for place in places if place.startswith(f"D#{id_digest('urn:x:attempt:77')}|")] != []
    assert receipt.finished_at
