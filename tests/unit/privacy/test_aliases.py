"""Who is erased is erased under every id, and no row says any longer which ids they were."""

from msgspec import structs

from functions.privacy.erase import erase, erase_from_all
from functions.privacy.person import Person, find_person, with_every_id
from functions.store import keys
from functions.store.people.aliases import add_alias, ids_of
from functions.store.people.keys import EVERY_APP
from functions.store.people.roster import Enrolment, put_roster
from tests.payloads import APP
from tests.unit.privacy.erasing_world import ADA, BEN, DAYS, TEACHER, ErasingWorld, Sent
from tests.unit.query.world import app_of

TENANT = keys.tenant_of(APP)


def test_an_erasure_follows_the_alias_and_forgets_it() -> None:
    world = ErasingWorld([[Sent(0, 0), Sent(1, 1, number=1), Sent(2, 2, number=2)]])
    add_alias(world.table, TENANT, person=BEN, alias=ADA)
    add_alias(world.table, TENANT, person=BEN, alias="urn:x:third")
    person = with_every_id(find_person(world.table, app_of(APP), ADA), world.table, world.table)
    assert set(person.learners) == {ADA, BEN, "urn:x:third"}
    receipt = erase(person, world.office(), request="r1", days=DAYS)
    assert receipt.counts["aliases"] == 3
    for name in (ADA, BEN):
        assert world.get("/events", actor=name)["events"] == []
        assert ids_of(world.table, TENANT, name) == (name,)
    assert [row["system"] for row in world.get("/events", actor=TEACHER)["events"]] == [False, True]
    kept = [row for row in world.table.items.values() if ADA in str(row) or BEN in str(row)]
    assert kept == []


def test_an_erasure_again_forgets_what_a_restore_brought_back() -> None:
    world = ErasingWorld([[Sent(0, 0), Sent(1, 1, number=1)]])
    person = with_every_id(find_person(world.table, app_of(APP), ADA), world.table, world.table)
    erase(person, world.office(), request="r1", days=DAYS)
    add_alias(world.table, TENANT, person=BEN, alias=ADA)
    world.erase_again()
    assert ids_of(world.table, TENANT, BEN) == (BEN,)
    assert [row["system"] for row in world.get("/events", actor=BEN)["events"]] == [True, False]


def persons(world: ErasingWorld, learner: str) -> list[Person]:
    person = find_person(world.table, app_of(APP), learner)
    return [with_every_id(person, world.table, world.table)]


def test_what_is_one_person_in_every_app_is_forgotten_with_an_erasure_from_all_and_again_after_a_restore() -> None:
    world = ErasingWorld([[Sent(0, 0), Sent(1, 1, number=1)]])
    add_alias(world.table, EVERY_APP, person=BEN, alias=ADA)
    (receipt,) = erase_from_all(persons(world, ADA), world.office(), request="r1", days=DAYS)
    assert receipt.every_app
    assert ids_of(world.table, TENANT, ADA) == (ADA,)
    add_alias(world.table, EVERY_APP, person=BEN, alias=ADA)
    world.erase_again()
    assert ids_of(world.table, TENANT, ADA) == (ADA,)
    assert [key for key, row in world.table.items.items() if ADA in map(str, row.values())] == []


def test_what_is_one_person_in_every_app_stays_known_after_an_erasure_from_one() -> None:
    world = ErasingWorld([[Sent(0, 0), Sent(1, 1, number=1)]])
    add_alias(world.table, EVERY_APP, person=BEN, alias=ADA)
    erase(persons(world, ADA)[0], world.office(), request="r1", days=DAYS)
    world.erase_again()
    assert set(ids_of(world.table, "another", ADA)) == {ADA, BEN}


def test_an_earlier_record_of_several_apps_counts_as_one_of_all() -> None:
    world = ErasingWorld([[Sent(0, 0), Sent(1, 1, number=1)]])
    add_alias(world.table, EVERY_APP, person=BEN, alias=ADA)
    record = erase(persons(world, ADA)[0], world.office(), request="r1", days=DAYS)
    world.records.write(structs.replace(record, app="https://other.example.org", tenant="other"))
    world.erase_again()
    assert ids_of(world.table, TENANT, ADA) == (ADA,)


def test_who_is_erased_is_a_learner_of_no_course_and_in_no_roster() -> None:
    world = ErasingWorld()
    for number, learner in enumerate((ADA, BEN)):
        event = world.event(0, id=f"urn:uuid:e0e00000-0000-4000-8000-00000000000{number}", actor=learner)
        world.send(event | {"extensions": {"courseId": "c-7"}})
    enrolments = [Enrolment(learner=name, course="c-7", name=name) for name in (ADA, BEN)]
    put_roster(world.table, TENANT, users=[], courses=[], enrolments=enrolments, imported_us=1)
    for minute in (700, 760):
        world.set_clock(minute)
        world.sweep()
        world.drain()
    assert {row["actor"] for row in world.get("/courses", id="c-7")["learners"]} == {ADA, BEN}
    receipt = world.erase()
    assert (receipt.counts["learners of courses"], receipt.counts["roster rows"]) == (2, 1)
    assert {row["actor"] for row in world.get("/courses", id="c-7")["learners"]} == {BEN}
    assert [key for key, row in world.table.items.items() if ADA in map(str, row.values())] == []
