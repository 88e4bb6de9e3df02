"""What an app sent today and yesterday, added up over the rows in which it is counted."""

import pytest

from functions.core.sender_alarms.alarms import SenderAlarms, SentCounts
from functions.core.times import DAY_US, day_of
from functions.store import keys
from functions.store.days import month_start_us
from functions.store.dynamodb.key_parts import time_key
from functions.store.quarantine.counts import EVERY_CODE
from functions.store.rows.manifests import Arrival, pointer_of, to_row
from functions.store.sender_alarms.counts import last_arrival_us, last_rejection_us, sent_counts
from functions.store.sender_alarms.keys import findings_pk
from functions.store.sent.days import months_of, received_by_day, sent_by_day
from tests.fakes import MemoryTable
from tests.world import NINE_US, STUDENT, TENANT

TODAY, YESTERDAY, BEFORE = (day_of(NINE_US - days * DAY_US) for days in range(3))
RECEIVED, SENT = keys.received_pk(TENANT), keys.sent_pk(TENANT)
REJECTED, WARNED = keys.rejected_pk(TENANT), findings_pk(TENANT)


def counted(*rows: tuple[str, str, int]) -> MemoryTable:
    table = MemoryTable()
    table.put_all({keys.PK: pk, keys.SK: sk, "count": count} for pk, sk, count in rows)
    return table


def counts_of(table: MemoryTable) -> SentCounts:
    return sent_counts(table, SenderAlarms(tenant=TENANT, app_id="a"), now_us=NINE_US)


def test_the_counts_of_two_days_are_added_up_over_shards_and_codes() -> None:
    table = counted(
        (RECEIVED, f"{BEFORE}#0", 100),
        (RECEIVED, f"{YESTERDAY}#0", 1),
        (RECEIVED, f"{YESTERDAY}#3", 2),
        (RECEIVED, f"{TODAY}#1", 4),
        (RECEIVED, f"{day_of(NINE_US + DAY_US)}#1", 100),
        (REJECTED, f"{BEFORE}#{EVERY_CODE}", 100),
        (REJECTED, f"{YESTERDAY}#{EVERY_CODE}", 5),
        (REJECTED, f"{TODAY}#{EVERY_CODE}", 6),
        (REJECTED, f"{YESTERDAY}#time", 5),
        (REJECTED, f"{TODAY}#timeback.user#email", 6),
        (WARNED, f"{BEFORE}#time", 100),
        (WARNED, f"{YESTERDAY}#{EVERY_CODE}", 7),
        (WARNED, f"{TODAY}#{EVERY_CODE}", 8),
        (WARNED, f"{YESTERDAY}#time", 7),
        (WARNED, f"{TODAY}#time", 1),
        (WARNED, "RINGS", 100),
    )
    assert counts_of(table) == SentCounts(
        stored=7, rejected=11, warned=15, codes={"time": 13, "timeback.user#email": 6}, last_us=None
    )


def test_of_an_app_that_sent_nothing_all_counts_are_nothing() -> None:
    assert counts_of(MemoryTable()) == SentCounts()


def test_days_are_told_newest_first_each_as_the_sum_of_its_shards() -> None:
    rows = [(f"{BEFORE}#0", 1), (f"{YESTERDAY}#0", 2), (f"{YESTERDAY}#1", 3), (f"{YESTERDAY}#3", 4), (f"{TODAY}#2", 5)]
    table = counted(*((SENT, sk, count) for sk, count in rows), *((RECEIVED, sk, 10 * count) for sk, count in rows))
    assert list(sent_by_day(table, TENANT).items()) == [(TODAY, 5), (YESTERDAY, 9), (BEFORE, 1)]
    assert list(received_by_day(table, TENANT).items()) == [(TODAY, 50), (YESTERDAY, 90), (BEFORE, 10)]


@pytest.mark.parametrize(
    ("months", "first"),
    [(["202601"], "202601"), (["202512", "202601"], "202512"), (["202511", "202512", "202601", "202602"], "202511")],
)
def test_the_months_of_a_span_are_told_in_order_up_to_its_end(months: list[str], first: str) -> None:
    start_us, last_us = month_start_us(first), month_start_us(months[-1])
    assert list(months_of(start_us, last_us + 1)) == months
    assert list(months_of(start_us, last_us)) == (months[:-1] or months), "the end is not part of it"
    assert list(months_of(start_us + 5, start_us + 5)) == [first]


def arrived(table: MemoryTable, received_us: int, *, sensor: str = "s") -> None:
    sk = keys.event_sk(received_us, f"urn:x:{received_us}", "c" * 22)
    row = to_row(TENANT, [Arrival((keys.learner_pk(TENANT, STUDENT), sk), received_us, sensor)], expires_s=1)
    table.put_all([row, pointer_of(row)])


@pytest.mark.parametrize("days", [0, 3, 26, 27])
def test_the_last_arrival_is_that_of_the_sender_this_month_or_last(days: int) -> None:
    table = MemoryTable()
    assert last_arrival_us(table, TENANT, now_us=NINE_US) is None
    arrived(table, NINE_US - days * DAY_US - 5)
    arrived(table, NINE_US - days * DAY_US)
    for number in range(1, 9):
        arrived(table, NINE_US + number, sensor="")  # what this service emits tells nothing of the sender
    assert last_arrival_us(table, TENANT, now_us=NINE_US) == NINE_US - days * DAY_US


def test_what_arrived_before_last_month_is_not_looked_for() -> None:
    table = MemoryTable()
    arrived(table, NINE_US - 70 * DAY_US)
    assert last_arrival_us(table, TENANT, now_us=NINE_US) is None


def test_behind_very_many_events_of_this_service_the_last_arrival_is_still_seen() -> None:
    table = MemoryTable()
    arrived(table, NINE_US - DAY_US)
    for number in range(300):
        arrived(table, NINE_US - number, sensor="")
    assert last_arrival_us(table, TENANT, now_us=NINE_US) == NINE_US - DAY_US


def test_the_last_rejection_is_the_newest_of_all_shards() -> None:
    table = MemoryTable()
    assert last_rejection_us(table, TENANT) is None
    for shard, us in enumerate((5, 9, 7)):
        sk = f"{time_key(NINE_US + us)}#job#digest"
        table.put_all([{keys.PK: keys.rejection_pk(TENANT, shard), keys.SK: sk}])
    assert last_rejection_us(table, TENANT) == NINE_US + 9
