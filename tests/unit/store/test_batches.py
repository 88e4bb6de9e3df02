"""Batches are written by two threads that stay: what fails is raised once both have stopped, and no thread is left."""

import threading
import time

import pytest
from botocore.exceptions import ClientError

from functions.store.dynamodb.batches import WRITE_BATCH, WRITERS, Batches
from functions.store.dynamodb.table import DynamoTable, Row
from tests.bench.answers import Answers, Counted

ROWS: list[Row] = [{"pk": "p", "sk": f"M#{number:04d}"} for number in range(20 * WRITE_BATCH)]
REFUSED = 400, b'{"__type":"x#ResourceNotFoundException","message":"no table"}'


def test_each_batch_is_written_once() -> None:
    counted = Counted()
    DynamoTable(counted.client("dynamodb"), "t").put_all(ROWS)
    assert counted.calls == {"BatchWriteItem": 20}
    assert len(counted.answers.items) == len(ROWS)


def test_a_failure_leaves_nothing_to_the_other_writer() -> None:
    class Refusing(Answers):
        def answer(self, target: str, body: bytes) -> tuple[int, bytes]:
            return REFUSED

    counted = Counted(Refusing())
    batches = Batches(counted.client("dynamodb"), "t", time.sleep)
    left = iter([ROWS[:1], ROWS[1:2], ROWS[2:3]])
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        batches._write_from(left)
    assert not list(left)
    assert counted.calls == {"BatchWriteItem": 1}


def test_a_failure_is_raised_when_the_other_writer_has_stopped() -> None:
    class FirstRefused(Answers):
        def __init__(self) -> None:
            super().__init__()
            self.both, self.refused = threading.Barrier(WRITERS), threading.Event()
            self.answered = 0

        def answer(self, target: str, body: bytes) -> tuple[int, bytes]:
            first = self.both.wait(10) == 0
            if first:
                self.refused.set()
                return REFUSED
            assert self.refused.wait(10)
            self.answered += 1
            return super().answer(target, body)

    answers = FirstRefused()
    counted = Counted(answers)
    table = DynamoTable(counted.client("dynamodb"), "t")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        table.put_all(ROWS[: WRITERS * WRITE_BATCH])
    assert answers.answered == WRITERS - 1


def test_the_writers_end_with_their_table() -> None:
    before = set(threading.enumerate())
    table = DynamoTable(Counted().client("dynamodb"), "t")
    table.put_all(ROWS)
    writers = set(threading.enumerate()) - before
    assert 1 <= len(writers) <= WRITERS
    del table
    for writer in writers:
        writer.join(10)
        assert not writer.is_alive()
