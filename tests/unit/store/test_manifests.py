"""Manifests: what was sent comes back from them, is found by when it arrived, and is counted once a batch by day."""

import pytest

from functions.core.ids import digest
from functions.core.times import DAY_US, QUARTER_US, day_of
from functions.store import keys
from functions.store.dynamodb.row import Key, Row, decode, encode, key_of
from functions.store.rows.manifests import (
    COUNTED_AT_ONCE,
    Arrival,
    Manifest,
    counts_of,
    pointed_at,
    pointer_of,
    span_us,
    to_row,
    without,
)
from tests.world import NINE_US, STUDENT, TENANT

PK = keys.learner_pk(TENANT, STUDENT)
OTHER_PK = keys.learner_pk(TENANT, "urn:x:other")


def arrival(number: int, *, time_us: int = NINE_US, later_us: int = 0, sensor: str = "s", pk: str = PK) -> Arrival:
    sk = keys.event_sk(time_us, f"urn:x:{number}", "c" * 22)
    return Arrival((pk, sk), time_us + later_us, sensor)


ARRIVALS = [
    arrival(1, time_us=NINE_US + 5, later_us=9, sensor="b"),
    arrival(2, time_us=NINE_US + 1, later_us=3, sensor="a"),
    arrival(3, time_us=NINE_US + 1, later_us=4, pk=OTHER_PK),
    arrival(2, time_us=NINE_US + 1, later_us=7, sensor="a"),
]


def row_of(*arrivals: Arrival, expires_s: int = 7) -> Row:
    return decode(encode(to_row(TENANT, arrivals, expires_s=expires_s)))


def test_arrivals_come_back_in_the_order_of_their_events_with_the_digests_of_their_sensors() -> None:
    manifest = Manifest(row_of(*ARRIVALS))
    order = sorted(ARRIVALS, key=lambda each: (each.key[1], each.key[0], each.received_us))
    assert manifest.arrivals() == [Arrival(each.key, each.received_us, digest(each.sensor)) for each in order]
    assert (manifest.count, manifest.first_us, manifest.last_us) == (4, NINE_US + 1, NINE_US + 5)
    assert manifest.received_us == NINE_US + 4
    assert sorted(manifest.sensors) == sorted({digest("a"), digest("b"), digest("s")})
    assert [each.time_us for each in manifest.arrivals()] == [NINE_US + 1, NINE_US + 1, NINE_US + 1, NINE_US + 5]
    assert manifest.row[keys.TTL] == 7


def test_the_same_arrivals_in_any_order_are_the_same_row() -> None:
    assert row_of(*ARRIVALS) == row_of(*reversed(ARRIVALS))
    assert key_of(row_of(*ARRIVALS)) != key_of(row_of(*ARRIVALS[1:]))


def test_without_some_arrivals_a_manifest_is_as_if_they_had_never_been_sent() -> None:
    row = row_of(*ARRIVALS)
    assert without(row, lambda each: each.key[0] == OTHER_PK) == row_of(
        *(each for each in ARRIVALS if each.key[0] == PK)
    )
    assert without(row, lambda _: False) == row
    assert without(row, lambda _: True) is None


@pytest.mark.parametrize("later_us", [0, DAY_US, 40 * DAY_US])
def test_a_pointer_leads_from_the_first_arrival_to_its_manifest(later_us: int) -> None:
    row = row_of(arrival(1, later_us=later_us + 5), arrival(2, later_us=later_us + 2))
    pointer = decode(encode(pointer_of(row)))
    assert pointed_at(pointer) == (NINE_US + later_us + 2, key_of(row))
    shard = int(str(row[keys.PK]).rpartition("#")[2])
    assert pointer[keys.PK] == keys.arrival_pk(TENANT, day_of(NINE_US + later_us)[:6], shard)
    assert pointer[keys.TTL] == row[keys.TTL]


def counted(*manifests: Row, beside: dict[Key, int] | None = None) -> dict[tuple[str, str], int]:
    """By kind of count and day, over all shards."""
    amounts: dict[tuple[str, str], int] = {}
    for _, some in counts_of(TENANT, manifests, beside=beside):
        for (pk, sk), amount in some.items():
            assert (pk, sk.partition("#")[0]) not in amounts
            amounts[pk, sk.partition("#")[0]] = amount
    return amounts


def test_what_a_batch_sent_is_counted_by_the_days_on_which_it_happened_and_was_received() -> None:
    sent, received = keys.sent_pk(TENANT), keys.received_pk(TENANT)
    day, next_day = day_of(NINE_US), day_of(NINE_US + DAY_US)
    first, second = row_of(arrival(1), arrival(2)), row_of(arrival(3, time_us=NINE_US + QUARTER_US))
    late = row_of(arrival(4, later_us=DAY_US), arrival(5, later_us=DAY_US), arrival(6, later_us=DAY_US))
    assert counted(first) == {(sent, day): 2, (received, day): 2}
    assert counted(first, second) == {(sent, day): 3, (received, day): 3}
    assert counted(first, second, late) == {(sent, day): 6, (received, day): 3, (received, next_day): 3}
    beside = {("t#F", "20260127#time"): 4}
    assert counted(first, beside=beside) == {(sent, day): 2, (received, day): 2, ("t#F", "20260127"): 4}


def test_a_batch_that_sent_nothing_is_not_counted() -> None:
    assert list(counts_of(TENANT, [], beside={("t#F", "20260127#time"): 4})) == []


def test_the_marker_of_a_count_is_that_of_its_batch_and_lives_as_long_as_what_it_counts() -> None:
    first, second = row_of(arrival(1), expires_s=5), row_of(arrival(2, later_us=DAY_US), expires_s=9)
    ((marker, _),) = counts_of(TENANT, [first, second])
    ((again, _),) = counts_of(TENANT, [second, first])
    ((other, _),) = counts_of(TENANT, [first])
    assert marker == again
    assert marker[keys.SK] != other[keys.SK]
    assert (marker[keys.PK], marker[keys.TTL]) == (keys.counted_pk(TENANT, day_of(NINE_US + DAY_US)), 9)
    assert (other[keys.PK], other[keys.TTL]) == (keys.counted_pk(TENANT, day_of(NINE_US)), 5)


@pytest.mark.parametrize(("codes", "parts"), [(97, [99]), (98, [99, 1]), (99 + 97, [99, 99])])
def test_so_many_counts_as_a_transaction_takes_are_counted_together(codes: int, parts: list[int]) -> None:
    beside = {("t#F", f"20260127#{number}"): 1 for number in range(codes)}
    counts = list(counts_of(TENANT, [row_of(arrival(1))], beside=beside))
    assert [len(some) for _, some in counts] == parts
    assert len({key_of(marker) for marker, _ in counts}) == len(parts)
    assert [str(marker[keys.SK]).rpartition("#")[2] for marker, _ in counts] == [str(n) for n in range(len(parts))]
    assert COUNTED_AT_ONCE == 99


@pytest.mark.parametrize("us", [NINE_US, NINE_US + 1, NINE_US + QUARTER_US - 1])
def test_a_quarter_hour_is_from_its_first_to_its_last_microsecond(us: int) -> None:
    assert span_us(us) == (NINE_US, NINE_US + QUARTER_US - 1)
