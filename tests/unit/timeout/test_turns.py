"""Which timer is looked at next: of the tenant that has cost least; of each the latest and the longest due in turn."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from functions.store.rows.timers import DueEntry
from functions.timeout.turns import TIMERS_EACH, Turns, shares

TIMERS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 40)), unique=True, max_size=60)
SHARDS = [f"I#{number:02d}" for number in range(16)]


def timer(tenant: str, minute: int) -> DueEntry:
    return DueEntry(f"{minute:018d}#T", f"{tenant}#A#{minute}")


def taken(turns: Turns, count: int = 1000) -> list[str]:
    return [each.pk for each in turns.take(count)]


def test_a_tenant_with_many_timers_that_are_due_does_not_keep_anothers_waiting() -> None:
    turns = Turns([*(timer("busy", minute) for minute in range(6)), timer("quiet", 2)])
    assert taken(turns)[:3] == ["busy#A#5", "quiet#A#2", "busy#A#0"]


def test_the_latest_due_and_the_longest_due_take_turns() -> None:
    turns = Turns(timer("only", minute) for minute in (3, 1, 2, 5, 4))
    assert taken(turns) == [f"only#A#{minute}" for minute in (5, 1, 4, 2, 3)]


def test_who_cost_much_waits_until_the_others_have_cost_as_much() -> None:
    turns = Turns(timer(tenant, minute) for tenant in ("costly", "light") for minute in range(4))
    assert taken(turns, 2) == ["costly#A#3", "light#A#3"]
    turns.charge("costly#A#3", 100_000)
    assert taken(turns) == [*(f"light#A#{minute}" for minute in (0, 2, 1)), *(f"costly#A#{m}" for m in (0, 2, 1))]


def test_of_tenants_that_have_cost_the_same_the_one_that_was_served_longer_ago_is_next() -> None:
    turns = Turns(timer(tenant, minute) for tenant in "abc" for minute in range(4))
    assert taken(turns, 3) == ["a#A#3", "b#A#3", "c#A#3"]
    turns.charge("a#A#3", 300)
    assert taken(turns, 1) == ["b#A#0"]
    turns.charge("a#A#3", 100)  # now all three have cost the same
    assert taken(turns, 1) == ["c#A#0"]
    assert [pk[0] for pk in taken(turns, 3)] == ["b", "a", "c"]


def test_before_any_was_served_the_tenant_whose_timer_is_longest_due_is_next() -> None:
    first_minutes = {"a": 5, "b": 3, "c": 1, "d": 4, "e": 2}
    turns = Turns(timer(tenant, minute + later) for tenant, minute in first_minutes.items() for later in (0, 10))
    assert [pk[0] for pk in taken(turns, 5)] == ["c", "e", "b", "d", "a"]
    assert [pk[0] for pk in taken(turns)] == ["c", "e", "b", "d", "a"]


@given(TIMERS, st.integers(1, 9), st.lists(st.integers(0, 5000), max_size=20))
def test_each_timer_is_taken_once_whatever_looks_cost(
    timers: list[tuple[str, int]], portion: int, costs: list[int]
) -> None:
    turns = Turns(itertools.starmap(timer, timers))
    of_costs = itertools.cycle(costs or [0])
    seen: list[str] = []
    while turns:
        some = taken(turns, portion)
        assert some
        seen += some
        turns.charge(some[0], next(of_costs))
    assert sorted(seen) == sorted(timer(*arguments).pk for arguments in timers)
    assert turns.take(1) == []


@given(st.lists(st.integers(0, 4000), min_size=16, max_size=16), st.integers(1, 16))
def test_every_shard_is_in_one_share_and_no_share_has_much_more_than_another(due: list[int], most: int) -> None:
    due_by_shard = dict(zip(SHARDS, due, strict=True))
    groups = shares(due_by_shard, most=most)
    assert sorted(shard for group in groups for shard in group) == SHARDS
    assert len(groups) == max(1, min(most, sum(due) // TIMERS_EACH))
    loads = [sum(due_by_shard[shard] for shard in group) for group in groups]
    assert max(loads) - min(loads) <= max(due)
