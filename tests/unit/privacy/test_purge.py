"""What a leaked credential sent is taken out, as if it had never been sent; what others sent stays."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from functions.core.times import MINUTE_US, format_time
from functions.privacy.purge.emitted import emitted_of
from functions.privacy.purge.purge import Purge, purge_once
from functions.store.erasure.records import ErasureRecord
from functions.store.erasure.rows import add_erasures
from tests.examples import examples
from tests.fakes import Crash
from tests.payloads import APP
from tests.unit.privacy.erasing_world import ADA, BEN, TEACHER, ErasingWorld, Sent, opened
from tests.unit.query.world import NINE_US, app_of

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


def world_of(
    batches: list[tuple[bool, list[Sent]]], *, without_leaked: bool = False, sweeps: bool = False
) -> ErasingWorld:
    """A world in which each batch came with the leaked credential or with the app's own; each object twice.

    With `sweeps` the sessions have ended, and the TimedOut events are stored.
    """
    world = ErasingWorld()
    for number, (leaked, batch) in enumerate(batches):
        world.set_clock(60 + number)
        items = [each.item(world) for each in batch]  # made in any case, so that the others are the same in both worlds
        if leaked and without_leaked:
            continue
        world.send_items(*items, credential=LEAKED if leaked else OWN)
        world.store(*world.parts)
    world.set_clock(600)
    if sweeps:
        settle(world)
        world.set_clock(700)
    return world


def purge_of(world: ErasingWorld) -> Purge:
    """Of what the leaked credential sent before the sweeps."""
    return Purge(app=app_of(APP), credential=LEAKED, from_us=NINE_US, to_us=NINE_US + 500 * MINUTE_US)


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


@pytest.mark.slow
@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(batches=BATCHES)
def test_what_the_service_emitted_about_it_goes_too(batches: list[tuple[bool, list[Sent]]]) -> None:
    leaked = {each.who for is_leaked, batch in batches if is_leaked for each in batch}
    batches = [(is_leaked, [e for e in batch if is_leaked or e.who not in leaked]) for is_leaked, batch in batches]
    batches = [(is_leaked, batch) for is_leaked, batch in batches if batch]
    world, expected = world_of(batches, sweeps=True), world_of(batches, without_leaked=True, sweeps=True)
    purge(world)
    for each in (world, expected):
        settle(each)
    assert without_jobs(world.answers(*PEOPLE)) == without_jobs(expected.answers(*PEOPLE))
    assert world.counts() == expected.counts()
    rebuilt = world.rebuilt()
    assert without_jobs(rebuilt.answers(*PEOPLE)) == without_jobs(expected.answers(*PEOPLE))


ALONE = [
    (True, [Sent(who=0, minute=1, number=1), Sent(who=0, minute=2, session=1, number=2)]),
    (False, [Sent(who=1, minute=5, number=3)]),
    (True, [Sent(who=2, minute=5, number=4)]),
    (False, [Sent(who=2, minute=6, number=5)]),
]


def ends(world: ErasingWorld, learner: str) -> list[str]:
    return [row["event"]["id"] for row in world.get("/events", actor=learner)["events"] if row["system"]]


def test_a_timed_out_of_which_something_is_left_stays_and_one_of_which_nothing_is_left_goes_for_good() -> None:
    world = world_of(ALONE, sweeps=True)
    before = {name: ends(world, name) for name in PEOPLE}
    assert {name: len(ids) for name, ids in before.items()} == {ADA: 2, BEN: 1, TEACHER: 1}
    done = purge(world)
    assert done["TimedOut events"] == 2
    assert {name: ends(world, name) for name in PEOPLE} == {**before, ADA: []}
    assert world.get("/sessions", actor=ADA)["sessions"] == []
    assert not any(identifier in line["raw"] for identifier in before[ADA] for line in opened(world.archive))
    for key in sorted(world.archive.objects):
        world.store_archived(key)
    settle(world)
    assert ends(world, ADA) == []
    assert purge(world) == {}


def test_a_purge_again_takes_out_what_a_restore_brought_back() -> None:
    world = world_of(ALONE, sweeps=True)
    backup = dict(world.table.items)
    record = ErasureRecord(
        request="r1",
        app=APP,
        tenant=app_of(APP).tenant,
        started_at=format_time(world.now_us),
        learners=[],
        erasures=[purge_of(world).erasure(request="r1")],
    )
    purge(world)
    answers, counts = world.answers(*PEOPLE), world.counts()
    noted = emitted_of(record.erasures[0], world.table, record.tenant)
    assert len(noted) == 2
    world.records.write(structs.replace(record, erasures=[*record.erasures, *noted]))
    world.table.items = dict(backup)  # the registry, too, as it was before
    (again,) = world.erase_again()
    assert again.counts["events"] == 5
    settle(world)
    assert world.answers(*PEOPLE) == answers
    assert world.counts() == counts


def test_a_session_that_is_sent_anew_after_a_purge_ends_anew() -> None:
    world = world_of(ALONE, sweeps=True)
    (gone, *_) = ends(world, ADA)
    purge(world)
    world.set_clock(720)
    world.send_items(*(each.item(world) for each in ALONE[0][1]), credential=OWN)
    world.set_clock(800)
    settle(world)
    assert gone in ends(world, ADA)


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


def kept_lines(world: ErasingWorld) -> list[str]:
    return sorted(f"{line['kind']} {line['raw']}" for line in opened(world.archive))


@pytest.mark.slow
@pytest.mark.parametrize(("batches", "sweeps"), [(BOTH, False), (ALONE, True)])
def test_killed_at_any_call_and_run_again_it_comes_to_the_same_end(
    batches: list[tuple[bool, list[Sent]]], sweeps: bool
) -> None:
    whole = world_of(batches, sweeps=sweeps)
    first = whole.calls.total
    purge(whole)
    last = whole.calls.total
    settle(whole)
    assert first < last
    for call in range(first + 1, last + 1):
        world = world_of(batches, sweeps=sweeps)
        world.calls.fail_after = call
        with pytest.raises(Crash):
            purge(world)
        world.calls.fail_after = None
        purge(world)
        settle(world)
        assert world.answers(*PEOPLE) == whole.answers(*PEOPLE), call
        assert world.counts() == whole.counts(), call
        assert kept_lines(world) == kept_lines(whole), call


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
