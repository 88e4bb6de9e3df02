"""What is noted when an erasure begins, what a run that was stopped leaves to the next, and what the receipt says."""

from collections import Counter

import pytest
from msgspec import structs

from functions.core.ids import id_digest
from functions.core.privacy.erased import ALIAS as PREFIX
from functions.core.privacy.erased import Erasure
from functions.core.privacy.pseudonym import pseudonym
from functions.core.times import format_time
from functions.privacy.erase import SETTLED_US, begin, code_of, counting, erase, erase_from_all, with_learned
from functions.privacy.office import add_all, in_order
from functions.privacy.person import Person
from functions.store.erasure.records import ErasureRecord
from functions.store.erasure.rows import add_erasures, erasures
from functions.store.people.aliases import add_alias, ids_of
from functions.store.people.keys import EVERY_APP
from tests.payloads import APP
from tests.unit.privacy.erasing_world import ADA, ALIAS, BEN, DAYS, MAIL, ErasingWorld, Sent
from tests.unit.query.world import OTHER_APP, app_of

pytestmark = pytest.mark.slow

TENANT = app_of(APP).tenant
ADDRESS = f"mailto:{MAIL}"
WHOM = Person(app=app_of(APP), learners=(ADA, BEN), addresses=(ADDRESS,))


def erasure(identifier: str, role: str = "learner", *, alias: str = ALIAS, before_us: int = 9) -> Erasure:
    return Erasure(digest=id_digest(identifier), role=role, alias=alias, before_us=before_us, request="r1")  # type: ignore[arg-type]


@pytest.mark.parametrize("every_app", [True, False])
def test_who_is_erased_is_noted_in_the_bucket_and_in_the_registry_before_anything_goes(every_app: bool) -> None:
    world = ErasingWorld()
    days = ("20260301", "20260302")
    record, erasing = begin(WHOM, world.office(), request="r1", before_us=9, days=days, every_app=every_app)
    noted = {each.digest: each for each in (erasure(ADA), erasure(BEN), erasure(ADDRESS, "address"))}
    assert record == ErasureRecord(
        request="r1",
        app=APP,
        tenant=TENANT,
        started_at=format_time(9),
        learners=[pseudonym(b"s" * 32, tenant=TENANT, identifier=name) for name in (ADA, BEN)],
        erasures=list(noted.values()),
        every_app=every_app,
    )
    assert world.records.records == {("r1", TENANT): record}
    assert erasures(world.table, TENANT) == noted == erasing.erasures
    assert (erasing.applies, erasing.from_day, erasing.to_day) == (True, "20260301", "20260302")
    assert erasing.identifiers == [ADA, BEN, ADDRESS]
    assert ALIAS.startswith(PREFIX)


def test_what_is_learned_on_the_way_is_noted_at_once_with_the_erasure_it_came_by() -> None:
    world = ErasingWorld()
    record, erasing = begin(WHOM, world.office(), request="r1", before_us=9, days=DAYS)
    home = "mailto:ada@home.example"
    erasing.learn(home, erasing.erasures[id_digest(ADA)])
    erasing.note_describe((f"{TENANT}#D#attempt", "E#1#2#3"))
    stored = erasures(world.table, TENANT)
    assert stored[id_digest(home)] == erasure(home, "address")
    assert stored["D#attempt|E#1#2#3"].role == "describe"
    assert erasing.erasures == stored
    assert {each.digest for each in with_learned(record, erasing).erasures} == set(stored)
    assert erasing.describes() == {(f"{TENANT}#D#attempt", "E#1#2#3"): 9}
    assert erasing.noted_describes() == ["D#attempt|E#1#2#3"]


def test_a_run_after_one_that_was_stopped_goes_on_with_all_that_was_learned_by_digests_alone() -> None:
    world = ErasingWorld()
    home = erasure("mailto:ada@home.example", "address", alias=f"{PREFIX}0")
    describe = structs.replace(home, digest="D#x|y", role="describe")
    other = erasure("urn:x:other", alias=f"{PREFIX}1")
    add_erasures(world.table, TENANT, [home, describe, other, erasure(ADA, alias=f"{PREFIX}0", before_us=5)])
    _, erasing = begin(WHOM, world.office(), request="r1", before_us=9, days=DAYS)
    assert erasing.erasures == {
        each.digest: each
        for each in (
            home,
            describe,
            *(erasure(name, alias=f"{PREFIX}0") for name in (ADA, BEN)),
            erasure(ADDRESS, "address", alias=f"{PREFIX}0"),
        )
    }
    assert erasing.identifiers is None, "each line is read, for the text of an address is not known"


def test_a_describe_that_was_noted_is_no_text_that_is_not_known() -> None:
    world = ErasingWorld()
    add_erasures(world.table, TENANT, [erasure(ADA), structs.replace(erasure(ADA), digest="D#x|y", role="describe")])
    _, erasing = begin(WHOM, world.office(), request="r1", before_us=9, days=DAYS)
    assert erasing.identifiers == [ADA, BEN, ADDRESS]


def test_two_ids_that_were_erased_apart_get_one_alias() -> None:
    world = ErasingWorld()
    add_erasures(world.table, TENANT, [erasure(ADA, alias=f"{PREFIX}b"), erasure(BEN, alias=f"{PREFIX}a")])
    _, erasing = begin(WHOM, world.office(), request="r1", before_us=9, days=DAYS)
    assert {each.alias for each in erasing.erasures.values()} == {f"{PREFIX}a"}


def test_a_count_notes_nothing_and_knows_every_text() -> None:
    world = ErasingWorld()
    rows = dict(world.table.items)
    erasing = counting(WHOM, world.office().doors, before_us=9, days=("20260301", "20260302"))
    assert erasing.learn("mailto:ada@home.example", erasing.erasures[id_digest(ADA)])
    assert (erasing.applies, erasing.from_day, erasing.to_day) == (False, "20260301", "20260302")
    assert erasing.identifiers == [ADA, BEN, ADDRESS, "mailto:ada@home.example"]
    assert {each.before_us for each in erasing.erasures.values()} == {9}
    erasing.note_describes(["D#a|b", "D#c|d"])
    assert erasing.describes() == {(f"{TENANT}#D#a", "b"): 9, (f"{TENANT}#D#c", "d"): 9}
    assert dict(world.table.items) == rows


@pytest.mark.parametrize("waits", [True, False])
def test_a_receipt_says_when_it_was_finished_if_it_was_walked_twice(waits: bool) -> None:
    world = ErasingWorld([[Sent(who=0, minute=1)]])
    began_us = world.now_us
    if not waits:
        world.settle_with(lambda: False)
    receipt = erase(WHOM, world.office(), request="r1", days=DAYS)
    assert receipt.started_at == format_time(began_us)
    assert receipt.finished_at == (format_time(began_us + SETTLED_US) if waits else "")
    assert receipt.counts["events"] == 2
    assert world.records.records == {("r1", TENANT): receipt}
    assert [detail["learner"] for _, detail in world.bus.notices] == list(receipt.learners)
    assert receipt.every_app is False


def test_from_all_apps_each_has_its_receipt_and_only_then_is_it_forgotten_who_is_one_person() -> None:
    world = ErasingWorld()
    world.register(OTHER_APP)
    add_alias(world.table, EVERY_APP, person=ADA, alias=BEN)
    people = [structs.replace(WHOM, app=app_of(app)) for app in (APP, OTHER_APP)]
    receipts = erase_from_all(iter(people), world.office(), request="r1", days=DAYS)
    assert [(receipt.app, receipt.request, receipt.every_app) for receipt in receipts] == [
        (APP, "r1", True),
        (OTHER_APP, "r1", True),
    ]
    assert list(world.records.records.values()) == receipts
    assert ids_of(world.table, TENANT, ADA) == (ADA,)


def test_without_a_bus_an_erasure_is_done_and_no_one_is_told() -> None:
    world = ErasingWorld([[Sent(who=0, minute=1)]])
    receipt = erase(WHOM, structs.replace(world.office(), bus=None), request="r1", days=DAYS)
    assert (receipt.counts["events"], world.bus.notices) == (2, [])


def test_counts_are_sums_by_name_and_those_of_nothing_are_left_out() -> None:
    counts = add_all(Counter({"a": 1, "z": 0}), [("b", 2), ("a", 3), ("b", 0), ("c", 0)])
    assert counts == Counter({"a": 4, "b": 2})
    assert list(in_order({"b": 2, "c": 0, "a": 4}).items()) == [("a", 4), ("b", 2)]


def test_the_code_of_an_erasure_is_of_the_people_in_any_order_and_of_no_others() -> None:
    ada, ben = (Person(app=app_of(APP), learners=(name,), addresses=()) for name in (ADA, BEN))
    both = Person(app=app_of(APP), learners=(BEN, ADA), addresses=("mailto:x@y.example",))
    assert code_of([ada, ben]) == code_of([ben, ada]) == code_of([both])
    assert len({code_of([ada]), code_of([ben]), code_of([both])}) == 3
    assert len(code_of([both])) == 8
