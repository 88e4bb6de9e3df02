"""`process` over a failing S3 and DynamoDB, with an SQS that delivers again: accepted = stored + quarantined."""

import random
from collections.abc import Iterator

import orjson
import pytest

from functions.core.ids import canonical_id, id_digest
from functions.core.jobs import job_key
from functions.core.messages import Item, Message, pack
from functions.store import keys
from functions.store.dynamodb.table import UNPROCESSED_ROUNDS
from tests.aws import mocked
from tests.faults import KINDS, RECEIVES, Call, Kind, Stack, every, first, ids_of, numbered
from tests.payloads import Json, Payloads, envelope

WRITE = "dynamodb.BatchWriteItem"
CALLS_OF_PROCESS = ("s3.PutObject", "dynamodb.TransactWriteItems", WRITE, "dynamodb.BatchGetItem", "dynamodb.PutItem")


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    with mocked(monkeypatch):
        yield Stack()


def events(count: int, seed: int = 1) -> list[Json]:
    return list(Payloads(seed).events(count, learners=2))


def message(stack: Stack, *items: Item, number: int = 0) -> str:
    """A message as `validate` would have put it into the queue."""
    received_us = 1_772_442_000_000_000 + number
    return pack(
        Message(
            tenant=stack.app.tenant,
            app_id=stack.app.app_id,
            job=job_key(received_us, b"12345678"),
            received_us=received_us,
            items=list(items),
        )
    )


def item(event: Json) -> Item:
    return Item("event", orjson.dumps(event))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("operation", CALLS_OF_PROCESS)
def test_a_call_that_fails_once_costs_a_delivery_and_nothing_else(stack: Stack, operation: str, kind: Kind) -> None:
    sent = events(6)
    stack.post(envelope(*sent))
    stack.faults.rule = first(kind, operation)
    stack.drain()
    assert stack.failed_runs == 1
    assert stack.dead() == 0
    assert stack.stored() == ids_of(sent)
    stack.reconcile()


@pytest.mark.parametrize("operation", ["s3.PutObject", WRITE])
def test_a_customers_key_that_may_not_be_used_costs_deliveries_and_no_event(stack: Stack, operation: str) -> None:
    sent = events(6)
    stack.post(envelope(*sent))
    stack.faults.rule = first("key refused", operation)
    stack.drain()
    assert stack.failed_runs == 1
    assert stack.stored() == ids_of(sent)
    stack.reconcile()


@pytest.mark.parametrize("moment", ["killed", "killed after"])
def test_a_lambda_killed_at_any_call_leaves_what_one_delivery_leaves(
    monkeypatch: pytest.MonkeyPatch, moment: Kind
) -> None:
    sent = events(6)
    ended: list[int] = []  # rows
    for number in range(100):
        with mocked(monkeypatch):
            stack = Stack()
            stack.post(envelope(*sent))
            stack.faults.call_names.clear()
            if number:
                stack.faults.rule = numbered(moment, number)
            stack.drain()
            assert stack.failed_runs == bool(number)
            stack.reconcile()
            calls = len(stack.faults.call_names)
            ended.append(sum(row[keys.PK] != "LAG" for row in stack.rows()))
        if number and number >= calls - number:  # the second delivery makes the calls of the first again
            break
    assert number > 4
    assert ended[0] > len(sent)
    assert {*ended} == {ended[0]}


def test_what_a_batch_hands_back_is_sent_again_after_growing_pauses(stack: Stack) -> None:
    sent = events(6)
    stack.post(envelope(*sent))
    stack.faults.hand_back = lambda name, count: count // 2 if name == WRITE else 0
    stack.drain()
    assert stack.failed_runs == 0
    assert stack.stored() == ids_of(sent)
    assert 0 < len(stack.pauses) < UNPROCESSED_ROUNDS
    assert all(0 <= pause <= 0.05 * 2**n for n, pause in enumerate(stack.pauses))


def test_what_a_batch_keeps_handing_back_is_delivered_again(stack: Stack) -> None:
    """One row of each call goes in, so eight rounds are too few; what went in stays, the rest comes again."""
    sent = events(20)
    stack.post(envelope(*sent))
    runs = [True]
    stack.faults.hand_back = lambda name, count: count if name == WRITE and stack.failed_runs == 0 and runs else 0
    stack.drain()
    assert stack.failed_runs == 1
    assert stack.stored() == ids_of(sent)
    stack.reconcile()


def test_reads_that_are_handed_back_arm_every_session_once(stack: Stack) -> None:
    sent = events(6)
    stack.post(envelope(*sent))
    stack.faults.hand_back = lambda name, count: count // 2 if name == "dynamodb.BatchGetItem" else 0
    stack.drain()
    assert stack.failed_runs == 0
    timers = [row for row in stack.rows() if row[keys.SK] == keys.TIMER]
    assert timers
    assert all(row["version"] == 1 for row in timers)


@pytest.mark.parametrize("kind", ["throttled", "unavailable", "timeout"])
@pytest.mark.parametrize(("down", "up"), [("dynamodb", "s3"), ("s3", "dynamodb")])
def test_an_outage_ends_in_the_dead_letter_queue_and_a_redrive_stores_all(
    stack: Stack, down: str, up: str, kind: Kind
) -> None:
    sent = [events(4, seed) for seed in range(3)]
    for batch in sent:
        stack.post(envelope(*batch))
    stack.faults.rule = every(kind, down)
    stack.drain()
    assert stack.dead() == 3
    assert stack.failed_runs == RECEIVES
    assert stack.stored() == []
    assert set(stack.archived()) == (set(stack.accepted) if up == "s3" else set())
    stack.faults.clear()
    assert stack.redrive() == 3
    stack.drain()
    assert stack.dead() == 0
    assert stack.stored() == ids_of(event for batch in sent for event in batch)
    stack.reconcile()


def test_one_poison_event_goes_to_quarantine_and_its_neighbours_are_stored(stack: Stack) -> None:
    good = events(5)
    poison = Item("event", b'{"id": "urn:uuid:00000000-0000-4000-8000-00000000dead", \xff}')
    items = [item(event) for event in good]
    stack.queue.send([message(stack, *items[:3], poison, *items[3:])], group="t")
    stack.drain()
    assert stack.failed_runs == stack.dead() == 0
    assert stack.stored() == ids_of(good)
    assert len(stack.quarantined()) == 1
    assert len(stack.archived()) == 6


def test_one_row_that_dynamodb_will_not_take_goes_to_quarantine_and_its_neighbours_are_stored(stack: Stack) -> None:
    sent = events(30)
    bad = canonical_id(sent[17]["id"])
    mark = f"#{id_digest(bad)}#".encode()
    stack.post(envelope(*sent))

    def rule(call: Call) -> Kind | None:
        return "invalid" if call.name == WRITE and mark in call.body else None

    stack.faults.rule = rule
    stack.drain()
    assert stack.failed_runs == stack.dead() == 0
    assert stack.quarantined() == [bad]
    assert stack.stored() == sorted({*ids_of(sent)} - {bad})
    stack.reconcile()


def test_one_row_too_large_for_dynamodb_goes_to_quarantine_by_dynamodbs_own_word(stack: Stack) -> None:
    """Nothing that `validate` takes is that large; what is in the queue might be."""
    noise = random.Random(1)
    text = "".join(chr(noise.randrange(0x4E00, 0x9FFF)) for _ in range(100_000))
    good = events(4)
    warned = Item("event", orjson.dumps(events(1, seed=9)[0]), [{"code": "x", "message": text}, {"code": text[::-1]}])
    stack.queue.send([message(stack, *[item(event) for event in good], warned)], group="t")
    stack.drain()
    assert stack.dead() == 0
    assert stack.stored() == ids_of(good)
    assert len(stack.quarantined()) == 1


def test_a_message_that_cannot_be_stored_is_a_dead_letter_alone(stack: Stack) -> None:
    """A rejection that DynamoDB will not take has nowhere else to go than the dead-letter queue."""
    good = [events(3, seed) for seed in range(4)]
    bodies = [message(stack, *map(item, batch), number=n) for n, batch in enumerate(good)]
    stack.queue.send([*bodies[:2], message(stack, Item("rejection", b"{not good"), number=9), *bodies[2:]], group="t")

    def rule(call: Call) -> Kind | None:
        return "invalid" if call.name == WRITE and b"#X#" in call.body else None

    stack.faults.rule = rule
    stack.drain()
    assert stack.dead() == 1
    assert stack.stored() == ids_of(event for batch in good for event in batch)
    stack.faults.clear()
    assert stack.redrive() == 1
    stack.drain()
    assert stack.quarantined() == ["{not good"]


@pytest.mark.parametrize("seed", range(6))
def test_whatever_fails_whenever_what_was_accepted_is_stored_or_quarantined(stack: Stack, seed: int) -> None:
    """A tenth of all calls go wrong in every way, batches come back in parts, senders send again, then a redrive."""
    chance = random.Random(seed)
    ways: list[Kind] = [*KINDS, "killed", "killed after"]

    def rule(call: Call) -> Kind | None:
        allowed = [way for way in ways if not (call.name.startswith("sqs") and way.startswith("killed"))]
        return chance.choice(allowed) if chance.random() < 0.1 else None

    stack.faults.rule = rule
    stack.faults.hand_back = lambda _name, count: chance.randrange(count) if chance.random() < 0.2 else 0
    payloads, sent = Payloads(seed), []
    for _ in range(8):
        batch = list(payloads.events(5, learners=2))
        sent += batch
        broken = {"id": payloads.urn(), "type": "ViewEvent", "actor": 7}
        stack.post_until_taken(envelope(*batch, broken, *chance.sample(sent, 2)))
        if chance.random() < 0.5:
            stack.deliver(batch=chance.randrange(1, 6))
    stack.drain(batch=4)
    stack.faults.clear()
    stack.redrive()
    stack.drain()
    assert stack.dead() == 0
    assert stack.stored() == ids_of(sent)
    assert stack.accepted == {*ids_of(sent)}
    assert len({*stack.quarantined()}) == 8
    stack.reconcile()
