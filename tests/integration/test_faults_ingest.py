"""What `validate` answers while SQS fails, and that a sender who does as it is told loses and doubles nothing."""

from collections.abc import Iterator

import pytest

from tests.aws import mocked
from tests.faults import KINDS, Kind, Stack, every, first, ids_of
from tests.payloads import Json, Payloads, envelope

SEND = "sqs.SendMessageBatch"


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    with mocked(monkeypatch):
        yield Stack()


def events(count: int, seed: int = 1) -> list[Json]:
    return list(Payloads(seed).events(count))


@pytest.mark.parametrize("kind", KINDS)
def test_a_request_that_cannot_be_queued_is_answered_503_and_sent_again_is_stored_once(
    stack: Stack, kind: Kind
) -> None:
    sent = events(28)
    stack.faults.rule = first(kind, SEND)
    answer = stack.post(envelope(*sent))
    assert answer["statusCode"] == 503
    assert int(answer["headers"]["Retry-After"]) > 0
    assert answer["json"]["message"]
    assert stack.post(envelope(*sent))["statusCode"] == 200
    stack.drain()
    assert stack.stored() == ids_of(sent)
    stack.reconcile()


def test_a_request_of_which_a_part_is_refused_is_answered_503_and_sent_again_is_stored_once(stack: Stack) -> None:
    """Five items of 240 KB are three messages; SQS takes one, then two, then all."""
    sent = [event | {"extensions": {"note": "x" * 240_000}} for event in events(5)]
    left = [2, 1, 0]
    stack.faults.hand_back = lambda _name, count: left.pop(0) if left and count == 3 else 0
    assert stack.post_until_taken(envelope(*sent)) == 3
    stack.drain()
    assert stack.stored() == ids_of(sent)
    stack.reconcile()


@pytest.mark.parametrize("kind", KINDS)
def test_a_request_whose_second_call_fails_is_not_taken_by_halves(stack: Stack, kind: Kind) -> None:
    """Twelve envelopes are twelve messages: two calls of SendMessageBatch."""
    sent = events(12)
    stack.faults.rule = lambda call: kind if call.name == SEND and stack.faults.call_names.count(SEND) == 2 else None
    bodies = [envelope(event, sensor=f"https://sensors.example.org/{n}") for n, event in enumerate(sent)]
    assert stack.post_until_taken(bodies) == 2
    stack.drain()
    assert stack.stored() == ids_of(sent)
    stack.reconcile()


def test_while_sqs_is_down_nothing_is_accepted(stack: Stack) -> None:
    stack.faults.rule = every("unavailable", "sqs")
    for _ in range(3):
        assert stack.post(envelope(*events(3)))["statusCode"] == 503
    stack.faults.clear()
    stack.drain()
    assert stack.stored() == []


@pytest.mark.parametrize("kind", ["throttled", "unavailable", "timeout"])
@pytest.mark.parametrize("operation", ["dynamodb.Query", "dynamodb.BatchGetItem", SEND])
def test_a_heartbeat_that_cannot_be_taken_is_answered_503(stack: Stack, kind: Kind, operation: str) -> None:
    payloads = Payloads(3)
    session = payloads.urn()
    stack.post(envelope(payloads.logged_in(payloads.urn(), session, requiresHeartbeat=True)))
    stack.drain()
    heartbeat = b'{"sessionId": "%s"}' % session.encode()
    stack.faults.rule = first(kind, operation)
    assert stack.post(heartbeat, path="/events/1.0/heartbeat")["statusCode"] == 503
    assert stack.post(heartbeat, path="/events/1.0/heartbeat")["statusCode"] == 202


def test_a_heartbeat_whose_session_dynamodb_keeps_handing_back_is_answered_503(stack: Stack) -> None:
    """Ten learners share a session id; each call gives one row of theirs, and a call is made eight times."""
    payloads = Payloads(3)
    session = payloads.urn()
    stack.post(envelope(*(payloads.logged_in(payloads.urn(), session, requiresHeartbeat=True) for _ in range(10))))
    stack.drain()
    stack.faults.hand_back = lambda name, count: count if name == "dynamodb.BatchGetItem" else 0
    answer = stack.post(b'{"sessionId": "%s"}' % session.encode(), path="/events/1.0/heartbeat")
    assert answer["statusCode"] == 503
    assert answer["headers"]["Retry-After"]
    assert len(stack.pauses) == 7
