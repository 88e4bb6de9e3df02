"""Every erasure on record once more: which are, by what they are known, and what is told and noted of each."""

from collections.abc import Mapping
from typing import Any

from msgspec import structs

from functions.core.apps import App
from functions.core.privacy.pseudonym import pseudonym
from functions.core.times import format_time
from functions.privacy.again import erase_again
from functions.privacy.erase import SETTLED_US, begin, erase
from functions.privacy.person import find_person
from functions.store import keys
from functions.store.erasure.keys import ERASURES
from functions.store.erasure.records import ErasureRecord
from functions.store.erasure.rows import add_erasures, erasures
from tests.payloads import APP
from tests.unit.privacy.erasing_world import ADA, ALIAS, BEN, DAYS, TEACHER, ErasingWorld, Sent
from tests.unit.query.world import OTHER_APP, app_of

TENANT, OTHER = app_of(APP).tenant, app_of(OTHER_APP).tenant
PEOPLE = (ADA, BEN, TEACHER)
SECRET = b"s" * 32


def two_apps() -> ErasingWorld:
    """Each of three learners has one event in each of two apps; an object each."""
    world = ErasingWorld()
    world.register(OTHER_APP)
    for number, who in enumerate(range(3)):
        for app in (APP, OTHER_APP):
            world.set_clock(600 + number)
            world.send_items_of([Sent(who=who, minute=600 + number, number=number)], app=app)
    world.set_clock(700)
    return world


def erase_learner(world: ErasingWorld, learner: str, request: str, app: str = APP) -> ErasureRecord:
    return erase(find_person(world.table, app_of(app), learner), world.office(), request=request, days=DAYS)


def again(world: ErasingWorld, apps: Mapping[str, App] | None = None, days: Any = DAYS) -> list[ErasureRecord]:
    return list(erase_again(world.office(), apps or {}, days=days))


def restore(world: ErasingWorld, backup: Mapping[Any, Any]) -> None:
    world.table.items = dict(backup)


def events_of(world: ErasingWorld, *people: str) -> list[int]:
    return [len(world.all("/events", "events", actor=person)) for person in people]


def test_the_erasures_of_each_app_are_done_together_and_told_app_by_app() -> None:
    world = two_apps()
    backup = dict(world.table.items)
    for number, (learner, app) in enumerate([(ADA, APP), (ADA, OTHER_APP), (BEN, APP)]):
        erase_learner(world, learner, f"r{number}", app)
    finished = dict(world.records.records)
    notices = list(world.bus.notices)
    restore(world, backup)
    receipts = again(world)
    assert sorted((receipt.app, receipt.counts["events"]) for receipt in receipts) == sorted([(APP, 2), (OTHER_APP, 1)])
    assert [receipt.tenant for receipt in receipts] == sorted([TENANT, OTHER])
    assert {receipt.finished_at for receipt in receipts} == {format_time(world.now_us)}
    assert events_of(world, *PEOPLE) == [0, 0, 1]
    assert (world.records.records, world.bus.notices) == (finished, notices), "what was finished is not told again"
    assert again(world)[0].counts == {}


def test_an_erasure_that_was_stopped_is_told_of_and_has_its_receipt_then() -> None:
    world = two_apps()
    erase_learner(world, ADA, "r1")
    person = find_person(world.table, app_of(APP), BEN)
    begin(person, world.office(), request="r2", before_us=world.now_us, days=DAYS)
    before = {key: record for key, record in world.records.records.items() if key[0] == "r1"}
    world.bus.notices.clear()
    (receipt,) = again(world)
    assert receipt.request == "r2"
    assert receipt.counts["events"] == 1
    stored = world.records.records["r2", TENANT]
    assert (stored.finished_at, stored.counts) == (format_time(world.now_us), {})
    assert world.records.records["r1", TENANT] == before["r1", TENANT]
    ((kind, detail),) = world.bus.notices
    name = pseudonym(SECRET, tenant=TENANT, identifier=BEN)
    assert (kind, detail) == ("LearnerErased", {"app": APP, "learner": name, "before": stored.started_at})


def test_of_two_erasures_of_a_learner_the_later_counts_whichever_is_on_record() -> None:
    world = two_apps()
    erase_learner(world, ADA, "r1")
    (first,) = (each for each in erasures(world.table, TENANT).values() if each.role == "learner")
    later = structs.replace(first, before_us=first.before_us + 5, request="r9")
    for known, expected in ((later, later), (structs.replace(first, before_us=1), first)):
        world.table.items = {key: row for key, row in world.table.items.items() if not key[0].startswith(ERASURES)}
        add_erasures(world.table, TENANT, [known])
        again(world)
        assert erasures(world.table, TENANT)[first.digest] == expected


def test_the_days_narrow_it_to_objects_of_the_archive() -> None:
    world = two_apps()
    backup, versions = dict(world.table.items), {key: dict(each) for key, each in world.archive.versions.items()}
    erase_learner(world, ADA, "r1")
    for days, gone in ((("20260301", "20260301"), 0), (("20260303", "20260303"), 0), (("20260302", "20260302"), 1)):
        restore(world, backup)
        world.archive.versions = {key: dict(each) for key, each in versions.items()}
        (receipt,) = again(world, days=days)
        assert receipt.counts.get("archive lines", 0) == gone
        assert receipt.counts["events"] == 1


def test_an_app_that_is_registered_keeps_its_rows_as_its_registration_says() -> None:
    world = two_apps()
    erase_learner(world, ADA, "r1")
    named = App(app_id="renamed", tenant=TENANT, name="The App")
    world.archive.put_version("import/The App/a", f'"{ADA}"'.encode())
    world.archive.put_version("imported/The App/a.json", b'{"status":"done"}')
    assert again(world, {OTHER: app_of(OTHER_APP)})[0].counts == {}
    assert again(world, {TENANT: named})[0].counts == {"dropped files": 1}


def test_a_record_says_who_was_erased_by_digests_and_pseudonyms_and_when_it_began() -> None:
    world = two_apps()
    record = erase_learner(world, ADA, "r1")
    assert record.every_app is False
    assert [(each.role, each.alias) for each in record.erasures] == [("learner", ALIAS), ("address", ALIAS)]
    assert record.learners == [pseudonym(SECRET, tenant=TENANT, identifier=ADA)]
    assert record.started_at == format_time(world.now_us - SETTLED_US)
    assert keys.tenant_of(APP) == record.tenant
