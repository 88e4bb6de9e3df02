"""Nobody who is still queued counts as gone: the lag is of whoever is furthest behind, as far as it can be known."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.store import keys
from functions.store.backlog import HIDDEN_US, LAG, LONGEST_US, NOTE_EVERY_US, BacklogReporter, lag_us
from tests.examples import examples
from tests.fakes import MemoryQueue, MemoryTable
from tests.world import NINE_US

SECOND_US = 1_000_000


class Service:
    """Workers that note what they get, and a queue in which something waits, by a clock in seconds."""

    def __init__(self) -> None:
        self.table, self.queue = MemoryTable(), MemoryQueue()
        self.queue.backlog = 10

    def stored(self, worker: BacklogReporter, second: float, age: float) -> None:
        now_us = NINE_US + round(second * SECOND_US)
        worker.stored(self.table, now_us=now_us, oldest_us=now_us - round(age * SECOND_US))

    def failed(self, worker: BacklogReporter, second: float, age: float) -> None:
        now_us = NINE_US + round(second * SECOND_US)
        worker.failed(self.table, now_us=now_us, oldest_us=now_us - round(age * SECOND_US))

    def lag(self, second: float) -> float:
        return lag_us(self.table, self.queue, now_us=NINE_US + round(second * SECOND_US)) / SECOND_US

    @property
    def notes(self) -> int:
        return sum(pk == LAG for pk, _ in self.table.items)


@pytest.fixture
def service() -> Service:
    return Service()


def test_it_grows_while_messages_wait_and_nothing_is_processed(service: Service) -> None:
    service.stored(BacklogReporter(), 0, age=180)
    assert service.lag(60) == 240
    assert service.lag(3600) == 3780


def test_after_a_quiet_spell_it_is_no_longer_than_the_queue_was_not_empty(service: Service) -> None:
    service.stored(BacklogReporter(), 0, age=0)
    service.queue.backlog = 0
    assert service.lag(1800) == 0
    service.queue.backlog = 1
    assert service.lag(1860) == 60


def test_a_quiet_tenants_messages_do_not_hide_a_noisy_ones(service: Service) -> None:
    service.stored(BacklogReporter(), 0, age=2400)
    service.stored(BacklogReporter(), 1, age=0)
    assert service.lag(2) >= 2400
    other = BacklogReporter()
    for second in range(20, 500, 5):
        service.stored(other, second, age=0)
        assert service.lag(second) >= 2400 + second


def test_a_batch_that_failed_counts_while_sqs_hides_it_though_others_are_stored_at_once(service: Service) -> None:
    service.failed(BacklogReporter(), 0, age=3)
    other = BacklogReporter()
    assert HIDDEN_US > 8 * SECOND_US
    for second in range(1, HIDDEN_US // SECOND_US, 7):
        service.stored(other, second, age=1)
        assert service.lag(second) == 3 + second


def test_what_was_noted_last_counts_on_while_nothing_is_processed(service: Service) -> None:
    service.stored(BacklogReporter(), 0, age=2400)
    service.stored(BacklogReporter(), 1, age=0)
    assert service.lag(3600) == 6000


def test_a_queue_without_a_backlog_is_less_than_a_minute_behind(service: Service) -> None:
    workers = [BacklogReporter() for _ in range(5)]
    for second in range(600):
        service.stored(workers[second % 5], second, age=second % 7)
        assert service.lag(second) < 60


def test_ten_minutes_after_a_backlog_it_is_forgotten(service: Service) -> None:
    service.stored(BacklogReporter(), 0, age=2400)
    service.failed(BacklogReporter(), 0, age=2400)
    worker = BacklogReporter()
    for second in range(0, 631, 10):
        service.stored(worker, second, age=1)
    assert service.lag(630) < 30


def test_a_worker_notes_thrice_a_minute_and_at_once_what_is_much_older(service: Service) -> None:
    worker = BacklogReporter()
    for second in range(600):
        service.stored(worker, second, age=1)
    assert service.notes <= 600 * SECOND_US // NOTE_EVERY_US
    before = service.notes
    service.stored(worker, 600, age=60)
    assert service.notes == before + 1
    for second in range(600, 620):
        service.stored(worker, second + 0.5, age=60)
    assert service.notes == before + 1


def test_where_nothing_was_ever_noted_it_is_an_hour(service: Service) -> None:
    assert service.lag(0) == 3600


def test_notes_are_kept_for_as_long_as_the_queue_keeps_a_message_and_then_expire(service: Service) -> None:
    service.stored(BacklogReporter(), 0, age=0)
    (row,) = service.table.items.values()
    expires_us = int(str(row[keys.TTL])) * SECOND_US
    assert NINE_US + LONGEST_US < expires_us < NINE_US + 2 * LONGEST_US
    assert service.lag(30 * 24 * 3600) == LONGEST_US / SECOND_US


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(st.tuples(st.integers(0, 900), st.integers(0, 3600)), min_size=1, max_size=12), st.data())
def test_it_does_not_depend_on_which_worker_noted_what_or_in_what_order(
    noted: list[tuple[int, int]], data: st.DataObject
) -> None:
    lags = set()
    for order in (noted, data.draw(st.permutations(noted))):
        service = Service()
        for second, age in order:
            service.stored(BacklogReporter(), second, age=age)
        lags.add(service.lag(900))
    assert len(lags) == 1
    newest = max(second for second, _ in noted)
    assert lags.pop() >= 900 - newest + max(age for second, age in noted if second == newest)
