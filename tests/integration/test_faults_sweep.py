"""`timeout` over a failing queue and table: every idle session ends once, whatever fails while it is looked at."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from functions.store import keys
from functions.store.dynamodb.table import DynamoTable, Row
from functions.store.rows.events import fact_of_row
from functions.store.rows.sessions import session_of
from tests.aws import REGION, TABLE, mocked
from tests.faults import KINDS, Call, Killed, Kind, Stack, every, first, numbered
from tests.payloads import Payloads, envelope

CALLS_OF_TIMEOUT = (
    "dynamodb.Query",
    "dynamodb.BatchGetItem",
    "dynamodb.PutItem",
    "dynamodb.BatchWriteItem",
    "sqs.SendMessageBatch",
    "sqs.GetQueueAttributes",
)
FAILURES = (Exception, Killed)


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    with mocked(monkeypatch):
        yield abandoned()


def abandoned() -> Stack:
    """Three learners who left: two with a session of their own, one whose events ask for one. All are idle at once."""
    stack, payloads = Stack(idle_minutes=1e-6), Payloads(4)
    for _ in range(2):
        learner, session = payloads.urn(), payloads.urn()
        stack.post(envelope(payloads.logged_in(learner, session)))
    stack.post(envelope(payloads.lesson_started(payloads.urn())))
    stack.drain()
    stack.faults.call_names.clear()
    return stack


def timed_out(stack: Stack) -> list[str]:
    """The sessions of the TimedOut events that are stored."""
    facts = [fact_of_row(row) for row in stack.rows() if str(row[keys.SK]).startswith(keys.EVENT)]
    return sorted(str(fact.entry.attribution.session) for fact in facts if fact.entry.attribution.action == "TimedOut")


def closed(stack: Stack) -> list[str]:
    kinds = (keys.SESSION, keys.INFERRED)
    sessions = [session_of(row) for row in stack.rows() if str(row[keys.SK]).startswith(kinds)]
    return sorted(session.id for session in sessions if session.all)


def due(stack: Stack) -> list[Row]:
    return [row for row in stack.rows() if keys.DUE_PK in row]


def settle(stack: Stack) -> None:
    """Deliveries and sweeps, each minute, until nothing is due. (While messages wait, nobody counts as idle.)"""
    stack.faults.clear()
    for _ in range(3):
        stack.drain()
        stack.sweep()
    assert due(stack) == []
    assert len(closed(stack)) == 3
    assert timed_out(stack) == closed(stack)
    assert set(stack.stored()) <= set(stack.archived())


def test_three_sessions_that_nobody_closed_end_with_one_timed_out_each(stack: Stack) -> None:
    settle(stack)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("operation", CALLS_OF_TIMEOUT)
def test_a_call_that_fails_once_is_let_out_and_costs_a_minute(stack: Stack, operation: str, kind: Kind) -> None:
    stack.faults.rule = first(kind, operation)
    with pytest.raises(FAILURES):
        stack.sweep()
    settle(stack)


@pytest.mark.parametrize("moment", ["killed", "killed after"])
def test_a_sweep_killed_at_any_call_ends_every_session_once(monkeypatch: pytest.MonkeyPatch, moment: Kind) -> None:
    for number in range(17, 200):  # the first 16 look for what is due
        with mocked(monkeypatch):
            stack = abandoned()
            stack.faults.rule = numbered(moment, number)
            try:
                stack.sweep()
            except Killed:
                settle(stack)
            else:
                break
    assert number > 20


def test_a_session_whose_call_fails_does_not_keep_the_others_open(stack: Stack) -> None:
    victim = min(str(row[keys.PK]) for row in due(stack))

    def rule(call: Call) -> Kind | None:
        return "throttled" if call.name == "dynamodb.PutItem" and victim.encode() in call.body else None

    stack.faults.rule = rule
    with pytest.raises(FAILURES):
        stack.sweep()
    stack.faults.clear()
    stack.drain()
    assert len(closed(stack)) == 2
    assert {row[keys.PK] for row in due(stack)} == {victim}
    settle(stack)


def test_a_shard_that_does_not_answer_does_not_keep_the_others_open(stack: Stack) -> None:
    shard = str(due(stack)[0][keys.DUE_PK])
    behind = [row for row in due(stack) if row[keys.DUE_PK] == shard]

    def rule(call: Call) -> Kind | None:
        return "throttled" if call.name == "dynamodb.Query" and f'"{shard}"'.encode() in call.body else None

    stack.faults.rule = rule
    with pytest.raises(FAILURES):
        stack.sweep()
    assert len(due(stack)) == len(behind)
    settle(stack)


def test_a_session_whose_row_dynamodb_will_not_take_is_put_off_and_reported(stack: Stack) -> None:
    victim = min(str(row[keys.PK]) for row in due(stack))

    def rule(call: Call) -> Kind | None:
        is_session = call.name == "dynamodb.PutItem" and b'"session"' in call.body and b'"body"' in call.body
        return "invalid" if is_session and victim.encode() in call.body else None

    stack.faults.rule = rule
    counts = stack.sweep()
    assert counts["failed"] == 1
    assert counts["errors"] == ["Unstorable"]
    (left,) = due(stack)
    assert left[keys.PK] == victim
    stack.faults.clear()
    stack.drain()
    assert len(timed_out(stack)) == 3, "it is the row of its session that is missing"
    assert len(closed(stack)) == 2


def test_a_row_that_the_sweep_cannot_read_is_left_out_and_told_of(stack: Stack) -> None:
    damaged = next(row for row in stack.rows() if str(row[keys.SK]).startswith(keys.EVENT))
    writer = DynamoTable(boto3.client("dynamodb", region_name=REGION), TABLE)
    writer.put_all([damaged | {"body": b"no frame of ours"}])
    counts = stack.sweep()
    assert (counts["unreadable"], counts["failed"], counts["closed"]) == (1, 0, 2)
    assert due(stack) == []


def test_a_read_that_fails_leaves_the_due_time_as_it_was(stack: Stack) -> None:
    before = {row[keys.PK]: row[keys.DUE_SK] for row in due(stack)}

    def rule(call: Call) -> Kind | None:
        return "throttled" if call.name == "dynamodb.Query" and b"E#" in call.body else None

    stack.faults.rule = rule
    for _ in range(3):
        with pytest.raises(FAILURES):
            stack.sweep()
        assert {row[keys.PK]: row[keys.DUE_SK] for row in due(stack)} == before
    settle(stack)


@pytest.mark.parametrize("kind", ["throttled", "unavailable", "timeout"])
@pytest.mark.parametrize("service", ["sqs", "dynamodb"])
def test_an_outage_of_many_minutes_ends_every_session_once(stack: Stack, service: str, kind: Kind) -> None:
    stack.faults.rule = every(kind, service)
    for _ in range(3):
        with pytest.raises(FAILURES):
            stack.sweep()
    assert timed_out(stack) == []
    settle(stack)


def test_a_timed_out_that_sqs_hands_back_is_sent_by_the_next_sweep(stack: Stack) -> None:
    class Refusing:
        """SQS that answers 200 and takes nothing."""

        def waiting(self) -> int:
            return 0

        def send(self, bodies: Any, *, group: str) -> list[int]:
            return list(range(len(bodies)))

    taken, stack.queue = stack.queue, Refusing()  # type: ignore[assignment]
    assert stack.sweep()["sent"] == 0
    assert len(due(stack)) == 3
    stack.queue = taken
    settle(stack)
