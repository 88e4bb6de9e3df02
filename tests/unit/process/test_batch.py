"""The messages of a batch: what is read of SQS records, and what becomes of each if not all can be stored together."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from functions.core.errors import TransientError
from functions.core.messages import Message, pack
from functions.process.batch import Waiting, read, store_together_or_singly
from functions.storing.write_set import WriteSet
from tests.log_records import LogRecords, records_of
from tests.payloads import Payloads
from tests.unit.storing.test_pipeline import NOW_US, message

MESSAGES = [message(Payloads(number).lesson_started(f"urn:x:{number}"), job=f"j{number:021d}") for number in range(6)]
WAITING = [Waiting(f"m{number}", each, NOW_US + number) for number, each in enumerate(MESSAGES)]


@pytest.fixture
def lines() -> Iterator[LogRecords]:
    with records_of("process") as records:
        yield records


class Store:
    """It refuses every call that holds one of `bad`, and remembers the calls."""

    def __init__(self, *bad: int, error: type[Exception] = ValueError) -> None:
        self._bad = [MESSAGES[number] for number in bad]
        self._error = error
        self.calls: list[list[int]] = []

    def __call__(self, messages: Sequence[Message]) -> WriteSet:
        self.calls.append([MESSAGES.index(each) for each in messages])
        if any(each in self._bad for each in messages):
            raise self._error("a text that may name a learner")
        return WriteSet(events=10 + self.calls[-1][0])


def in_time() -> bool:
    return True


def test_messages_are_stored_together() -> None:
    store = Store()
    outcome = store_together_or_singly(WAITING, store, time_left=in_time)
    assert store.calls == [[0, 1, 2, 3, 4, 5]]
    assert [write_set.events for write_set in outcome.write_sets] == [10]
    assert (outcome.failed, outcome.unfinished) == ([], [])


def test_of_messages_that_cannot_be_stored_together_only_those_fail_that_cannot_be_stored_alone() -> None:
    store = Store(1, 4)
    outcome = store_together_or_singly(WAITING, store, time_left=in_time)
    assert store.calls == [[0, 1, 2, 3, 4, 5], [0], [1], [2], [3], [4], [5]]
    assert [write_set.events for write_set in outcome.write_sets] == [10, 12, 13, 15]
    assert outcome.failed == [WAITING[1], WAITING[4]]
    assert outcome.unfinished == []


def test_messages_for_which_no_time_is_left_are_unfinished_and_not_tried() -> None:
    store = Store(0)
    outcome = store_together_or_singly(WAITING, store, time_left=lambda: len(store.calls) < 4)
    assert store.calls == [[0, 1, 2, 3, 4, 5], [0], [1], [2]]
    assert outcome.failed == [WAITING[0]]
    assert [write_set.events for write_set in outcome.write_sets] == [11, 12]
    assert outcome.unfinished == WAITING[3:]


def test_a_single_message_that_cannot_be_stored_is_tried_once() -> None:
    store = Store(2)
    assert store_together_or_singly([WAITING[2]], store, time_left=in_time).failed == [WAITING[2]]
    assert store.calls == [[2]]


def test_messages_whose_sessions_were_not_all_scheduled_are_unfinished_in_their_order() -> None:
    def store(messages: Sequence[Message]) -> WriteSet:
        del messages
        return WriteSet(events=6, unscheduled={4, 1})

    outcome = store_together_or_singly(WAITING, store, time_left=in_time)
    assert outcome.unfinished == [WAITING[1], WAITING[4]]
    assert [write_set.events for write_set in outcome.write_sets] == [6]


@pytest.mark.parametrize("together", [True, False])
def test_a_failure_of_aws_is_no_fault_of_a_message(together: bool) -> None:
    store = Store(0, error=TransientError)
    with pytest.raises(TransientError):
        store_together_or_singly(WAITING if together else WAITING[:1], store, time_left=in_time)
    assert len(store.calls) == 1


def test_the_log_says_which_error_came_from_which_line_and_not_what_it_says(lines: LogRecords) -> None:
    store_together_or_singly([WAITING[3]], Store(3), time_left=in_time)
    line = lines.single("cannot be stored")
    function, _, number = line.at.partition(":")
    assert (line.error, function) == ("ValueError", "__call__")
    assert int(number) > Store.__call__.__code__.co_firstlineno
    assert "learner" not in str(vars(line))


def test_a_record_is_read_with_its_id_its_receipt_and_when_it_was_sent() -> None:
    body = pack(MESSAGES[0])
    records: list[dict[str, Any]] = [
        {"messageId": "a", "receiptHandle": "r", "body": body, "attributes": {"SentTimestamp": "1770000000123"}},
        {"messageId": "b", "body": body},
    ]
    waiting, unreadable = read(records)
    assert waiting == [
        Waiting("a", MESSAGES[0], 1_770_000_000_123_000, "r"),
        Waiting("b", MESSAGES[0], MESSAGES[0].received_us, ""),
    ]
    assert unreadable == []


def test_a_record_that_holds_no_message_is_told_with_the_reason() -> None:
    record = {"messageId": "a", "body": "no message"}
    waiting, unreadable = read([record, {"messageId": "b", "body": pack(MESSAGES[1])}])
    assert [received.id for received in waiting] == ["b"]
    ((record_left, reason),) = unreadable
    assert record_left is record
    assert reason
