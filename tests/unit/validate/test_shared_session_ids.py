"""A session id that two learners use: a heartbeat keeps open whichever of the two sessions is open."""

import json

import pytest

from functions.core.times import format_time
from functions.store import keys
from functions.validate.heartbeat import heartbeat
from tests.unit.validate.test_ingest import OWN
from tests.world import NINE_US, STUDENT, TENANT, World

ANOTHER = "urn:uuid:0a0a0a0a-0000-4000-8000-000000000002"


@pytest.mark.parametrize("gone", [STUDENT, ANOTHER])
def test_a_heartbeat_finds_the_session_that_is_open_among_those_of_one_id(gone: str) -> None:
    """In whatever order the index names the learners."""
    world = World()
    session = world.payloads.urn()
    for learner in (STUDENT, ANOTHER):
        opened = world.payloads.logged_in(learner, session, requiresHeartbeat=True)
        world.send(opened | {"eventTime": format_time(NINE_US)})
    closed = world.payloads.logged_out(gone, session) | {"eventTime": format_time(NINE_US + 1)}
    world.send(closed, received_us=NINE_US + 1)
    world.set_clock(1)
    world.sweep()
    world.drain()
    body = json.dumps({"sessionId": session, "eventTime": format_time(NINE_US + 60_000_000)}).encode()
    answer = heartbeat(body, app=OWN, queue=world.queue, table=world.table, now_us=NINE_US + 60_000_000, nonce=b"n" * 8)
    assert answer["statusCode"] == 202
    world.set_clock(2)
    world.drain()
    left = {keys.learner_pk(TENANT, learner) for learner in (STUDENT, ANOTHER) if learner != gone}
    assert set(world.pending()) == left
