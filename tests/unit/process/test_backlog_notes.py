"""What a worker of `process` tells the sweep of how far behind it is."""

import time
from collections.abc import Iterable
from typing import Any

import pytest

from functions.core.messages import Message, pack
from functions.core.times import MINUTE_US
from functions.process.handler import handler
from functions.store.backlog import BacklogReporter, lag_us
from functions.store.dynamodb.table import Unprocessed
from tests.fakes import MemoryQueue, MemoryTable
from tests.handlers import process_dependencies
from tests.payloads import Payloads
from tests.unit.storing.test_pipeline import SETTINGS, message


class Throttled(MemoryTable):
    """A table that takes notes and no events."""

    def put_all(self, rows: Iterable[Any]) -> None:
        rows = list(rows)
        if len(rows) > 1:
            raise Unprocessed("throttled")
        super().put_all(rows)


def sent(now_us: int, *, minutes: float) -> Message:
    return message(Payloads(3).lesson_started("urn:x:learner"), received_us=now_us - round(minutes * MINUTE_US))


def handled(table: MemoryTable, message: Message, **attributes: str) -> None:
    record = {"messageId": "m", "body": pack(message), "attributes": attributes}
    handler({"Records": [record]}, None, dependencies=process_dependencies(table, SETTINGS))


def lag_after(table: MemoryTable, minutes: float, now_us: int) -> float:
    queue = MemoryQueue()
    queue.backlog = 1
    return lag_us(table, queue, now_us=now_us + round(minutes * MINUTE_US)) / MINUTE_US


def test_a_batch_that_fails_counts_until_it_was_delivered_again() -> None:
    table, now_us = Throttled(), time.time_ns() // 1000
    with pytest.raises(Unprocessed):
        handled(table, sent(now_us, minutes=1))
    BacklogReporter().stored(table, now_us=now_us + MINUTE_US, oldest_us=now_us + MINUTE_US)
    assert lag_after(table, 9.5, now_us) >= 10.5


def test_a_dead_letter_that_is_sent_again_is_as_old_as_its_time_in_this_queue() -> None:
    table, now_us = MemoryTable(), time.time_ns() // 1000
    handled(table, sent(now_us, minutes=24 * 60), SentTimestamp=str(now_us // 1000 - 1000))
    assert lag_after(table, 0, now_us) < 1
