"""A heartbeat keeps a session open that asked for it, and says clearly why not otherwise."""

import json
from typing import Any

import pytest

from functions.core.messages import unpack
from functions.core.times import MINUTE_US, format_time
from functions.http.gate import KEY_SCOPES, Principal, principal_context
from functions.validate.handler import handler
from tests.handlers import validate_dependencies
from tests.payloads import APP, Json
from tests.unit.validate.test_ingest import OWN
from tests.world import NINE_US, STUDENT, World


@pytest.fixture
def world() -> World:
    return World()


def beat(world: World, body: Any) -> tuple[int, Json]:
    event = {
        "rawPath": "/events/1.0/heartbeat",
        "headers": {"content-type": "application/json"},
        "requestContext": {
            "authorizer": {"lambda": principal_context(Principal(app=OWN, scopes=KEY_SCOPES, kind="key"))}
        },
        "body": body if isinstance(body, str) else json.dumps(body),
    }
    answer = handler(event, None, dependencies=validate_dependencies(world.queue, world.table))
    return answer["statusCode"], json.loads(answer["body"])


def opened(world: World, **flags: bool) -> str:
    session = world.payloads.urn()
    world.send(world.payloads.logged_in(STUDENT, session, **flags) | {"eventTime": format_time(NINE_US)})
    return session


def test_a_heartbeat_extends_its_session(world: World) -> None:
    session = opened(world, requiresHeartbeat=True)
    bare = session.removeprefix("urn:uuid:")
    code, _ = beat(world, {"sessionId": bare, "eventTime": "2026-03-02T09:04:00Z", "edApp": APP})
    assert code == 202
    messages = [unpack(body) for body in world.queue.bodies]
    assert [item.kind for message in messages for item in message.items] == ["heartbeat"]
    world.set_clock(4)
    world.drain()
    kinds = [fact.entry.attribution.kind for fact in world.facts()]
    assert kinds == ["event", "heartbeat"]
    world.set_clock(6)
    world.sweep()
    assert world.drain() == []


def test_a_session_that_nobody_opened_is_a_404(world: World) -> None:
    code, body = beat(world, {"sessionId": world.payloads.urn()})
    assert (code, body["code"]) == (404, "no-open-session")


def test_a_session_that_ended_is_a_404(world: World) -> None:
    session = opened(world, requiresHeartbeat=True)
    world.send(world.payloads.logged_out(STUDENT, session) | {"eventTime": format_time(NINE_US + 1)})
    world.set_clock(1)
    world.sweep()
    assert beat(world, {"sessionId": session})[0] == 404
    world.send(world.event(1))  # so that the learner is there again
    assert beat(world, {"sessionId": session})[0] == 404


def test_a_session_that_was_opened_again_takes_heartbeats(world: World) -> None:
    session = opened(world, requiresHeartbeat=True)
    world.set_clock(6)
    world.sweep()
    world.drain()
    assert beat(world, {"sessionId": session})[0] == 404
    again = world.payloads.logged_in(STUDENT, session, requiresHeartbeat=True)
    world.send(again | {"eventTime": format_time(NINE_US + 6 * MINUTE_US)})
    assert beat(world, {"sessionId": session})[0] == 202


def test_a_heartbeat_from_before_the_session_was_opened_is_told_that_it_extends_nothing(world: World) -> None:
    session = opened(world, requiresHeartbeat=True)
    code, body = beat(world, {"sessionId": session, "eventTime": "2026-03-02T08:58:20Z"})
    assert code == 202
    assert "2026-03-02T09:00:00.000Z" in body["message"]
    world.drain()
    world.set_clock(6)
    world.sweep()
    (event,) = world.drain()
    assert event["object"]["startedAtTime"] == event["eventTime"] == "2026-03-02T09:00:00.000Z"


def test_a_heartbeat_is_judged_by_one_query_and_one_batch_of_reads(world: World) -> None:
    session = opened(world, requiresHeartbeat=True)
    world.calls.counts.clear()
    beat(world, {"sessionId": session})
    assert world.calls.counts == {"query": 1, "get_all": 1, "send": 1}


def test_a_session_that_did_not_ask_is_a_409_that_says_how_to(world: World) -> None:
    code, body = beat(world, {"sessionId": opened(world)})
    assert code == 409
    assert "requiresHeartbeat" in body["message"]


@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", {}, {"sessionId": 5}, {"sessionId": "x", "eventTime": "now"}, {"sessionId": "x", "edApp": 1}],
)
def test_what_is_no_heartbeat_is_a_400(world: World, body: Any) -> None:
    assert beat(world, body)[0] == 400


def test_a_heartbeat_of_the_future_that_would_extend_nothing_is_a_400_that_says_so(world: World) -> None:
    session = opened(world, requiresHeartbeat=True)
    code, body = beat(world, {"sessionId": session, "eventTime": "2099-01-01T00:00:00Z"})
    assert (code, body["code"], body["errors"][0]["pointer"]) == (400, "event-time-ahead", "/eventTime")
    assert world.queue.bodies == []


def test_a_foreign_app_is_a_403(world: World) -> None:
    assert beat(world, {"sessionId": opened(world), "edApp": world.payloads.urn()})[0] == 403
