"""What a leaked credential sent is taken out, as if it had never been sent; what others sent stays."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.core.times import MINUTE_US
from functions.privacy.purge.purge import Purge, purge_once
from functions.store.erasure.rows import add_erasures
from tests.examples import examples
from tests.fakes import Crash
from tests.payloads import APP
from tests.unit.privacy.erasing_world import ADA, BEN, TEACHER, ErasingWorld, Sent, opened
from tests.unit.query.world import app_of

LEAKED, OWN = "key_leaked", "key_own"
KINDS = ["plain", "names", "mail", "graded", "bad", "broken"]
PEOPLE = (ADA, BEN, TEACHER)
SENT = st.builds(
    Sent,
    who=st.integers(0, 2),
    minute=st.integers(0, 50),
    kind=st.sampled_from(KINDS),
    session=st.integers(0, 2),
    number=st.integers(0, 99),
)
BATCHES = st.lists(st.tuples(st.booleans(), st.lists(SENT, min_size=1, max_size=4)), min_size=1, max_size=4)


def world_of(batches: list[tuple[bool, list[Sent]]], *, without_leaked: bool = False) -> ErasingWorld:
    """A world in which each batch came with the leaked credential or with the app's own; each object twice."""
    world = ErasingWorld()
    for number, (leaked, batch) in enumerate(batches):
        world.set_clock(60 + number)
        items = [each.item(world) for each in batch]  # made in any case, so that the others are the same in both worlds
        if leaked and without_leaked:
            continue
        world.send_items(*items, credential=LEAKED if leaked else OWN)
        world.store(*world.parts)
    world.set_clock(600)
    return world


def purge_of(world: ErasingWorld) -> Purge:
    return Purge(app=app_of(APP), credential=LEAKED, from_us=world.now_us - 600 * MINUTE_US, to_us=world.now_us)


def purge(world: ErasingWorld) -> dict[str, int]:
    """One run of the command; the counts."""
    add_erasures(world.table, app_of(APP).tenant, [purge_of(world).erasure(request="r1")])
    counts: dict[str, int] = {}
    for name, count in purge_once(purge_of(world), world.office().doors, applies=True):
        counts[name] = counts.get(name, 0) + count
    return {name: count for name, count in counts.items() if count}


def settle(world: ErasingWorld) -> None:
    for _ in range(3):
        world.sweep()
        world.drain()


def distinct(batches: list[tuple[bool, list[Sent]]]) -> list[tuple[bool, list[Sent]]]:
    """Ids that only one credential sends: what both sent, a replay brings back."""
    of_leaked = {(each.who, each.number % 50) for leaked, batch in batches if leaked for each in batch}
    return [
        (leaked, [each for each in batch if leaked or (each.who, each.number % 50) not in of_leaked])
        for leaked, batch in batches
    ]


def without_jobs(answered: Any) -> Any:
    """Answers without the jobs: their names say how many came before."""
    if isinstance(answered, dict):
        return {name: without_jobs(value) for name, value in answered.items() if name != "jobId"}
    return [without_jobs(value) for value in answered] if isinstance(answered, list) else answered


@pytest.mark.slow
@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(batches=BATCHES)
def test_it_is_as_if_it_had_never_been_sent(batches: list[tuple[bool, list[Sent]]]) -> None:
    batches = [(leaked, batch) for leaked, batch in distinct(batches) if batch]
    world, expected = world_of(batches), world_of(batches, without_leaked=True)
    purge(world)
    settle(world)
    settle(expected)
    assert without_jobs(world.answers(*PEOPLE)) == without_jobs(expected.answers(*PEOPLE))
    assert world.counts() == expected.counts()
    assert world.listed()[0] == expected.listed()[0]
    for line in opened(world.archive):
        assert line["credential"] != LEAKED or line["kind"] == "erased"


BOTH = [
    (True, [Sent(who=0, minute=1, number=1), Sent(who=1, minute=2, kind="bad", number=2)]),
    (False, [Sent(who=0, minute=5, number=3), Sent(who=2, minute=6, kind="graded", number=4)]),
    (True, [Sent(who=2, minute=8, kind="mail", number=5)]),
]


def test_a_dry_run_changes_nothing_and_the_second_run_finds_nothing() -> None:
    world = world_of(BOTH)
    rows, versions = dict(world.table.items), dict(world.archive.versions)
    counted = Counter[str]()
    for name, count in purge_once(purge_of(world), world.office().doors, applies=False):
        counted[name] += count
    assert (dict(world.table.items), dict(world.archive.versions)) == (rows, versions)
    done = purge(world)
    assert done["archive lines"] == counted["archive lines"] == 3
    assert purge(world) == {}


def test_nothing_brings_it_back() -> None:
    world = world_of(BOTH)
    parts = world.parts  # the last batch, as a dead letter would be
    purge(world)
    answers = world.answers(*PEOPLE)
    world.store(*parts)
    assert world.answers(*PEOPLE) == answers
    for key in sorted(world.archive.objects):
        world.store_archived(key)
    assert world.answers(*PEOPLE) == answers


@pytest.mark.slow
def test_killed_at_any_call_and_run_again_it_comes_to_the_same_end() -> None:
    whole = world_of(BOTH)
    first = whole.calls.total
    purge(whole)
    last = whole.calls.total
    settle(whole)
    assert first < last
    for call in range(first + 1, last + 1):
        world = world_of(BOTH)
        world.calls.fail_after = call
        with pytest.raises(Crash):
            purge(world)
        world.calls.fail_after = None
        purge(world)
        settle(world)
        assert world.answers(*PEOPLE) == whole.answers(*PEOPLE), call
        assert world.counts() == whole.counts(), call


def test_the_code_is_of_this_credential_and_time() -> None:
    world = world_of(BOTH)
    each = purge_of(world)
    others = [
        Purge(app=each.app, credential=OWN, from_us=each.from_us, to_us=each.to_us),
        Purge(app=each.app, credential=LEAKED, from_us=each.from_us + 1, to_us=each.to_us),
    ]
    assert len({each.code, *(other.code for other in others)}) == 3


def test_the_timelines_of_all_objects_that_it_was_in_are_settled_anew() -> None:
    batches = [(True, [Sent(who=who, minute=who, number=who)]) for who in range(3)]
    batches += [(False, [Sent(who=who, minute=10 + who, number=60 + who)]) for who in range(3)]
    world = world_of(batches)
    settle(world)
    counts = [[row["events"] for row in world.get("/sessions", actor=learner)["sessions"]] for learner in PEOPLE]
    assert counts == [[2], [2], [2]]
    purge(world)
    settle(world)
    counts = [[row["events"] for row in world.get("/sessions", actor=learner)["sessions"]] for learner in PEOPLE]
    assert counts == [[1], [1], [1]]
